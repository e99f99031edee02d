"""Agreement between first and second grade, against figures worked elsewhere."""

from itertools import starmap
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.agreement import (
    Share,
    Weights,
    agreement,
    cross_table,
    direction,
    exact_agreement,
    gwet_ac2,
    sign_test,
    weighted_kappa,
    wilson,
    within_one,
)
from tests.grading.scales import FOUR, THREE

OUT, GOOD, NOT_YET = (point.code for point in THREE.points)

GRADES = st.sampled_from([OUT, GOOD, NOT_YET])

# Three months of moderation in file 004: what auditors gave, then what moderators made of it.
JULY = [(OUT, GOOD), (GOOD, NOT_YET)] + [(NOT_YET, NOT_YET)] * 9
AUGUST = [(GOOD, NOT_YET)] * 3 + [(GOOD, GOOD)] * 3 + [(NOT_YET, NOT_YET)] * 11
SEPTEMBER = [(GOOD, NOT_YET)] * 3 + [(NOT_YET, NOT_YET)] * 12
POOLED = JULY + AUGUST + SEPTEMBER
MONTHS = pytest.mark.parametrize(
    ("pairs", "same", "of", "unweighted", "quadratic", "ac2"),
    [
        (JULY, 9, 11, 0.27, 0.63, 0.94),
        (AUGUST, 14, 17, 0.56, 0.56, 0.93),
        (SEPTEMBER, 12, 15, 0.00, 0.00, 0.94),
        (POOLED, 35, 43, 0.39, 0.49, 0.93),
    ],
    ids=["July", "August", "September", "pooled"],
)


class TestWorkedMonths:
    @MONTHS
    def test_count_what_was_left_unchanged(self, pairs, same, of, unweighted, quadratic, ac2):
        assert exact_agreement(pairs) == Share(same, of)

    @MONTHS
    def test_give_kappa_and_ac2_as_worked(self, pairs, same, of, unweighted, quadratic, ac2):
        table = cross_table(pairs, scale=THREE)
        assert round(weighted_kappa(table, weights=Weights.UNWEIGHTED), 2) == unweighted
        assert round(weighted_kappa(table), 2) == quadratic
        assert round(gwet_ac2(table), 2) == ac2

    def test_show_that_every_change_went_down(self):
        moved = direction(POOLED, scale=THREE)
        assert (moved.up, moved.down, moved.same) == (0, 8, 35)
        assert moved.mean_shift == pytest.approx(-8 / 43)
        assert round(moved.p_value, 3) == 0.008

    def test_give_an_interval_for_the_share_that_changed(self):
        interval = wilson(8, 43)
        assert (round(100 * interval.low, 1), round(100 * interval.high, 1)) == (9.7, 32.6)


class TestAgreement:
    def test_holds_kappa_back_below_thirty_pairs(self):
        few, many = agreement(JULY, scale=THREE), agreement(POOLED, scale=THREE)
        assert (few.kappa, few.ac2) == (None, None)
        assert (round(many.kappa, 2), round(many.ac2, 2)) == (0.49, 0.93)
        assert few.exact == Share(9, 11)

    def test_counts_near_misses(self):
        pairs = [("good", "good"), ("good", "inadequate"), ("good", "outstanding")]
        assert within_one(pairs, scale=FOUR) == Share(2, 3)
        moved = direction(pairs, scale=FOUR)
        assert (moved.up, moved.down, moved.mean_shift) == (1, 1, pytest.approx(-1 / 3))

    def test_of_no_pairs_is_nothing_rather_than_an_error(self):
        nothing = agreement([], scale=FOUR)
        assert nothing.exact.proportion is None
        assert nothing.interval is None
        assert nothing.direction.mean_shift is None
        assert weighted_kappa(cross_table([], scale=FOUR)) is None
        assert gwet_ac2(cross_table([], scale=FOUR)) is None

    def test_of_one_grade_only_has_no_kappa_but_an_ac2(self):
        table = cross_table([("good", "good")] * 9, scale=FOUR)
        assert weighted_kappa(table) is None
        assert gwet_ac2(table) == 1

    def test_lays_pairs_out_with_the_first_grade_in_rows(self):
        assert cross_table([(OUT, GOOD), (OUT, GOOD), (NOT_YET, NOT_YET)], scale=THREE) == (
            (0, 2, 0),
            (0, 0, 0),
            (0, 0, 1),
        )

    def test_weighs_near_misses_in_between_with_linear_weights(self):
        # By hand: p_a = (1 + 0.5 + 1)/3; margins (2/3, 0, 1/3) and (1/3, 1/3, 1/3) give p_e = 1/2.
        table = ((1, 1, 0), (0, 0, 0), (0, 0, 1))
        assert weighted_kappa(table, weights=Weights.LINEAR) == pytest.approx((5 / 6 - 1 / 2) / (1 / 2))

    @given(
        st.lists(st.tuples(st.sampled_from([OUT, GOOD, NOT_YET]), st.sampled_from([OUT, GOOD, NOT_YET])), min_size=1)
    )
    def test_is_the_same_both_ways_round_except_for_the_direction(self, pairs):
        turned = [(second, first) for first, second in pairs]
        there, back = direction(pairs, scale=THREE), direction(turned, scale=THREE)
        assert (there.up, there.down, there.p_value) == (back.down, back.up, back.p_value)
        table, transposed = cross_table(pairs, scale=THREE), cross_table(turned, scale=THREE)
        assert weighted_kappa(table) == pytest.approx(weighted_kappa(transposed))
        assert gwet_ac2(table) == pytest.approx(gwet_ac2(transposed))


