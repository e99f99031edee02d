"""When somebody should be chased, worked out another way, and what was sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from allocation.chasing.reminders import chase_due
from allocation.models import Chase
from audits.models import Audit, TemplateVersion
from people.models import Holiday, User
from tests.factories import AuditFactory

DUE = date(2026, 11, 20)  # a Friday
BEFORE, ON, LINE, NEXT = "before", "on_due_date", "line_manager", "next_manager"


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def days_off(due: date) -> set[date]:
    """The oracle's own calendar: weekends and what the table of holidays says."""
    around = [due + timedelta(days=number) for number in range(-60, 61)]
    return {day for day in around if day.isoweekday() > 5} | set(Holiday.objects.values_list("day", flat=True))


def oracle(due: date) -> dict[str, date]:
    """When each stage falls, written out step by step."""
    off = days_off(due)

    def step(day: date, by: int, times: int) -> date:
        while times:
            day += timedelta(days=by)
            times -= day not in off
        return day

    reminder = due
    while reminder in off:
        reminder -= timedelta(days=1)
    return {BEFORE: step(due, -1, 3), ON: reminder, LINE: step(due, 1, 1), NEXT: step(due, 1, 5)}


def oracle_with(due: date, *extended: tuple[date, date]) -> list[tuple[str, date, date]]:
    """What goes out, with the due date it is about, where extensions are agreed (on a day after noon, until a date).

    Up to and on the day of an extension the date before it counts, afterwards the new one, whose reminders go out
    only after the day on which the auditor was told of it.
    """
    told, going = due - timedelta(days=18), []
    dates = [due, *(until for _, until in extended)]
    ends = [*(on for on, _ in extended), None]
    for until, end in zip(dates, ends, strict=True):
        for stage, day in oracle(until).items():
            in_time = day > told if stage in (BEFORE, ON) else True
            if in_time and (end is None or day <= end):
                going.append((stage, day, until))
        told = end or told
    return sorted(going, key=lambda each: each[1])


def sent() -> list[tuple[str, date, str]]:
    chases = Chase.objects.filter(superseded=False).order_by("handled_at", "pk").select_related("recipient")
    return [(chase.stage, chase.handled_at.date(), str(chase.recipient)) for chase in chases]


def stages(**kwargs: Any) -> list[str]:
    return list(Chase.objects.filter(**kwargs).order_by("due_on", "pk").values_list("stage", flat=True))


def live_through(first: date, last: date) -> None:
    """Look once a day at noon."""
    for number in range((last - first).days + 1):
        chase_due(at=noon(first + timedelta(days=number)))


def given(template: TemplateVersion, auditor: User, due_on: date = DUE, **fields: Any) -> Audit:
    allocated = noon(due_on - timedelta(days=18))
    return AuditFactory(
        template_version=template,
        auditor=auditor,
        due_on=due_on,
        month=due_on.replace(day=1),
        **({"allocated_at": allocated} | fields),
    )
