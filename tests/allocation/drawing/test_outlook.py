"""A draw that cannot go on stops: what it asks for and names does not grow with the pool (R24)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest

from allocation.drawing.draw import DrawAuditor, DrawCase, DrawPlan, DrawResult, StrataPlan, canonical_result, draw
from allocation.drawing.matching import Barred
from allocation.drawing.outlook import Outlook
from tests.allocation.organisations import SEED


class Counted:
    """Conflicts from a rule, with how often each case was asked for."""

    def __init__(self, kept_from) -> None:
        self.kept_from = kept_from
        self.asked: Counter[str] = Counter()

    def conflicts_for(self, case_ids: Sequence[str], /) -> Mapping[str, frozenset[str]]:
        self.asked.update(case_ids)
        return {each: self.kept_from(each) for each in case_ids}


def drawn(cases: int, conflicts: Counted, *, spread: bool = False) -> DrawResult:
    """Ten auditors with a place each, so many cases, every place wanted."""
    return draw(
        [DrawCase(str(number), stratum="xyz"[number % 3] if spread else "") for number in range(cases)],
        auditors=[DrawAuditor(str(number), 1) for number in range(10)],
        conflicts=conflicts,
        plan=DrawPlan(10, strata=StrataPlan() if spread else None),
        seed=SEED,
    )


@pytest.mark.parametrize("spread", [False, True])
class TestAuditorBoundToEveryCase:
    def test_is_found_out_by_looking_at_each_case_a_few_times(self, spread: bool) -> None:
        """Once in its own right, once to see whether it is of use, and in a spread draw once more for exchanges."""
        conflicts = Counted(lambda _: frozenset({"7"}))
        result = drawn(6_000, conflicts, spread=spread)
        assert len(result.pairs) == 9
        assert result.shortfall.lost_to_conflicts == 1
        assert result.shortfall.auditors_with_places == ("7",)
        assert max(conflicts.asked.values()) <= 3
        assert conflicts.asked.total() <= (2 if spread else 1.1) * 6_000

    def test_leaves_a_record_that_does_not_grow_with_the_pool(self, spread: bool) -> None:
        sizes = [
            len(canonical_result(drawn(cases, Counted(lambda _: frozenset({"7"})), spread=spread)).json)
            for cases in (600, 6_000)
        ]
        few, many = sizes
        assert many < few * 1.2
        result = drawn(6_000, Counted(lambda _: frozenset({"7"})), spread=spread)
        assert len(result.passed_over) + len(result.shortfall.blocking_cases) < 30

    def test_is_given_the_one_case_that_is_not_bound(self, spread: bool) -> None:
        """However far back its ticket is."""
        for free in ("11", "599", "300"):
            conflicts = Counted(lambda each, free=free: frozenset() if each == free else frozenset({"7"}))
            result = drawn(600, conflicts, spread=spread)
            assert len(result.pairs) == 10
            assert result.shortfall is None
            assert result.cases_of("7") == (free,)


class TestPoolBoundForEverybody:
    def test_is_asked_for_once(self) -> None:
        conflicts = Counted(lambda _: frozenset(str(number) for number in range(10)))
        result = drawn(6_000, conflicts)
        assert (result.pairs, result.shortfall.lost_to_conflicts) == ((), 10)
        assert conflicts.asked.total() <= 6_010
        assert len(result.shortfall.blocking_cases) == 10


class TestOutlook:
    BARS = ({0, 1}, {1}, {0}, set())

    def outlook(self) -> tuple[Outlook, list[str]]:
        asked: list[str] = []

        def bars_of_each(case_ids: Sequence[str]) -> list[Barred]:
            asked.extend(case_ids)
            return [frozenset(self.BARS[int(each)]) for each in case_ids]

        return Outlook(["0", "1", "2"], bars_of_each=bars_of_each), asked

    def test_sees_whether_somebody_may_take_a_case(self) -> None:
        outlook, _ = self.outlook()
        assert outlook.any_for([0, 1], besides=set())
        assert outlook.any_for([0], besides=set())
        assert not outlook.any_for([0], besides={"1"})
        assert outlook.any_for([1], besides={"1"})
        assert not outlook.any_for([1], besides={"1", "2"})

    def test_has_nothing_for_nobody(self) -> None:
        outlook, asked = self.outlook()
        assert not outlook.any_for([], besides=set())
        assert asked == []

    def test_goes_on_where_it_stopped_and_does_not_begin_again_for_fewer(self) -> None:
        outlook, asked = self.outlook()
        offered: list[set[str]] = [set(), {"1"}, {"1", "2"}]
        assert all(before < after for before, after in pairwise(offered))
        assert [outlook.any_for([0, 1], besides=besides) for besides in offered] == [True, True, False]
        assert not outlook.any_for([1], besides=offered[-1])
        assert asked == ["0", "1", "2"]
