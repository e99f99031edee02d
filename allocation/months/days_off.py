"""What a day off, added or removed, does to due dates: which months, which audits, and what stays as it is (L1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from allocation.models import Cycle
from allocation.months.design import CHANGEABLE
from audits.deadlines import Holidays, add_months, last_working_day_of_month
from audits.models import Audit
from people.holidays import holiday_set
from people.models import User

NAMED = 10  # audits that are named; the others are counted
RUNNING = (*CHANGEABLE, Cycle.Status.PUBLISHED)


@dataclass(frozen=True)
class MonthDue:
    """A month whose last working day is another one then.

    `cycle` is None where nobody opened it yet, and always for those who do not run the programme: whether a month
    exists is not for them.
    """

    month: date
    cycle: Cycle | None
    before: date
    after: date

    @property
    def can_be_changed(self) -> bool:
        """Whether the due date of the month can still be changed."""
        return self.cycle is not None and self.cycle.status in CHANGEABLE


@dataclass(frozen=True)
class Effect:
    """What changes and what does not."""

    months: tuple[MonthDue, ...]  # whose last working day moves
    due_on_them: tuple[Cycle, ...]  # months, as far as whoever looks sees them, that are due on one of these days
    audits: int  # unfinished audits that are due on one of these days, or on the last working day that moves
    named: tuple[Audit, ...]  # of those whoever looks may open, the first few

    @property
    def not_named(self) -> int:
        """How many audits are counted only."""
        return self.audits - len(self.named)

    @property
    def is_nothing(self) -> bool:
        """Whether no due date has to do with these days."""
        return not (self.months or self.due_on_them or self.audits)


def effect(days: Collection[date], *, become_off: bool, viewer: User, today: date) -> Effect:
    """What it does to due dates that these days become days off, or working days again. Writes nothing.

    A due date that was given stays, of a month as of an audit: only months that nobody opened yet move by themselves.
    Who does not run the programme is told where a last working day moves and how many audits are due, of no month
    whether it is open.
    """
    months = tuple(_months(days, become_off=become_off, viewer=viewer, today=today))
    touched = set(days) | {each.before for each in months}
    audits = Audit.objects.unfinished().filter(due_on__in=touched)
    named = Audit.objects.visible_to(viewer).filter(pk__in=audits.values("pk")).order_by("due_on", "reference")
    due = Cycle.objects.visible_to(viewer).filter(due_on__in=set(days), status__in=RUNNING).order_by("month")
    return Effect(months, tuple(due), audits.count(), tuple(named[:NAMED]))


def _months(days: Collection[date], *, become_off: bool, viewer: User, today: date) -> Iterator[MonthDue]:
    """The months of these days whose last working day moves, from this month on."""
    wanted = sorted({day.replace(day=1) for day in days if day >= today.replace(day=1)})
    if not wanted:
        return
    cycles = Cycle.objects.visible_to(viewer).in_bulk(wanted, field_name="month")
    off = holiday_set(wanted[0], add_months(wanted[-1], 1))
    then = off | set(days) if become_off else off - set(days)
    for month in wanted:
        cycle = cycles.get(month)
        before, after = _last(month, off), _last(month, then)
        if before and after and before != after and (cycle is None or cycle.status in RUNNING):
            yield MonthDue(month, cycle, before, after)


def _last(month: date, off: Holidays) -> date | None:
    try:
        return last_working_day_of_month(month.year, month.month, holidays=off)
    except ValueError:
        return None
