"""Pair cases with auditors: the same frozen inputs and the same seed always give the same draw (pure).

How a draw goes (ALGORITHM_VERSION "draw-1"):

1. The ticket of a case is SHA-256 of "seed:case", that of an auditor SHA-256 of "auditor:seed:auditor". The
   seed is written in lower-case hexadecimal digits, so no case can have the ticket of an auditor. Tickets
   are compared as numbers; should two ever be equal, the ids decide. The order in which rows come in plays
   no part.
2. Cases are offered in ticket order, lowest first. A case is taken whenever some arrangement gives it and
   all the cases taken so far to auditors without a conflict and within their places; cases taken earlier
   may change auditor for it but are never dropped. A case that no arrangement has room for is passed over
   with the reason and the next ticket is tried, until the target or the auditors' places are reached or no
   case is left.
3. Then the loads are evened out without changing which cases are taken. Ties between auditors go by ticket.

What this gives, strictly in this order: the largest conflict-free allocation up to the target; among the
largest the one with the lowest tickets (sets of cases that can be placed together form a transversal
matroid, for which taking the lowest ticket that fits is optimal: J. Edmonds and D. R. Fulkerson, 1965); for
these cases the most even loads (differing by at most one wherever conflicts, places and carried work allow
it); ties by ticket. Nothing but tickets tells two cases, or two auditors, with the same conflicts apart:
their chances are equal.

Conflicts are asked for only for the cases whose tickets come up. Sources: file 000 §2.1, requirements L2
and L4, reliability R21 to R25.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from heapq import nsmallest
from itertools import chain, islice
from typing import Protocol

from allocation.draw_result import (
    DrawResult,
    Pair,
    PassedOver,
    Shortfall,
    Unassigned,
    UnassignedAuditor,
)
from allocation.matching import Matching
from allocation.precision import expected_precision, sample_for_precision

__all__ = [
    "ALGORITHM_VERSION",
    "Canonical",
    "ConflictSource",
    "ConsultedConflicts",
    "DrawAuditor",
    "DrawCase",
    "DrawError",
    "DrawResult",
    "KnownConflicts",
    "Pair",
    "PassedOver",
    "Shortfall",
    "Unassigned",
    "UnassignedAuditor",
    "auditor_ticket",
    "canonical_inputs",
    "canonical_result",
    "case_ticket",
    "draw",
    "expected_precision",
    "replay",
    "reserve_size",
    "sample_for_precision",
]

ALGORITHM_VERSION = "draw-1"
SEED_FORM = re.compile(r"[0-9a-f]{32,128}")
SMALLEST_RESERVE = 5
SMALLEST_BATCH = 50
LARGEST_BATCH = 10_000


class DrawError(ValueError):
    """Inputs that cannot be drawn from: the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class DrawCase:
    """A case in the pool."""

    id: str


@dataclass(frozen=True, slots=True)
class DrawAuditor:
    """An auditor: places this cycle (the quota) and earlier work that counts when loads are evened out."""

    id: str
    capacity: int
    carried: int = 0


class ConflictSource(Protocol):
    """Says who is kept from which cases."""

    def conflicts_for(self, case_ids: Sequence[str], /) -> Mapping[str, frozenset[str]]:
        """The auditors kept from each of these cases; a case without conflicts may be left out."""


@dataclass(frozen=True, slots=True)
class KnownConflicts:
    """Conflicts that are all in hand already."""

    by_case: Mapping[str, frozenset[str]]

    def conflicts_for(self, case_ids: Sequence[str], /) -> Mapping[str, frozenset[str]]:
        """The auditors kept from each of these cases."""
        return {case_id: self.by_case[case_id] for case_id in case_ids if case_id in self.by_case}


