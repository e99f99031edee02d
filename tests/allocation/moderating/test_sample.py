"""The random sample for moderation: sizes, shares, the same answer each time."""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.moderating import sample

SEED = "5e" * 32
GRADES = ("a:outstanding", "a:good", "a:requires_improvement", "a:inadequate")
LOTS = st.dictionaries(st.integers(1, 9999).map(lambda n: f"2026-11-{n:04d}"), st.sampled_from(GRADES), max_size=120)
PERCENT = st.integers(1, 100)
SEEDS = st.binary(min_size=16, max_size=16).map(bytes.hex)


def expected_size(there: int, percent: int) -> int:
    """The rule in other words: the exact share rounded up, which is at least one of anything."""
    return math.ceil(Fraction(there * percent, 100))


class TestSize:
    @pytest.mark.parametrize(
        ("there", "percent", "drawn"),
        [(0, 10, 0), (1, 10, 1), (9, 10, 1), (10, 10, 1), (11, 10, 2), (47, 10, 5), (3, 100, 3)],
    )
    def test_is_the_percentage_rounded_up(self, there: int, percent: int, drawn: int) -> None:
        assert sample.size(there, percent=percent) == drawn

    @given(st.integers(0, 5000), PERCENT)
    def test_agrees_with_exact_fractions(self, there: int, percent: int) -> None:
        assert sample.size(there, percent=percent) == expected_size(there, percent)

    @pytest.mark.parametrize("percent", [0, 101, -1])
    def test_refuses_what_is_no_percentage(self, percent: int) -> None:
        with pytest.raises(ValueError, match="no percentage"):
            sample.size(10, percent=percent)


class TestShares:
    @given(st.dictionaries(st.sampled_from(GRADES), st.integers(1, 60)), st.data(), SEEDS)
    def test_are_the_exact_shares_to_less_than_one_audit(
        self, counts: dict[str, int], data: st.DataObject, seed: str
    ) -> None:
        there = sum(counts.values())
        total = data.draw(st.integers(0, there))
        given_out = sample.shares(counts, total=total, seed=seed)
        assert sum(given_out.values()) == total
        for grade, count in counts.items():
            exact = Fraction(total * count, there)
            assert math.floor(exact) <= given_out[grade] <= math.ceil(exact)
            assert given_out[grade] <= count

    @given(st.dictionaries(st.sampled_from(GRADES), st.integers(1, 60), min_size=2), st.data(), SEEDS)
    def test_go_to_the_largest_remainders(self, counts: dict[str, int], data: st.DataObject, seed: str) -> None:
        there = sum(counts.values())
        total = data.draw(st.integers(0, there))
        given_out = sample.shares(counts, total=total, seed=seed)
        rest = {grade: Fraction(total * count, there) % 1 for grade, count in counts.items()}
        up = [rest[grade] for grade, count in counts.items() if given_out[grade] > total * count // there]
        down = [rest[grade] for grade, count in counts.items() if given_out[grade] == total * count // there]
        assert not up or not down or min(up) >= max(down)

    def test_of_nothing_are_nothing(self) -> None:
        assert sample.shares({}, total=0, seed=SEED) == {}

    def test_cannot_be_more_than_there_is(self) -> None:
        with pytest.raises(ValueError, match="cannot be drawn"):
            sample.shares({"a:good": 2}, total=3, seed=SEED)


class TestDraw:
    @given(LOTS, PERCENT, SEEDS, st.randoms())
    def test_gives_the_same_sample_whatever_the_order_of_the_lot(
        self, lot: dict[str, str], percent: int, seed: str, dice: object
    ) -> None:
        items = list(lot.items())
        dice.shuffle(items)  # type: ignore[attr-defined]
        assert sample.draw(dict(items), percent=percent, seed=seed) == sample.draw(lot, percent=percent, seed=seed)

    @given(LOTS, PERCENT, SEEDS)
    def test_draws_of_each_grade_its_share_by_the_lowest_tickets(
        self, lot: dict[str, str], percent: int, seed: str
    ) -> None:
        drawn = sample.draw(lot, percent=percent, seed=seed)
        assert len(drawn.references) == len(set(drawn.references)) == expected_size(len(lot), percent)
        for stratum in drawn.strata:
            mine = [reference for reference, grade in lot.items() if grade == stratum.grade]
            by_ticket = sorted(mine, key=lambda each: hashlib.sha256(f"moderation:{seed}:{each}".encode()).hexdigest())
            assert set(by_ticket[: stratum.drawn]) == set(drawn.references) & set(mine)
            assert stratum.there == len(mine)

    def test_differs_with_the_seed(self) -> None:
        lot = {f"2026-11-{n:04d}": "a:good" for n in range(60)}
        samples = {sample.draw(lot, percent=10, seed=f"{n:032x}").references for n in range(20)}
        assert len(samples) > 15

    def test_is_fair_to_every_audit(self) -> None:
        """Each of twenty is drawn about as often as any other: 2 of 20 in 2,000 draws, 200 each, within five sigma."""
        lot = {f"2026-11-{n:04d}": "a:good" for n in range(20)}
        times = dict.fromkeys(lot, 0)
        for n in range(2000):
            for reference in sample.draw(lot, percent=10, seed=f"{n:032x}").references:
                times[reference] += 1
        assert all(abs(count - 200) < 68 for count in times.values())
