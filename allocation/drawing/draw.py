"""Pair cases with auditors: the same frozen inputs and the same seed always give the same draw (pure).

How a draw goes (ALGORITHM_VERSION "draw-3"):

1. Cases, auditors and strata have tickets (allocation.tickets). The order in which rows come in plays no part.
2. Set lots first (re-audits that are due, say), in the order of the plan, each by ticket, lowest first, until it has
   the number wanted. A case is taken whenever some arrangement gives it and all the cases taken so far to auditors
   without a conflict and within their places; cases taken earlier may change auditor for it but are never dropped.
3. Then the random cases, among them those of set lots that did not come up there and are named as else random (a case
   of last quarter's sample that rests no longer, say). Their goal is the target, or the places left where those are
   fewer. With strata each gives at most its share of the goal (allocation.strata); without, all random cases are one
   stratum. One per family: only the case with the lowest ticket of each family is offered, and none where one was
   taken from a set lot. It comes by the ticket of its family: by the lowest of several tickets a large family would
   come sooner than a small one. Cases are offered in ticket order as in step 2 until the shares are reached, no case
   is left, or nobody who could still be given one may take any that is left (allocation.outlook). A case that no
   arrangement has room for is passed over with the reason.
4. Where a stratum has not reached its share and there is more than one, exchanges follow, in the order of the
   strata's tickets: a random case may be given up for another of its stratum where that makes the whole allocation
   larger, until no larger one exists within the shares (allocation.exchanges). What is missing then is reported,
   not taken from other strata.
5. Then the loads are evened out without changing which cases are taken. Ties between auditors go by ticket.

What this gives, strictly in this order: the set lots, each with its lowest tickets; the largest conflict-free
allocation up to the target and within the shares; without strata, among the largest the one with the lowest tickets
(sets of cases that can be placed together form a transversal matroid, for which taking the lowest ticket that fits
is optimal: J. Edmonds and D. R. Fulkerson, 1965); for these cases the most even loads (differing by at most one
wherever conflicts, places and carried work allow it); ties by ticket. Nothing but tickets tells two cases of a
stratum, or two auditors, with the same conflicts apart: their chances are equal. With one per family the chances of
families are equal, and a case drawn for one stands for as many more cases as the family has.

Conflicts are asked for only for the cases whose tickets come up. Sources: file 000 §2.1, requirements L2
and L4, reliability R21 to R25.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from allocation.drawing.draw_inputs import (
    RANDOM,
    CasePool,
    ConflictSource,
    DrawAuditor,
    DrawCase,
    DrawError,
    DrawPlan,
    KnownConflicts,
    Lot,
    StrataPlan,
    check,
    distinct,
)
from allocation.drawing.draw_outcome import Outcome
from allocation.drawing.draw_result import (
    DrawResult,
    Pair,
    PassedOver,
    Reserved,
    Shortfall,
    StratumResult,
    Unassigned,
    UnassignedAuditor,
)
from allocation.drawing.draw_run import Run, reserve_size
from allocation.drawing.precision import expected_precision, sample_for_precision
from allocation.drawing.tickets import SEED_FORM, auditor_ticket, case_ticket, family_ticket, stratum_ticket

__all__ = [
    "ALGORITHM_VERSION",
    "RANDOM",
    "Canonical",
    "ConflictSource",
    "DrawAuditor",
    "DrawCase",
    "DrawError",
    "DrawPlan",
    "DrawResult",
    "KnownConflicts",
    "Lot",
    "Pair",
    "PassedOver",
    "Reserved",
    "Shortfall",
    "StrataPlan",
    "StratumResult",
    "Unassigned",
    "UnassignedAuditor",
    "auditor_ticket",
    "canonical",
    "canonical_result",
    "case_ticket",
    "draw",
    "draw_from",
    "expected_precision",
    "family_ticket",
    "reserve_size",
    "sample_for_precision",
    "stratum_ticket",
]

ALGORITHM_VERSION = "draw-3"


@dataclass(frozen=True, slots=True)
class Canonical:
    """A document in the one form it can have (sorted, plain ASCII JSON), and its SHA-256."""

    json: bytes
    sha256: str


def draw(
    cases: Iterable[DrawCase],
    *,
    auditors: Iterable[DrawAuditor],
    conflicts: ConflictSource,
    plan: DrawPlan,
    seed: str,
) -> DrawResult:
    """Draw what the plan asks for and pair each case with an auditor, as the head of this module describes.

    Too few cases, auditors or allowed pairs are no error: the result says what is missing. Raises DrawError for an
    id that is empty or there twice, a number below nought, an unknown lot or method, or a seed in another form.
    """
    listed = list(cases)
    distinct("case", (case.id for case in listed))
    pool = CasePool(((case.id, case.lot, case.stratum, case.family) for case in listed), plan=plan)
    return draw_from(pool, auditors=auditors, conflicts=conflicts, plan=plan, seed=seed)


def draw_from(
    pool: CasePool, *, auditors: Iterable[DrawAuditor], conflicts: ConflictSource, plan: DrawPlan, seed: str
) -> DrawResult:
    """As draw(), from cases that are sorted into lots and strata already and known to be distinct."""
    listed = list(auditors)
    check(listed, plan=plan)
    if not SEED_FORM.fullmatch(seed):
        raise DrawError("The seed must be 32 to 128 lower-case hexadecimal digits.")
    by_ticket = sorted(listed, key=lambda auditor: (auditor_ticket(auditor.id, seed=seed), auditor.id))
    run = Run([auditor for auditor in by_ticket if auditor.capacity], conflicts, plan=plan, seed=seed)
    for lot in plan.lots:
        run.fill_lot(lot, pool.lots[lot.key])
    run.fill_strata(pool)
    run.matching.even_out()
    outcome = Outcome(run)
    return DrawResult(
        algorithm=ALGORITHM_VERSION,
        seed=seed,
        target=plan.target,
        pairs=tuple(outcome.pairs()),
        unassigned=tuple(outcome.unassigned(listed)),
        passed_over=tuple(outcome.passed_over()),
        reserve=tuple(outcome.reserve()),
        strata=tuple(outcome.strata()),
        siblings=run.siblings,
        shortfall=outcome.shortfall(),
    )


def canonical(document: object) -> Canonical:
    """A document in its one form, with its hash."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return Canonical(text, hashlib.sha256(text).hexdigest())


def canonical_result(result: DrawResult) -> Canonical:
    """A result in its one form, with its hash."""
    return canonical(asdict(result))
