"""By when somebody who must act answers, and for whom an answer is still waited: of risks and of urgent notices."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from audits.deadlines import LONDON, Holidays, add_working_days, end_of_london_day, is_working_day, london_date


class Asked(Protocol):
    """A row of somebody who was told: RiskRecipient or NoticeRecipient."""

    pk: int
    part: str
    stands_for_id: int | None
    acknowledged_at: datetime | None


A = TypeVar("A", bound=Asked)


def acknowledge_by(told_at: datetime, *, holidays: Holidays) -> datetime:
    """By when those who must act are asked to answer: the same hour, RISK_WORKING_DAYS working days later (R13).

    Told on a day off, it is by the end of that working day: they have all of the first day on which they work.
    So nobody is asked to answer a later one before an earlier one.
    """
    local = told_at.astimezone(LONDON)
    told_on = london_date(told_at)
    day = add_working_days(told_on, settings.RISK_WORKING_DAYS, holidays=holidays)
    if not is_working_day(told_on, holidays=holidays):
        return end_of_london_day(day)
    return datetime.combine(day, local.time(), tzinfo=LONDON)


def still_waited_for(rows: Iterable[A], *, duty: Collection[str]) -> list[A]:
    """Of those told of one thing, whose answer is still waited for (R13).

    `duty` are the parts whose own job it is to answer. A manager to whom it went up answers for everybody; where those
    with the duty have all answered, the manager need not. Somebody with the duty who also stands for one who was
    silent answers for that one too.
    """
    told = list(rows)
    if any(row.acknowledged_at and row.stands_for_id and row.part not in duty for row in told):
        return []
    answered_for = {row.stands_for_id for row in told if row.acknowledged_at}
    own = [r for r in told if r.part in duty and r.acknowledged_at is None and r.pk not in answered_for]
    above = [r for r in told if r.part not in duty and r.stands_for_id and r.acknowledged_at is None]
    return own + above if own else []


def is_waited_for(model: type[models.Model], *, of: str, duty: Collection[str]) -> Q:
    """The same as `still_waited_for`, for a query of many; `of` is the field that names what they were told of."""
    rows: Any = model._default_manager
    above = rows.filter(**{of: OuterRef(of)}, stands_for__isnull=False).exclude(part__in=duty)
    answered_above = Exists(above.filter(acknowledged_at__isnull=False))
    for_me = Exists(rows.filter(stands_for=OuterRef("pk"), acknowledged_at__isnull=False))
    own = Q(part__in=duty, acknowledged_at__isnull=True) & ~Q(answered_above) & ~Q(for_me)
    answered_for = Exists(rows.filter(stands_for=OuterRef("pk"), acknowledged_at__isnull=False))
    silent = rows.filter(**{of: OuterRef(of)}, part__in=duty, acknowledged_at__isnull=True).filter(~answered_for)
    higher = ~Q(part__in=duty) & Q(stands_for__isnull=False, acknowledged_at__isnull=True)
    return own | (higher & ~Q(answered_above) & Q(Exists(silent)))
