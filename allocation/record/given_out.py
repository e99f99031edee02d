"""Whether what a published draw gave out is what it drew and its overrides say, and who has every audit now."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from allocation.drawing.draw_result import DrawResult, Pair
from allocation.models import Allocation, Draw, Handover, Origin, Override
from audits.models import StatusChange

NAMED = 20  # differences beyond so many are counted


def differences(draw: Draw, result: DrawResult) -> list[str]:
    """Where what was given out is not what was drawn, each in words; none for a draw that was not published.

    Swaps, handovers, cases from the reserve, cases given again and cases given by hand later are no differences.
    Three queries at most.
    """
    if draw.cycle.published_at is None or draw.cycle.draws.filter(number__gt=draw.number).exists():
        return []
    allocations = list(_allocations(draw))
    found = [
        *_against_the_result(allocations, result),
        *_against_the_overrides(draw, allocations),
        *_against_the_audits(allocations),
    ]
    more = [f"there are {len(found) - NAMED} more such differences"] if len(found) > NAMED else []
    return [*found[:NAMED], *more]


def _allocations(draw: Draw) -> QuerySet[Allocation]:
    """What was given out with the audits, their first steps and their handovers in order, all as of one moment.

    The first step of an audit can never be changed, so it still says with what reason the case was given, and when.
    """
    steps = Handover.objects.filter(audit=OuterRef("audit")).order_by("at", "pk")
    moves = steps.values(move=JSONObject(giver="from_auditor", taker="to_auditor"))
    first = StatusChange.objects.filter(audit=OuterRef("audit")).order_by("at", "pk")
    return (
        draw.allocations.select_related("audit")
        .annotate(moves=ArraySubquery(moves))
        .annotate(given_at=Subquery(first.values("at")[:1]), given_for=Subquery(first.values("reason")[:1]))
        .order_by("pk")
    )


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


def _against_the_overrides(draw: Draw, allocations: list[Allocation]) -> Iterator[str]:
    """An override that was published with the draw has its allocation; one given by hand later has no override."""
    overrides = {each.case_id: each for each in draw.overrides.filter(taken_back_at__isnull=True)}
    by_hand = {each.case_id: each for each in allocations if each.origin == Origin.OVERRIDE}
    for case_id, override in overrides.items():
        if case_id not in by_hand:
            yield f"an override gives case {case_id} to auditor {override.auditor_id}, and it was not given out by hand"
        else:
            yield from _against_the_override(by_hand[case_id], override)
    for case_id, given in by_hand.items():
        if case_id not in overrides and not _given_later(draw, given):
            yield f"case {case_id} was given out by hand with the draw, and it has no override"
        if given.override_reason != given.given_for:  # type: ignore[attr-defined]  # as annotated
            yield f"case {case_id} was given out by hand for another reason than its audit says"


def _against_the_override(given: Allocation, override: Override) -> Iterator[str]:
    case_id = given.case_id
    if override.auditor_id != given.auditor_id:
        yield (
            f"an override gives case {case_id} to auditor {override.auditor_id}, and it was given to auditor "
            f"{given.auditor_id}"
        )
    if override.reason != given.given_for:  # type: ignore[attr-defined]  # as annotated
        yield f"the override of case {case_id} has another reason than its audit says"
    if override.selection != given.audit.selection:
        yield f"the override of case {case_id} lets it count as another kind than its audit"


def _given_later(draw: Draw, given: Allocation) -> bool:
    """Whether a case was given after its draw was published."""
    published, at = draw.cycle.published_at, given.given_at  # type: ignore[attr-defined]  # as annotated
    return at is not None and published is not None and at > published


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
