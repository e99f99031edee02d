"""Months before one that are not published yet: whoever publishes past them is asked whether that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from allocation.messages import month_in_words
from allocation.models import Cycle
from audits.deadlines import add_months

WAITING = (Cycle.Status.OPEN, Cycle.Status.PROPOSED)


def not_published_before(cycle: Cycle, *, today: date) -> list[date]:
    """The months before this one that nobody has published, earliest first. One query.

    Those that are open or drawn, and from this month on those that nobody has opened, once the programme has begun.
    A paused month waits for nothing.
    """
    known = dict(Cycle.objects.filter(month__lt=cycle.month).order_by("month").values_list("month", "status"))
    if not known:
        return []
    waiting = {month for month, status in known.items() if status in WAITING}
    month = max(min(known), today.replace(day=1))
    while month < cycle.month:
        if month not in known:
            waiting.add(month)
        month = add_months(month, 1)
    return sorted(waiting)


def mark(months: Sequence[date]) -> str:
    """Stands for these months, so that a tick for one does not count for another."""
    return ",".join(f"{month:%Y-%m}" for month in months)


def in_a_sentence(months: Sequence[date]) -> str:
    """E.g. December 2026 is not published yet."""
    names = [month_in_words(month) for month in months]
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"{listed} {'is' if len(names) == 1 else 'are'} not published yet"
