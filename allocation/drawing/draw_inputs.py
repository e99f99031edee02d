"""What a draw is made from: cases, auditors, who is kept from what, and the plan (pure)."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

RANDOM = "random"
PROPORTIONAL, FIXED = "proportional", "fixed"
METHODS = (PROPORTIONAL, FIXED)


class DrawError(ValueError):
    """Inputs that cannot be drawn from: the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class DrawCase:
    """A case in the pool: among the random ones or in a set lot, and in a stratum and a family where it has one."""

    id: str
    lot: str = RANDOM
    stratum: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class DrawAuditor:
    """An auditor: places this cycle, earlier work that counts when loads are evened out, and whom they stand for.

    `parties` are the people ("p" and the id) and teams ("t" and the id) whose ties to a case keep this auditor from
    it: themselves, their team and, while they learn, their supervisor's.
    """

    id: str
    capacity: int
    carried: int = 0
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lot:
    """Cases that come before the random ones and do not count towards the target: at most so many of them.

    `else_random` are the cases of it that could be drawn at random too: those that do not come up in the lot are then
    among the random ones, with the chance that every other case has.
    """

    key: str
    wanted: int
    else_random: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StrataPlan:
    """How the random cases are spread over strata: in proportion with a minimum each, or fixed numbers."""

    method: str = PROPORTIONAL
    minimum: int = 1
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DrawPlan:
    """What is wanted: so many random cases, set lots before them, spread over strata or not, siblings or not.

    `reserve` is how many next tickets to keep for replacements, of each stratum where there are strata; None: as
    many as allocation.draw.reserve_size says.
    """

    target: int
    lots: tuple[Lot, ...] = ()
    strata: StrataPlan | None = None
    one_per_family: bool = False
    reserve: int | None = None


def else_random(plan: DrawPlan, *, came_up: Container[str]) -> list[str]:
    """The cases of set lots that are among the random ones where these came up in their lots, each once."""
    return [
        each for each in dict.fromkeys(chain.from_iterable(lot.else_random for lot in plan.lots)) if each not in came_up
    ]


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


Row = Sequence[str]  # id, lot, stratum, family and perhaps more


class CasePool:
    """The cases of a draw sorted into set lots and strata, with the families that matter."""

    def __init__(self, rows: Iterable[Row], *, plan: DrawPlan) -> None:
        """Sort the rows. Raises DrawError for a case in a lot that the plan does not have."""
        self.lots: dict[str, list[str]] = {lot.key: [] for lot in plan.lots}
        self.strata: dict[str, list[str]] = {} if plan.strata else {"": []}
        self.families: dict[str, str] = {}
        self._plan = plan
        self._else_random: dict[str, str] = {}  # those that are in a lot, with their strata
        self._may_be_random = frozenset(else_random(plan, came_up=()))
        if plan.strata or plan.one_per_family or plan.lots:
            self._sort(rows, plan=plan)
        else:
            self._take_all(rows)

    def _sort(self, rows: Iterable[Row], *, plan: DrawPlan) -> None:
        for case_id, lot, stratum, family, *_ in rows:
            if lot == RANDOM:
                self.strata.setdefault(stratum if plan.strata else "", []).append(case_id)
            elif lot in self.lots:
                self.lots[lot].append(case_id)
                if case_id in self._may_be_random:
                    self._else_random[case_id] = stratum if plan.strata else ""
            else:
                raise DrawError(f"The case {case_id} is in the lot {lot}, which is not in the plan.")
            if family and plan.one_per_family:
                self.families[case_id] = family

    def random_after(self, came_up: Container[str]) -> dict[str, list[str]]:
        """The random cases of each stratum, with those that did not come up in their set lot and are random else."""
        found = {key: list(case_ids) for key, case_ids in self.strata.items()} if self._else_random else self.strata
        for case_id in else_random(self._plan, came_up=came_up):
            if case_id in self._else_random:
                found.setdefault(self._else_random[case_id], []).append(case_id)
        return found

    def _take_all(self, rows: Iterable[Row]) -> None:
        take = self.strata[""].append
        for row in rows:
            if row[1] != RANDOM:
                raise DrawError(f"The case {row[0]} is in the lot {row[1]}, which is not in the plan.")
            take(row[0])


def distinct(noun: str, ids: Iterable[str]) -> list[str]:
    """These ids as a list. Raises DrawError for an empty one or one that is there twice."""
    listed = list(ids)
    if not all(listed):
        raise DrawError(f"One {noun} has no id.")
    if len(set(listed)) != len(listed):
        twice = next(identity for identity, count in Counter(listed).items() if count > 1)
        raise DrawError(f"The {noun} {twice} is in the draw twice.")
    return listed


def check(auditors: Sequence[DrawAuditor], *, plan: DrawPlan) -> None:
    """Raises DrawError for numbers below nought, a lot or an auditor that is there twice, or an unknown method."""
    distinct("auditor", (auditor.id for auditor in auditors))
    for auditor in auditors:
        _refuse_negative(places=auditor.capacity, carried=auditor.carried)
    distinct("lot", (lot.key for lot in plan.lots))
    if any(lot.key == RANDOM for lot in plan.lots):
        raise DrawError("The random cases are no lot of their own.")
    for lot in plan.lots:
        _refuse_negative(lot=lot.wanted)
    _refuse_negative(target=plan.target, reserve=plan.reserve or 0)
    if plan.strata:
        _check_strata(plan.strata)


def _check_strata(plan: StrataPlan) -> None:
    if plan.method not in METHODS:
        raise DrawError(f"Nobody knows how to spread cases by the method {plan.method}.")
    _refuse_negative(minimum=plan.minimum)
    for number in plan.numbers.values():
        _refuse_negative(number=number)


def _refuse_negative(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 0:
            raise DrawError(f"The {name} cannot be below nought.")
