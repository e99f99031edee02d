"""One at a time on a month's cycle; what can go wrong with it, and reasons that say something."""

from __future__ import annotations

from datetime import date

from django.db import connection

from allocation.messages import month_in_words
from allocation.models import Cycle
from people.refusal import Refused

SHORTEST_REASON = 10


class CycleError(Refused):
    """Something that cannot be done with a cycle; the message says why and what would help.

    `field` names what was asked for and is wrong, so that a form can show the message beside it.
    """


def lock_month(month: date) -> None:
    """Wait until nobody else works on this month's cycle; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cycle'), %s)", [month.year * 100 + month.month])


def locked(cycle: Cycle) -> Cycle:
    """The cycle as it is now, locked to the end of the transaction."""
    lock_month(cycle.month)
    return Cycle.objects.select_for_update().get(pk=cycle.pk)


def demand_reason(reason: str, what: str, *, field: str = "reason") -> str:
    """The reason without spaces around it. Raises CycleError where it is too short to say anything."""
    cleaned = reason.strip()
    if len(cleaned) < SHORTEST_REASON:
        raise CycleError(f"Give the reason {what} in at least {SHORTEST_REASON} characters.", field=field)
    return cleaned


def in_words(cycle: Cycle) -> str:
    """E.g. November 2026."""
    return month_in_words(cycle.month)
