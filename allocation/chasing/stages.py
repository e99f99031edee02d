"""On which day each stage falls for something that is waited for (pure but for the settings)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings

from allocation.chasing.ladder import ANSWERS, MANAGERS, Rung, order
from allocation.chasing.waiting import Waiting
from allocation.models import Subject
from audits.acknowledging import acknowledge_by
from audits.deadlines import (
    LONDON,
    Holidays,
    add_months,
    add_working_days,
    is_working_day,
    london_date,
    next_working_day,
)

FIRST_HOUR, LAST_HOUR = 8, 19  # London; nobody is chased at night or on a day off


class DueStage(NamedTuple):
    """A rung of the ladder for one thing: the London day on which it falls, and from which moment on."""

    day: date
    rung: Rung
    not_before: datetime | None = None


class Miss(NamedTuple):
    """That managers were told of something of somebody's that was late: the first day on which they were."""

    person_id: int
    subject: str
    audit_id: int
    day: date


def stages_of(
    waiting: Waiting, *, rungs: Iterable[Rung], misses: Sequence[Miss] = (), holidays: Holidays
) -> list[DueStage]:
    """Every stage of something with its day, in order.

    A due date on a day off is reminded of on the working day before. Whoever was told of the date on the day of a
    reminder or later gets no such reminder. At a second miss (see is_again) the days of a second miss count.
    """
    going = sorted((rung for rung in rungs if rung.is_on), key=order)
    if waiting.subject in ANSWERS:
        return [_answer_stage(waiting, rung, holidays=holidays) for rung in going]
    told_on, late_from = london_date(waiting.told_at), _late_from(waiting)
    again = is_again(waiting, misses, holidays=holidays)
    found = []
    for rung in going:
        if rung.days > 0:
            days = rung.again_days if again and rung.again_days is not None else rung.days
            found.append(DueStage(add_working_days(late_from, days, holidays=holidays), rung))
        elif told_on < (day := _reminder_day(waiting.counts_from, rung.days, holidays=holidays)):
            found.append(DueStage(day, rung))
    return sorted(found, key=lambda stage: (stage.day, *order(stage.rung)))


def _late_from(waiting: Waiting) -> date:
    """From which day on the days after it count: what somebody was told of only after its date has a day more.

    An audit counts from its due date whoever has it: it is late for the child.
    """
    if waiting.subject == Subject.AUDIT:
        return waiting.counts_from
    return max(waiting.counts_from, london_date(waiting.told_at))


def _reminder_day(due_on: date, days: int, *, holidays: Holidays) -> date:
    if days == 0 and not is_working_day(due_on, holidays=holidays):
        return add_working_days(due_on, -1, holidays=holidays)
    return add_working_days(due_on, days, holidays=holidays)


def _answer_stage(waiting: Waiting, rung: Rung, *, holidays: Holidays) -> DueStage:
    """An answer goes up so many working days after they were told, and never before they were asked to answer.

    Where that hour is past the hours in which people are told anything, it counts as the next working day.
    """
    asked_by = acknowledge_by(waiting.told_at, holidays=holidays)
    first = london_date(asked_by)
    if asked_by.astimezone(LONDON).hour >= LAST_HOUR:
        first = next_working_day(first, holidays=holidays)
    first = max(first, next_working_day(waiting.counts_from, holidays=holidays))
    return DueStage(add_working_days(first, rung.days - 1, holidays=holidays), rung, asked_by)


def late_day(due_on: date, *, holidays: Holidays) -> date:
    """The first working day after the due date."""
    return next_working_day(due_on, holidays=holidays)


def is_again(waiting: Waiting, misses: Iterable[Miss], *, holidays: Holidays) -> bool:
    """Whether managers were told of another audit's thing of this person within REPEAT_MISS_MONTHS before (E3)."""
    late = late_day(waiting.counts_from, holidays=holidays)
    since = add_months(late, -settings.REPEAT_MISS_MONTHS)
    return any(
        miss.person_id == waiting.owner_id
        and miss.subject == waiting.subject
        and miss.audit_id != waiting.audit.pk
        and since <= miss.day < late
        for miss in misses
    )


def is_due(stage: DueStage, waiting: Waiting, *, at: datetime, today: date) -> bool:
    """Whether a stage has fallen due and is not handled."""
    in_time = stage.not_before is None or stage.not_before <= at
    return stage.day <= today and in_time and stage.rung.code not in waiting.recorded


def tells_managers(rung: Rung) -> bool:
    """Whether a rung tells somebody above the person it waits for."""
    return rung.to in MANAGERS
