"""How many cases each stratum gives."""

from fractions import Fraction
from random import Random

import pytest

from allocation.drawing.draw_inputs import StrataPlan
from allocation.drawing.strata import shares, wanted
from allocation.drawing.tickets import stratum_ticket
from tests.allocation.organisations import SEED

PROPORTIONAL = StrataPlan("proportional", minimum=1)


def given(sizes, goal: int, *, minimum: int = 1, seed: str = SEED) -> dict[str, int]:
    return shares(sizes, plan=StrataPlan("proportional", minimum), goal=goal, seed=seed)


class TestProportional:
    def test_is_exact_where_quotas_are_whole(self):
        assert given({"a": 50, "b": 30, "c": 20}, 10) == {"a": 5, "b": 3, "c": 2}

    def test_gives_what_is_left_to_the_largest_remainders(self):
        # Quotas of 7: 3.29, 2.31 and 1.40. Whole parts make 6; the largest remainder is that of c.
        assert given({"a": 47, "b": 33, "c": 20}, 7, minimum=0) == {"a": 3, "b": 2, "c": 2}

    def test_settles_equal_remainders_by_the_tickets_of_the_strata(self):
        for number in range(30):
            seed = f"{number:032x}"
            first = min("abc", key=lambda key: stratum_ticket(key, seed=seed))
            expected = {key: 2 if key == first else 1 for key in "abc"}
            assert given({"a": 10, "b": 10, "c": 10}, 4, seed=seed) == expected

    def test_gives_small_strata_the_minimum_and_shares_the_rest_in_proportion(self):
        assert given({"large": 900, "middle": 90, "small": 10}, 20, minimum=2) == {"large": 16, "middle": 2, "small": 2}

    def test_asks_no_stratum_for_more_than_it_has_and_deals_the_rest_to_the_others(self):
        assert given({"large": 60, "one": 1}, 12, minimum=3) == {"large": 11, "one": 1}
        assert given({"a": 2, "b": 1}, 30) == {"a": 2, "b": 1}

    def test_gives_one_each_by_ticket_where_the_goal_is_too_small_for_every_minimum(self):
        sizes = {"a": 100, "b": 1, "c": 5}
        lowest = sorted(sizes, key=lambda key: stratum_ticket(key, seed=SEED))
        assert given(sizes, 2, minimum=3) == {key: int(key in lowest[:2]) for key in sizes}
        # One each, a second to the two that have it and are below the minimum.
        assert given(sizes, 5, minimum=3) == {"a": 2, "b": 1, "c": 2}

    @pytest.mark.parametrize(("sizes", "goal"), [({}, 5), ({"a": 3}, 0), ({"a": 0, "b": 0}, 4)])
    def test_gives_nothing_where_there_is_nothing_to_give_or_to_take(self, sizes, goal):
        assert given(sizes, goal) == dict.fromkeys(sizes, 0)

    def test_does_not_depend_on_the_order_of_the_strata(self):
        dice = Random(7)
        for _ in range(300):
            sizes = {f"s{number}": dice.randint(0, 30) for number in range(dice.randint(1, 8))}
            keys = list(sizes)
            dice.shuffle(keys)
            goal = dice.randint(0, 60)
            assert given(sizes, goal) == given({key: sizes[key] for key in keys}, goal)

    def test_adds_up_keeps_bounds_and_stays_within_one_of_the_quota(self):
        dice = Random(11)
        for _ in range(2_000):
            sizes = {f"s{number}": dice.choice([0, 1, 2, 5, 40, 300]) for number in range(dice.randint(1, 7))}
            goal, minimum = dice.randint(0, 80), dice.randint(0, 4)
            found = given(sizes, goal, minimum=minimum)
            least = {key: min(minimum, size) for key, size in sizes.items()}
            assert sum(found.values()) == min(goal, sum(sizes.values()))
            assert all(0 <= found[key] <= sizes[key] for key in sizes)
            if sum(least.values()) < goal:
                assert all(found[key] >= least[key] for key in sizes)
                assert_close_to_quota(found, sizes, least)

    def test_never_gives_a_larger_stratum_less_than_a_smaller_one_by_more_than_a_tie(self):
        dice = Random(13)
        for _ in range(500):
            sizes = {f"s{number}": dice.randint(0, 50) for number in range(6)}
            found = given(sizes, dice.randint(6, 60))
            for one in sizes:
                for other in sizes:
                    assert sizes[one] <= sizes[other] or found[one] >= found[other]


def assert_close_to_quota(found, sizes, least) -> None:
    """Those above the minimum are rounded up or down from one and the same proportion."""
    above = [key for key in sizes if found[key] > least[key]]
    if above:
        rate = Fraction(sum(found[key] for key in above), sum(sizes[key] for key in above))
        assert all(abs(found[key] - rate * sizes[key]) < 2 for key in above)


class TestFixed:
    def test_gives_the_numbers(self):
        plan = StrataPlan("fixed", 1, {"a": 3, "b": 1})
        assert shares({"a": 50, "b": 50, "c": 50}, plan=plan, goal=10, seed=SEED) == {"a": 3, "b": 1, "c": 0}

    def test_gives_no_more_than_a_stratum_has_and_deals_nothing_to_others(self):
        plan = StrataPlan("fixed", 1, {"a": 3, "b": 4})
        sizes = {"a": 1, "b": 50}
        assert shares(sizes, plan=plan, goal=10, seed=SEED) == {"a": 1, "b": 4}
        assert wanted(sizes, plan=plan, goal=10, seed=SEED) == {"a": 3, "b": 4}

    def test_cuts_the_numbers_in_proportion_where_the_goal_is_smaller(self):
        plan = StrataPlan("fixed", 1, {"a": 6, "b": 3, "c": 3})
        sizes = dict.fromkeys("abc", 50)
        assert shares(sizes, plan=plan, goal=4, seed=SEED) == {"a": 2, "b": 1, "c": 1}
        assert sum(shares(sizes, plan=plan, goal=5, seed=SEED).values()) == 5

    def test_names_a_stratum_without_cases(self):
        plan = StrataPlan("fixed", 1, {"gone": 2})
        assert wanted({"a": 5}, plan=plan, goal=10, seed=SEED) == {"a": 0, "gone": 2}
        assert shares({"a": 5}, plan=plan, goal=10, seed=SEED) == {"a": 0, "gone": 0}


class TestForecast:
    def test_needs_no_seed(self):
        assert shares({"a": 10, "b": 30}, plan=PROPORTIONAL, goal=8) == {"a": 2, "b": 6}
