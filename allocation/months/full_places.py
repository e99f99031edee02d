"""Whether a case given by hand takes an auditor past their places in a month, and in what words that is read first."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from allocation.models import Cycle, Draw
from audits.models import SET_ASIDE, Audit


def has_now(cycle: Cycle, draw: Draw, auditor_id: int) -> int:
    """How many cases of a month an auditor has: those of the draw with its overrides, once published their audits."""
    if cycle.status == Cycle.Status.PUBLISHED:
        return Audit.objects.filter(month=cycle.month, auditor=auditor_id).exclude(status__in=SET_ASIDE).count()
    drawn = sum(pair["auditor_id"] == str(auditor_id) for pair in draw.result["pairs"])
    return drawn + draw.overrides.filter(auditor=auditor_id, taken_back_at__isnull=True).count()


def past_places(has: int, places: int) -> str:
    """What is read before somebody who has so many cases is given one more; empty while they have a place for it.

    Of somebody who has neither places nor cases the month's pool says already that they have no places.
    """
    if has < places or not (has or places):
        return ""
    return f"They already have {has} of {places} place{'' if places == 1 else 's'}; this makes {has + 1}"


def not_read(
    given: Mapping[int, int], places: Mapping[int, int], read: Mapping[int, Collection[str]]
) -> dict[int, str]:
    """Of the auditors with overrides, by id, those who go further past their places than anybody has read.

    `given` is how many cases each gets in all, `read` what was read before their overrides were made. Whoever read
    that an auditor goes past their places by more has read this too.
    """
    found = {}
    for auditor_id, count in given.items():
        words = past_places(count - 1, places[auditor_id])
        further = (past_places(has, places[auditor_id]) for has in range(count - 1, count + len(read[auditor_id])))
        if words and set(further).isdisjoint(read[auditor_id]):
            found[auditor_id] = words
    return found
