"""Whether what a published draw gave out is what it drew, and whether every audit is with whom it was given to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from allocation.drawing.draw_result import DrawResult, Pair
from allocation.models import Allocation, Draw, Handover, Origin

NAMED = 20  # differences beyond so many are counted


def differences(draw: Draw, result: DrawResult) -> list[str]:
    """Where what was given out is not what was drawn, each in words; none for a draw that was not published.

    Swaps, handovers, cases from the reserve and cases given again are no differences. Two queries at most.
    """
    if draw.cycle.published_at is None or draw.cycle.draws.filter(number__gt=draw.number).exists():
        return []
    allocations = list(_allocations(draw))
    found = [*_against_the_result(allocations, result), *_against_the_audits(allocations)]
    more = [f"there are {len(found) - NAMED} more such differences"] if len(found) > NAMED else []
    return [*found[:NAMED], *more]


def _allocations(draw: Draw) -> QuerySet[Allocation]:
    """What was given out with the audits and their handovers in order, all as of one moment."""
    steps = Handover.objects.filter(audit=OuterRef("audit")).order_by("at", "pk")
    moves = steps.values(move=JSONObject(giver="from_auditor", taker="to_auditor"))
    return draw.allocations.select_related("audit").annotate(moves=ArraySubquery(moves)).order_by("pk")


def _against_the_result(allocations: list[Allocation], result: DrawResult) -> Iterator[str]:
    drawn = {int(pair.case_id): pair for pair in result.pairs}
    given = {each.case_id: each for each in allocations if each.origin == Origin.DRAW}
    for case_id, pair in drawn.items():
        if case_id not in given:
            yield f"case {case_id} was drawn, and it is not among the cases given out"
        else:
            yield from _against_the_pair(given[case_id], pair)
    for case_id in sorted(given.keys() - drawn.keys()):
        yield f"case {case_id} is among the cases given out as drawn, and it was not drawn"


def _against_the_pair(given: Allocation, pair: Pair) -> Iterator[str]:
    if given.auditor_id != int(pair.auditor_id):
        yield f"case {given.case_id} was drawn for auditor {pair.auditor_id}, and given to auditor {given.auditor_id}"
    if given.stratum != pair.stratum:
        yield f"case {given.case_id} was given out under another stratum than it was drawn in"
    if given.weight != (Decimal(pair.weight) if pair.weight else None):
        yield f"case {given.case_id} was given out with another weight than it was drawn with"


def _against_the_audits(allocations: list[Allocation]) -> Iterator[str]:
    for each in allocations:
        if each.audit.case_id != each.case_id:
            yield f"audit {each.audit.reference} is of another case than was given out"
        if not _led_to_its_auditor(each):
            yield f"audit {each.audit.reference} is with somebody to whom neither the draw nor a handover gave it"


def _led_to_its_auditor(given: Allocation) -> bool:
    """Whether the handovers lead, each from where the one before ended, from the first auditor to the one of today."""
    holder = given.auditor_id
    for move in given.moves:  # type: ignore[attr-defined]  # as annotated
        if move["giver"] != holder:
            return False
        holder = move["taker"]
    return holder == given.audit.auditor_id
