"""The programme's months: which cycles there were, which were paused and why, which scales graded them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allocation.models import Cycle
from audits.models import Grade

MONTHS_SHOWN = 24


@dataclass(frozen=True, slots=True)
class CycleMonth:
    """One calendar month of the programme; `exists` is false where no cycle was opened."""

    month: date
    exists: bool
    paused: bool
    reason: str
    theme: str = ""


def month_before(month: date, back: int = 1) -> date:
    """The first day of the month `back` months earlier."""
    months = month.year * 12 + month.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def months_until(last: date, *, since: date | None) -> list[date]:
    """Every month from `since` to `last`, at most the newest 24."""
    start = max(since or last, month_before(last, MONTHS_SHOWN - 1))
    count = (last.year - start.year) * 12 + last.month - start.month + 1
    return [month_before(last, back) for back in range(max(count, 1) - 1, -1, -1)]


def cycle_months(last: date, *, since: date | None = None) -> list[CycleMonth]:
    """The months up to `last` with their cycles; `since` moves the start back where audits are older. One query."""
    rows = Cycle.objects.filter(month__lte=last).only("month", "status", "paused_reason", "theme").order_by("month")
    cycles = {cycle.month: cycle for cycle in rows}
    starts = [*list(cycles)[:1], *([since] if since else [])]
    return [_cycle_month(month, cycles.get(month)) for month in months_until(last, since=min(starts, default=None))]


def _cycle_month(month: date, cycle: Cycle | None) -> CycleMonth:
    if cycle is None:
        return CycleMonth(month, exists=False, paused=False, reason="")
    paused = cycle.status == Cycle.Status.PAUSED
    return CycleMonth(month, exists=True, paused=paused, reason=cycle.paused_reason, theme=cycle.theme)


def grades_by_pk() -> dict[int, Grade]:
    """Every grade of every scale, best first within its scale, without what describes it. One query."""
    grades = Grade.objects.select_related("scale").defer("descriptor").order_by("scale__code", "-order")
    return {grade.pk: grade for grade in grades}