class TestSignTest:
    @pytest.mark.parametrize(
        ("up", "down", "p_value"),
        [(0, 0, 1.0), (0, 1, 1.0), (0, 5, 0.0625), (1, 5, 0.21875), (3, 3, 1.0), (0, 8, 2 / 256)],
    )
    def test_gives_the_exact_two_sided_value(self, up, down, p_value):
        assert sign_test(up, down) == sign_test(down, up) == pytest.approx(p_value)

    @given(st.integers(0, 40), st.integers(0, 40))
    def test_adds_up_every_split_that_is_no_likelier(self, up, down):
        ways = list(starmap(comb, ((up + down, k) for k in range(up + down + 1))))
        likely = sum(way for way in ways if way <= ways[up]) / 2 ** (up + down)
        assert sign_test(up, down) == pytest.approx(likely)

    def test_copes_with_thousands(self):
        assert 0 < sign_test(2400, 2600) < 0.01


class TestWilson:
    @pytest.mark.parametrize(
        ("of", "half", "tenth", "none"),
        [
            (10, (24, 76), (2, 40), 28),
            (20, (30, 70), (3, 30), 16),
            (30, (33, 67), (3, 26), 11),
            (60, (38, 62), (5, 20), 6),
            (100, (40, 60), (6, 17), 4),
            (360, (45, 55), (7, 14), 1),
        ],
    )
    def test_reproduces_the_table(self, of, half, tenth, none):
        def ends(count):
            interval = wilson(count, of)
            return round(100 * interval.low), round(100 * interval.high)

        assert ends(of // 2) == half
        assert ends(of // 10) == tenth
        assert ends(0) == (0, none)

    @pytest.mark.parametrize(
        ("count", "of", "low", "high"), [(1298, 1632, 77.5, 81.4), (361, 456, 75.2, 82.6), (8, 43, 9.7, 32.6)]
    )
    def test_reproduces_the_worked_shares(self, count, of, low, high):
        interval = wilson(count, of)
        assert (round(100 * interval.low, 1), round(100 * interval.high, 1)) == (low, high)

    def test_of_nothing_is_nothing(self):
        assert wilson(0, 0) is None

    @pytest.mark.parametrize(("count", "of"), [(-1, 3), (4, 3), (1, 0)])
    def test_refuses_what_is_no_share(self, count, of):
        with pytest.raises(ValueError, match="not a share"):
            wilson(count, of)

    @given(st.integers(0, 200), st.integers(0, 200))
    def test_lies_around_the_share_and_mirrors_it(self, yes, no):
        interval, mirrored = wilson(yes, yes + no), wilson(no, yes + no)
        if interval is not None:
            assert 0 <= interval.low <= yes / (yes + no) <= interval.high <= 1
            assert interval.low == pytest.approx(1 - mirrored.high)
