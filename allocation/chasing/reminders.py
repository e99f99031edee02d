"""Chase what is due: decide from the audits themselves, record each stage once, queue its mail in the same transaction.

May run any number of times, at once and from anywhere: a stage is recorded under the audit's row lock and a unique
key (R15). After an outage the stages that were missed collapse to the latest, the others are recorded as superseded
(R16). An audit that is being submitted or let off at this moment is left alone and looked at again next time (R18).
An extension gives an audit another due date: its stages and their mail begin anew, what was missed before it stays.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import F, Q, Value

from allocation import messages
from allocation.chasing.escalation import (
    TO_A_MANAGER,
    DueStage,
    Stage,
    stages_of,
    was_late_before,
    who_is_told,
    with_told_at,
)
from allocation.models import Chase
from audits.deadlines import LONDON, Holidays, add_working_days, is_working_day, london_date
from audits.models import Audit
from people.holidays import holiday_set
from people.models import User

FIRST_HOUR, LAST_HOUR = 8, 19  # London; nobody is chased at night or on a day off
MARGIN = timedelta(days=60)


class Tick(NamedTuple):
    """One look at what is due: the moment, its London day, and the holidays around it."""

    at: datetime
    today: date
    holidays: Holidays


def chase_due(*, at: datetime) -> int:
    """Queue every reminder and escalation that is due; returns how many went out.

    Only on working days from 08:00 to 19:00 in London.
    """
    today = london_date(at)
    near = holiday_set(today - MARGIN, today + MARGIN)
    if not _office_hours(at, today=today, holidays=near):
        return 0
    waiting = _waiting(today=today, holidays=near)
    oldest = min((audit.due_on for audit in waiting), default=today)
    tick = Tick(at, today, holiday_set(min(oldest, today) - MARGIN, today + MARGIN))
    due = [audit.pk for audit in waiting if _stages_due(audit, audit.recorded, tick)]  # type: ignore[attr-defined]  # annotated
    return sum(_chase(audit_id, tick) for audit_id in due)


def _office_hours(at: datetime, *, today: date, holidays: Holidays) -> bool:
    return is_working_day(today, holidays=holidays) and FIRST_HOUR <= at.astimezone(LONDON).hour < LAST_HOUR


def _waiting(*, today: date, holidays: Holidays) -> list[Audit]:
    """Unfinished audits near or past their due date whose last stage is not recorded yet, the oldest first."""
    horizon = add_working_days(today, settings.REMIND_WORKING_DAYS_BEFORE, holidays=holidays)
    finished = Chase.objects.filter(stage=Stage.NEXT_MANAGER, audit_due_on=F("audit__due_on")).values("audit")
    recorded = ArrayAgg("chases__stage", filter=Q(chases__audit_due_on=F("due_on")), default=Value([]))
    audits = Audit.objects.unfinished().filter(due_on__lte=horizon).exclude(pk__in=finished)
    return list(with_told_at(audits).annotate(recorded=recorded).order_by("due_on", "pk"))


def _stages_due(audit: Audit, recorded: Collection[str], tick: Tick) -> list[DueStage]:
    """The stages that have fallen due and are not recorded."""
    again = audit.due_on < tick.today and was_late_before(audit, holidays=tick.holidays)
    told_on = london_date(audit.told_at)  # type: ignore[attr-defined]  # annotated
    stages = stages_of(audit, told_on=told_on, again=again, holidays=tick.holidays)
    return [due for due in stages if due.day <= tick.today and due.stage not in recorded]


def _chase(audit_id: int, tick: Tick) -> int:
    """Record and mail what is due for one audit; returns how many stages went out."""
    with transaction.atomic():
        if Audit.objects.select_for_update(skip_locked=True).unfinished().filter(pk=audit_id).first() is None:
            return 0  # submitted meanwhile, or somebody holds it: next time
        # Read after the lock is held: with it, what an extension has just changed could be seen by halves.
        audit = with_told_at(Audit.objects.select_related("auditor__line_manager")).get(pk=audit_id)
        due = _stages_due(
            audit, set(audit.chases.filter(audit_due_on=audit.due_on).values_list("stage", flat=True)), tick
        )
        latest = max((stage.day for stage in due), default=tick.today)
        chases = [_record(audit, stage, overtaken=stage.day < latest, tick=tick) for stage in due]
        sent = [chase for chase in chases if not chase.superseded]
        _tell(audit, sent, tick)
    return len(sent)


def _record(audit: Audit, due: DueStage, *, overtaken: bool, tick: Tick) -> Chase:
    """Record one stage; as superseded where a later one has overtaken it or nobody is there to tell."""
    recipient = None if overtaken else who_is_told(audit, due.stage, today=tick.today)
    chase = Chase(
        audit=audit,
        stage=due.stage,
        due_on=due.day,
        audit_due_on=audit.due_on,
        recipient=recipient,
        handled_at=tick.at,
    )
    chase.superseded = recipient is None
    Chase.objects.bulk_create([chase], ignore_conflicts=True)
    return chase


def _tell(audit: Audit, sent: Collection[Chase], tick: Tick) -> None:
    """Queue the mail of the stages that go out. Of a late audit whose managers are told, the auditor hears too."""
    for chase in sent:
        _TELL[chase.stage](audit, chase.recipient, tick)  # type: ignore[index, arg-type]  # what is sent has a recipient
    to_managers = [chase for chase in sent if chase.stage in TO_A_MANAGER]
    if to_managers:
        last = to_managers[-1]
        told = _managers_told(audit, last, tick)
        messages.late_to_auditor(audit, told=told, stage=last.stage, at=tick.at)


def _managers_told(audit: Audit, last: Chase, tick: Tick) -> list[User]:
    people = [who_is_told(audit, Stage.LINE_MANAGER, today=tick.today), last.recipient]
    return list({person.pk: person for person in people if person}.values())


def _tell_before(audit: Audit, person: User, tick: Tick) -> None:
    messages.reminder_before(audit, person=person, at=tick.at)


def _tell_on_due_date(audit: Audit, person: User, tick: Tick) -> None:
    messages.reminder_on_due_date(audit, person=person, at=tick.at)


def _tell_line_manager(audit: Audit, person: User, tick: Tick) -> None:
    messages.late_to_line_manager(audit, person=person, at=tick.at)


def _tell_next_manager(audit: Audit, person: User, tick: Tick) -> None:
    """Tell the next manager, and the line manager too where an outage has swallowed that stage (mail goes once)."""
    line_manager = who_is_told(audit, Stage.LINE_MANAGER, today=tick.today)
    if line_manager is not None:
        messages.late_to_line_manager(audit, person=line_manager, at=tick.at)
    again = was_late_before(audit, holidays=tick.holidays)
    messages.late_to_next_manager(audit, person=person, again=again, at=tick.at)


_TELL = {
    Stage.BEFORE: _tell_before,
    Stage.ON_DUE_DATE: _tell_on_due_date,
    Stage.LINE_MANAGER: _tell_line_manager,
    Stage.NEXT_MANAGER: _tell_next_manager,
}
