"""How many weeks after an action is done people are asked whether it helped; allocation keeps the number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

STANDARD_WEEKS = 10  # 8 to 12; where the programme's rules say nothing
ASK_AGAIN_AFTER = timedelta(weeks=4)  # where it was too early to say

_weeks: list[Callable[[], int]] = []


def weeks_from(read: Callable[[], int]) -> None:
    """Where the number is read from; said once, when the site starts.

    For the app above this one, which this one may not import: the rules of the programme are kept there.
    """
    _weeks[:] = [read]


def weeks() -> int:
    """The number of weeks that now holds."""
    return _weeks[0]() if _weeks else STANDARD_WEEKS


def asked_for_done_before(*, today: date) -> date:
    """Actions done on this day or earlier are looked back on today."""
    return today - timedelta(weeks=weeks())


def asked_on(done_on: date) -> date:
    """The day from which an action done on a day is looked back on."""
    return done_on + timedelta(weeks=weeks())