class ConsultedConflicts:
    """Passes questions on and keeps the answers: with these alone a draw can be replayed."""

    def __init__(self, source: ConflictSource) -> None:
        self._source = source
        self.by_case: dict[str, frozenset[str]] = {}

    def conflicts_for(self, case_ids: Sequence[str], /) -> Mapping[str, frozenset[str]]:
        """The auditors kept from each of these cases, as the source behind this one says."""
        answer = self._source.conflicts_for(case_ids)
        self.by_case.update(answer)
        return answer


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
    target: int,
    seed: str,
    reserve: int | None = None,
) -> DrawResult:
    """Draw up to `target` cases and pair each with an auditor, as the head of this module describes.

    `reserve` says how many next tickets to keep for replacements (half the target, at least five, unless told
    otherwise). Too few cases, auditors or allowed pairs are no error: the result says what is missing. Raises
    DrawError for an id that is empty or there twice, a number below nought, or a seed in another form.
    """
    case_ids = _distinct("case", (case.id for case in cases))
    by_ticket = _auditors_in_ticket_order(auditors, seed=seed)
    spare = reserve_size(target) if reserve is None else reserve
    _refuse_negative(target=target, reserve=spare)
    run = _Run([auditor for auditor in by_ticket if auditor.capacity], conflicts)
    goal = min(target, run.places)
    tickets = _cases_in_ticket_order(case_ids, seed=seed, likely=goal + goal // 4 + spare + 64)
    not_tried = run.fill(tickets, goal=goal)
    run.matching.even_out()
    return DrawResult(
        algorithm=ALGORITHM_VERSION,
        seed=seed,
        target=target,
        pairs=tuple(run.pairs()),
        unassigned=tuple(run.unassigned(by_ticket)),
        passed_over=tuple(run.passed_over.values()),
        reserve=tuple(islice(chain(not_tried, tickets), spare)),
        shortfall=run.shortfall(target=target, pool=len(case_ids)),
    )


def reserve_size(target: int) -> int:
    """How many next tickets are kept for replacements unless the caller says otherwise."""
    return max(SMALLEST_RESERVE, target // 2)


def case_ticket(case_id: str, *, seed: str) -> str:
    """The ticket of a case: SHA-256 of "seed:case" in hexadecimal."""
    return hashlib.sha256(f"{seed}:{case_id}".encode()).hexdigest()


def auditor_ticket(auditor_id: str, *, seed: str) -> str:
    """The ticket of an auditor: SHA-256 of "auditor:seed:auditor" in hexadecimal."""
    return hashlib.sha256(f"auditor:{seed}:{auditor_id}".encode()).hexdigest()


def canonical_inputs(
    cases: Iterable[DrawCase],
    *,
    auditors: Iterable[DrawAuditor],
    conflicts: Mapping[str, Iterable[str]],
    target: int,
    reserve: int | None = None,
    facts: Mapping[str, str] | None = None,
) -> Canonical:
    """What a draw is made from, frozen and hashed before the seed is drawn; replay() needs nothing else.

    Conflicts with cases or auditors that are not in the draw are left out, and so are empty ones. `facts` is
    for whatever else the hash should pin down (the look-back, the hash of the involvements). Raises DrawError
    as draw() does.
    """
    case_ids = _distinct("case", (case.id for case in cases))
    in_draw = sorted(auditors, key=lambda auditor: auditor.id)
    auditor_ids = set(_distinct("auditor", (auditor.id for auditor in in_draw)))
    spare = reserve_size(target) if reserve is None else reserve
    _refuse_negative(target=target, reserve=spare)
    kept = {case_id: sorted(auditor_ids.intersection(conflicts.get(case_id, ()))) for case_id in case_ids}
    document = {
        "algorithm": ALGORITHM_VERSION,
        "auditors": [asdict(auditor) for auditor in in_draw],
        "cases": sorted(case_ids),
        "conflicts": {case_id: kept_from for case_id, kept_from in kept.items() if kept_from},
        "facts": dict(facts or {}),
        "reserve": spare,
        "target": target,
    }
    return _canonical(document)


def canonical_result(result: DrawResult) -> Canonical:
    """A result in its one form, with its hash."""
    return _canonical(asdict(result))


def replay(inputs_json: bytes | str, *, seed: str) -> DrawResult:
    """Draw again from frozen inputs. Raises DrawError for another algorithm version or a damaged document."""
    try:
        document = json.loads(inputs_json)
        algorithm = document["algorithm"]
        if algorithm != ALGORITHM_VERSION:
            raise DrawError(f"These inputs were made for {algorithm}, and this is {ALGORITHM_VERSION}.")
        by_case = {case_id: frozenset(kept_from) for case_id, kept_from in document["conflicts"].items()}
        return draw(
            [DrawCase(case_id) for case_id in document["cases"]],
            auditors=[DrawAuditor(**auditor) for auditor in document["auditors"]],
            conflicts=KnownConflicts(by_case),
            target=document["target"],
            seed=seed,
            reserve=document["reserve"],
        )
    except DrawError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DrawError("These are not the frozen inputs of a draw.") from error


class _Run:
    """One draw under way: the matching, and which number stands for which case."""

    def __init__(self, auditors: Sequence[DrawAuditor], conflicts: ConflictSource) -> None:
        self._auditors = auditors
        self._conflicts = conflicts
        self._numbers = {auditor.id: number for number, auditor in enumerate(auditors)}
        self._offered: list[str] = []
        self.passed_over: dict[int, PassedOver] = {}
        self.matching = Matching([a.capacity for a in auditors], carried=[a.carried for a in auditors])
        self.places = sum(auditor.capacity for auditor in auditors)

    def fill(self, tickets: Iterator[str], *, goal: int) -> list[str]:
        """Offer cases until the goal is reached or none is left; returns cases fetched and not offered."""
        size = max(SMALLEST_BATCH, goal)
        while len(self.matching) < goal and (batch := list(islice(tickets, size))):
            conflicts = self._conflicts.conflicts_for(batch)
            for position, case_id in enumerate(batch):
                if len(self.matching) == goal:
                    return batch[position:]
                self._offer(case_id, conflicts.get(case_id, frozenset()))
            size = min(LARGEST_BATCH, 2 * size)
        return []

    def _offer(self, case_id: str, kept_from: frozenset[str]) -> None:
        number = len(self._offered)
        self._offered.append(case_id)
        barred = frozenset(self._numbers[auditor] for auditor in kept_from if auditor in self._numbers)
        if not self.matching.offer(number, barred):
            full = len(self._auditors) - len(barred)
            self.passed_over[number] = PassedOver(case_id, len(barred), full)

    def pairs(self) -> Iterator[Pair]:
        """Every case taken with its auditor, in ticket order."""
        for number, case_id in enumerate(self._offered):
            if number not in self.passed_over:
                yield Pair(case_id, self._auditors[self.matching.holder(number)].id)

    def unassigned(self, auditors: Iterable[DrawAuditor]) -> Iterator[UnassignedAuditor]:
        """Every auditor without a case, by id, and why."""
        for auditor in sorted(auditors, key=lambda auditor: auditor.id):
            number = self._numbers.get(auditor.id)
            if number is None:
                yield UnassignedAuditor(auditor.id, Unassigned.NO_PLACES)
            elif not self.matching.held(number):
                yield UnassignedAuditor(auditor.id, self._why_without(number))

    def _why_without(self, number: int) -> Unassigned:
        if not self.matching:
            return Unassigned.NOTHING_DRAWN
        able = any(self.matching.may_take(number, case) for case in self._taken())
        return Unassigned.NOT_NEEDED if able else Unassigned.CONFLICT_WITH_EVERY_CASE

    def _taken(self) -> Iterator[int]:
        return (number for number in range(len(self._offered)) if number not in self.passed_over)

    def shortfall(self, *, target: int, pool: int) -> Shortfall | None:
        """What is missing from the target, None when nothing is."""
        missing = target - len(self.matching)
        if not missing:
            return None
        goal = min(target, self.places)
        within_pool = min(goal, pool)
        return Shortfall(
            missing,
            lacking_places=target - goal,
            lacking_cases=goal - within_pool,
            lost_to_conflicts=within_pool - len(self.matching),
            **self._blocking(),
        )

    def _blocking(self) -> dict[str, tuple[str, ...]]:
        """The cases with too few auditors, those auditors, and the ones who have places left."""
        if not self.passed_over or len(self.matching) == self.places:
            return {}
        closed = self.matching.closed_auditors()
        numbers = chain(self.passed_over, *(self.matching.held(auditor) for auditor in closed))
        with_places = filter(self.matching.has_place, range(len(self._auditors)))
        return {
            "blocking_cases": tuple(self._offered[number] for number in sorted(numbers)),
            "blocking_auditors": tuple(sorted(self._auditors[number].id for number in closed)),
            "auditors_with_places": tuple(sorted(self._auditors[number].id for number in with_places)),
        }


def _distinct(noun: str, ids: Iterable[str]) -> list[str]:
    """These ids as a list. Raises DrawError for an empty one or one that is there twice."""
    listed = list(ids)
    if not all(listed):
        raise DrawError(f"One {noun} has no id.")
    if len(set(listed)) != len(listed):
        twice = next(identity for identity, count in Counter(listed).items() if count > 1)
        raise DrawError(f"The {noun} {twice} is in the draw twice.")
    return listed


def _refuse_negative(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 0:
            raise DrawError(f"The {name} cannot be below nought.")


def _auditors_in_ticket_order(auditors: Iterable[DrawAuditor], *, seed: str) -> list[DrawAuditor]:
    """The auditors, lowest ticket first. Raises DrawError for a seed or an auditor that cannot be used."""
    if not SEED_FORM.fullmatch(seed):
        raise DrawError("The seed must be 32 to 128 lower-case hexadecimal digits.")
    listed = list(auditors)
    _distinct("auditor", (auditor.id for auditor in listed))
    for auditor in listed:
        _refuse_negative(places=auditor.capacity, carried=auditor.carried)
    return sorted(listed, key=lambda auditor: (auditor_ticket(auditor.id, seed=seed), auditor.id))


def _cases_in_ticket_order(case_ids: Sequence[str], *, seed: str, likely: int) -> Iterator[str]:
    """The cases, lowest ticket first; the whole pool is sorted only when more than the likely are wanted."""
    yield from (case_id for _, case_id in nsmallest(likely, _tickets(case_ids, seed=seed)))
    if len(case_ids) > likely:
        yield from (case_id for _, case_id in sorted(_tickets(case_ids, seed=seed))[likely:])


def _tickets(case_ids: Iterable[str], *, seed: str) -> Iterator[tuple[bytes, str]]:
    """Each case with its ticket; written out for speed, since a pool can hold hundreds of thousands."""
    sha256 = hashlib.sha256
    return ((sha256(f"{seed}:{case_id}".encode()).digest(), case_id) for case_id in case_ids)


def _canonical(document: object) -> Canonical:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return Canonical(text, hashlib.sha256(text).hexdigest())
