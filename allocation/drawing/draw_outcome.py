"""What a finished run came to, in the parts of a DrawResult (pure)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from allocation.drawing.draw_inputs import FIXED, RANDOM, DrawAuditor
from allocation.drawing.draw_result import (
    Pair,
    PassedOver,
    Reserved,
    Shortfall,
    StratumResult,
    Unassigned,
    UnassignedAuditor,
)
from allocation.drawing.draw_run import Run, Stratum

WEIGHT = Decimal("0.0001")


class Outcome:
    """Reads a run and changes nothing."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def _by_ticket(self, cases: Iterable[str]) -> list[str]:
        return sorted(cases, key=self._run.ticket_of)

    def pairs(self) -> Iterator[Pair]:
        """Every case taken with its auditor: set lots in their order, then the random cases by ticket."""
        for case_id, lot in self._run.lot_of.items():
            if self._run.held(case_id):
                yield Pair(case_id, self._auditor_of(case_id), lot=lot, weight="")
        for case_id in self._random:
            key = self._run.stratum_of[case_id]
            weight = _weight(self._run.strata[key], times=self._run.size_of_family.get(case_id, 1))
            yield Pair(case_id, self._auditor_of(case_id), stratum=key, weight=weight)

    @cached_property
    def _random(self) -> list[str]:
        """The random cases taken, by ticket."""
        return self._by_ticket(filter(self._run.held, self._run.stratum_of))

    def _auditor_of(self, case_id: str) -> str:
        number = self._run.matching.holder(case_id)
        assert number is not None
        return self._run.auditors[number].id

    def passed_over(self) -> Iterator[PassedOver]:
        """Every case that came up and was not taken, in the order of the pairs."""
        for case_id, lot in self._run.lot_of.items():
            if not self._run.held(case_id):
                yield self._passed(case_id, lot=lot)
        for case_id in self._by_ticket(self._not_taken):
            yield self._passed(case_id, lot=RANDOM)

    @cached_property
    def _not_taken(self) -> set[str]:
        """The random cases that came up and were not taken."""
        return {each for each in self._run.failed | self._run.exchanges.given_up if not self._run.held(each)}

    def _passed(self, case_id: str, *, lot: str) -> PassedOver:
        barred = len(self._run.bars_of(case_id))
        return PassedOver(
            case_id,
            auditors_in_conflict=barred,
            auditors_full=len(self._run.auditors) - barred,
            lot=lot,
            stratum=self._run.stratum_of.get(case_id, ""),
            given_up=case_id in self._run.exchanges.given_up,
        )

    def reserve(self) -> Iterator[Reserved]:
        """The next tickets of each stratum that did not come up."""
        for stratum in self._run.strata.values():
            kept = 0
            for case_id in stratum.cases if stratum.reserve else ():
                if self._run.held(case_id) or case_id in self._not_taken:
                    continue
                yield Reserved(case_id, stratum.key)
                kept += 1
                if kept == stratum.reserve:
                    break

    def strata(self) -> Iterator[StratumResult]:
        """Every stratum with what it gave."""
        for key, stratum in self._run.strata.items():
            weight = _weight(stratum) if stratum.given else ""
            yield StratumResult(key, len(stratum.cases), stratum.asked, stratum.given, weight)

    def unassigned(self, auditors: Iterable[DrawAuditor]) -> Iterator[UnassignedAuditor]:
        """Every auditor without a case, by id, and why."""
        for auditor in sorted(auditors, key=lambda auditor: auditor.id):
            number = self._run.numbers.get(auditor.id)
            if number is None:
                yield UnassignedAuditor(auditor.id, Unassigned.NO_PLACES)
            elif not self._run.matching.held(number):
                yield UnassignedAuditor(auditor.id, self._why_without(number))

    def _why_without(self, number: int) -> Unassigned:
        taken = [case_id for case_id in (*self._run.lot_of, *self._random) if self._run.held(case_id)]
        if not taken:
            return Unassigned.NOTHING_DRAWN
        able = any(self._run.matching.may_take(number, case_id) for case_id in taken)
        return Unassigned.NOT_NEEDED if able else Unassigned.CONFLICT_WITH_EVERY_CASE

    # ------------------------------------------------------------------ what is missing

    def shortfall(self) -> Shortfall | None:
        """What is missing from what the plan wants, None when nothing is."""
        within_places = min(self._wanted, self._run.goal)
        shares = sum(stratum.share for stratum in self._run.strata.values())
        given = sum(stratum.given for stratum in self._run.strata.values())
        if given == self._wanted and not self._run.lots_unplaced:
            return None
        return Shortfall(
            self._wanted - given,
            lacking_places=self._wanted - within_places,
            lacking_cases=within_places - shares,
            lost_to_conflicts=shares - given,
            by_stratum=tuple(self._lacking_by_stratum()),
            lots_unplaced=tuple(self._run.lots_unplaced),
            **self._blocking(),
        )

    @property
    def _wanted(self) -> int:
        """The target, or the sum of fixed numbers where that is lower."""
        plan = self._run.plan
        if plan.strata is None or plan.strata.method != FIXED:
            return plan.target
        return min(plan.target, sum(plan.strata.numbers.values()))

    def _lacking_by_stratum(self) -> Iterator[tuple[str, int]]:
        for key, stratum in self._run.strata.items():
            if self._run.plan.strata is not None and stratum.asked > stratum.given:
                yield key, stratum.asked - stratum.given

    def _blocking(self) -> Mapping[str, tuple[str, ...]]:
        """The cases with too few auditors, those auditors, and the ones who have places left."""
        matching, lots, exchanges = self._run.matching, self._run.lots_unplaced, self._run.exchanges
        without = [*lots, *self._untaken(exchanges.closed_strata)]
        if not without or len(matching) == self._run.places:
            return {}
        closed = exchanges.closed_auditors | matching.reached_from(lots)
        cases = {*without, *(case_id for auditor in closed for case_id in matching.held(auditor))}
        with_places = filter(matching.has_place, range(len(self._run.auditors)))
        return {
            "blocking_cases": tuple(self._by_ticket(cases)),
            "blocking_auditors": self._ids(closed),
            "auditors_with_places": self._ids(with_places),
        }

    def _untaken(self, strata: Collection[str]) -> Iterator[str]:
        """Cases of some strata that nobody holds: those that were looked at, by ticket, and after them as many as are
        missing. Where a pool is large, thousands more may have the same conflicts; they would prove nothing more."""
        for key in sorted(strata):
            stratum, named = self._run.strata[key], 0
            for case_id in stratum.cases:
                if case_id not in self._run.stratum_of and named >= stratum.lacking:
                    break
                if not self._run.held(case_id):
                    named += 1
                    yield case_id

    def _ids(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(self._run.auditors[number].id for number in numbers))


def _weight(stratum: Stratum, *, times: int = 1) -> str:
    """How many cases of its stratum one stands for; times the size of its family where one stood for all of it."""
    return str((Decimal(len(stratum.cases)) * times / stratum.given).quantize(WEIGHT, rounding=ROUND_HALF_UP))
