"""Every case, auditor and pair has the same chance, by chi-square over twenty thousand seeds on one pool."""

import hashlib
from collections import Counter
from functools import cache
from math import exp

from allocation.drawing.draw import Lot, StrataPlan
from tests.allocation.organisations import Organisation, loads, random_of, set_of

ENOUGH = 0.001
# Fixed, so that these either always pass or never do.
SEEDS = [hashlib.sha256(f"fairness {number}".encode()).hexdigest() for number in range(20_000)]


def chi_square_p(counts, *, scale: float = 1.0) -> float:
    """The chance of counts at least so far from equal; closed form, for an even number of degrees of freedom."""
    counts = list(counts)
    expected = sum(counts) / len(counts)
    half = scale * sum((count - expected) ** 2 / expected for count in counts) / 2
    degrees = len(counts) - 1
    assert degrees % 2 == 0
    term, total = 1.0, 1.0
    for step in range(1, degrees // 2):
        term *= half / step
        total += term
    return exp(-half) * total


def without_replacement(drawn: float, *, of: int) -> float:
    """What the measure is multiplied by where so many of so many are drawn each time."""
    return (of - 1) / (of - drawn)


class TestMeasure:
    def test_gives_the_tabled_critical_values(self):
        assert abs(chi_square_p([1, 1, 1, 1, 6], scale=18.467 / 10) - 0.001) < 1e-5
        assert abs(chi_square_p([0] * 12 + [13], scale=21.026 / 156) - 0.05) < 1e-5

    def test_sees_a_case_that_comes_up_a_fiftieth_more_often(self):
        assert chi_square_p([7692] * 12 + [7692 * 51 // 50], scale=without_replacement(5, of=13)) > ENOUGH
        assert chi_square_p([7692] * 12 + [7692 * 53 // 50], scale=without_replacement(5, of=13)) < ENOUGH


class TestOnePool:
    """Thirteen cases that nobody is kept from, three auditors with two places each, five cases wanted."""

    ORG = Organisation([str(n) for n in range(13)], {"A": 2, "B": 2, "D": 2}, 5)

    @classmethod
    @cache
    def drawn(cls) -> Counter:
        """How often each auditor got each case."""
        return Counter((pair.case_id, pair.auditor_id) for seed in SEEDS for pair in cls.ORG.drawn(seed=seed).pairs)

    def test_gives_every_case_the_same_chance(self):
        drawn = self.drawn()
        by_case = [sum(drawn[case, name] for name in self.ORG.places) for case in self.ORG.cases]
        assert sum(by_case) == 5 * len(SEEDS)
        assert chi_square_p(by_case, scale=without_replacement(5, of=13)) > ENOUGH

    def test_gives_every_auditor_the_same_chance_of_having_one_case_less(self):
        drawn = self.drawn()
        less = [2 * len(SEEDS) - sum(drawn[case, name] for case in self.ORG.cases) for name in self.ORG.places]
        assert sum(less) == len(SEEDS)
        assert chi_square_p(less) > ENOUGH

    def test_gives_every_auditor_every_case_with_the_same_chance(self):
        drawn = self.drawn()
        assert chi_square_p(drawn[case, name] for case in self.ORG.cases for name in self.ORG.places) > ENOUGH
        for name in self.ORG.places:
            of_one = [drawn[case, name] for case in self.ORG.cases]
            assert chi_square_p(of_one, scale=without_replacement(5 / 3, of=13)) > ENOUGH


class TestPoolWithConflicts:
    def test_gives_every_pair_the_same_chance_where_everybody_has_a_conflict_of_their_own(self):
        names = [f"A{number}" for number in range(6)]
        conflicts = {f"C{number}": frozenset({name}) for number, name in enumerate(names)}
        org = Organisation(list(conflicts), dict.fromkeys(names, 1), 4, conflicts)
        held = Counter((p.case_id, p.auditor_id) for seed in SEEDS[:10_000] for p in org.drawn(seed=seed).pairs)
        for name in names:
            assert chi_square_p(held[case, name] for case in org.cases if org.may_take(name, case)) > ENOUGH


class TestStratifiedPool:
    """Nine, seven and five cases in three strata; a conflict with every case of the middle one; re-audits before."""

    STRATA = {f"{key}{n}": key for key, size in (("x", 9), ("y", 7), ("z", 5)) for n in range(size)}
    ORG = Organisation(
        [*STRATA, "r1", "r2", "r3"],
        {"A": 2, "B": 2, "D": 2, "E": 1},
        6,
        {case: frozenset({"E"}) for case, key in STRATA.items() if key == "y"},
        stratum_of=STRATA,
        strata=StrataPlan("proportional", 1),
        lot_of=dict.fromkeys(["r1", "r2", "r3"], "re_audit"),
        lots=(Lot("re_audit", 1),),
    )

    def test_gives_every_case_the_same_chance_within_its_stratum_and_its_lot(self):
        results = [self.ORG.drawn(seed=seed) for seed in SEEDS]
        found = Counter(case for result in results for case in random_of(result))
        for key, given in (("x", 3), ("y", 2), ("z", 1)):
            counts = [found[case] for case, of in self.STRATA.items() if of == key]
            assert sum(counts) == given * len(SEEDS)
            assert chi_square_p(counts, scale=without_replacement(given, of=len(counts))) > ENOUGH
        again = Counter(case for result in results for case in set_of(result))
        assert chi_square_p(again[case] for case in ("r1", "r2", "r3")) > ENOUGH


class TestPoolThatNeedsExchanges:
    """Only A may take the case of y and half of the cases of x: exchanges decide which of the others is drawn."""

    STRATA = {**{f"x{n}": "x" for n in range(10)}, "y": "y"}
    ORG = Organisation(
        list(STRATA),
        {"A": 1, "B": 1},
        2,
        {**{f"x{n}": frozenset({"B"}) for n in range(5)}, "y": frozenset({"B"})},
        stratum_of=STRATA,
        strata=StrataPlan("proportional", 1),
    )

    def test_gives_every_case_that_can_be_drawn_the_same_chance(self):
        results = [self.ORG.drawn(seed=seed) for seed in SEEDS[:10_000]]
        found = Counter(case for result in results for case in random_of(result))
        assert found["y"] == len(results)
        assert chi_square_p(found[f"x{n}"] for n in range(5, 10)) > ENOUGH
        assert sum(any(case.given_up for case in result.passed_over) for result in results) > 2_000


class TestLoadsWithOneOdd:
    def test_give_every_auditor_the_same_chance_of_the_odd_case(self):
        org = Organisation([f"C{n}" for n in range(8)], {"A": 2, "B": 2, "D": 2}, 4)
        counts = Counter(
            name for seed in SEEDS[:10_000] for name, load in loads(org, org.drawn(seed=seed)).items() if load == 2
        )
        assert chi_square_p(counts[name] for name in org.places) > ENOUGH


class TestFamilies:
    def test_give_every_child_of_a_family_the_same_chance_and_its_weight_makes_up_for_it(self):
        families = {"1": "f", "2": "f", "3": "f"}
        org = Organisation([str(n) for n in range(1, 12)], {"A": 4}, 4, family_of=families, one_per_family=True)
        results = [org.drawn(seed=seed) for seed in SEEDS[:10_000]]
        found = Counter(case for result in results for case in random_of(result))
        assert chi_square_p(found[case] for case in families) > ENOUGH
        weights = Counter()
        for result in results:
            weights.update({pair.case_id: float(pair.weight) for pair in result.pairs})
        # Weighted by the cases it stands for, every case counts once on average.
        assert all(abs(weights[case] / len(results) - 1) < 0.05 for case in org.cases)
