"""What stands against cases given by hand: read before an override is made, and asked again before it is published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from allocation.eligibility.candidates import exempt_this_month
from allocation.eligibility.pool import why_not_each
from allocation.models import Cycle
from audits.models import Audit, Case, Selection, Status
from people.models import User


@dataclass(frozen=True)
class ByHand:
    """A case for an auditor, and what it counts as."""

    case: Case
    auditor: User
    selection: str


def against(cycle: Cycle, pairs: Sequence[ByHand], *, today: date) -> list[list[str]]:
    """What stands against each of these pairs, in sentences and in their order; empty where nothing does.

    The places of the auditors are not among it: they are counted over all that a draw gives out (see full_places).
    The same number of queries for any number of pairs.
    """
    if not pairs:
        return []
    out, exempt = (
        why_not_each(cycle, [(each.case, each.auditor) for each in pairs], today=today),
        exempt_this_month(cycle),
    )
    earlier = looked_at_again({each.case.pk for each in pairs if each.selection == Selection.RE_AUDIT})
    return [
        [*reasons, *_exempt(exempt, each.auditor), *_first_audit_open(earlier, each)]
        for each, reasons in zip(pairs, out, strict=True)
    ]


def _exempt(exempt: dict[int, str], auditor: User) -> list[str]:
    return [exempt[auditor.pk]] if auditor.pk in exempt else []


def _first_audit_open(earlier: dict[int, Audit], pair: ByHand) -> list[str]:
    """That the audit which this one would look at again is not finished yet (L6), in a sentence; empty where it is."""
    first = earlier.get(pair.case.pk) if pair.selection == Selection.RE_AUDIT else None
    if first is None or first.status != Status.WITH_TEAM:
        return []
    return [f"The team has not signed Part B of audit {first.reference} yet, which this one would look at again"]


def looked_at_again(case_ids: Collection[int]) -> dict[int, Audit]:
    """The last completed audit of each of these cases, which are to be audited again, by case."""
    done = Audit.objects.completed().filter(case__in=case_ids).order_by("submitted_at", "pk") if case_ids else []
    return {audit.case_id: audit for audit in done}
