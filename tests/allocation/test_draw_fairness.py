"""Every case, auditor and pair has the same chance, by chi-square over thousands of seeds."""

import hashlib
from collections import Counter
from math import exp

from allocation.draw import Pair
from tests.allocation.organisations import Organisation, loads


def chi_square_p(counts, expected: float, *, scale: float = 1.0) -> float:
    """The chance of counts at least so far from equal; closed form, for an even number of degrees of freedom."""
    half = scale * sum((count - expected) ** 2 / expected for count in counts) / 2
    degrees = len(counts) - 1
    assert degrees % 2 == 0
    term, total = 1.0, 1.0
    for step in range(1, degrees // 2):
        term *= half / step
        total += term
    return exp(-half) * total


class TestFairness:
    """Fixed seeds, so that these either always pass or never do."""

    SEEDS = [hashlib.sha256(f"fairness {number}".encode()).hexdigest() for number in range(4000)]

    def test_the_measure_gives_the_tabled_critical_values(self):
        assert abs(chi_square_p([0] * 5, 1.0, scale=18.467 / 5) - 0.001) < 1e-5
        assert abs(chi_square_p([0] * 13, 1.0, scale=21.026 / 13) - 0.05) < 1e-5

    def test_gives_every_case_the_same_chance(self):
        org = Organisation([f"C{n}" for n in range(13)], {"A": 2, "B": 2, "D": 2}, 5)
        counts = Counter(pair.case_id for seed in self.SEEDS for pair in org.drawn(seed=seed).pairs)
        expected = len(self.SEEDS) * 5 / 13
        without_replacement = 12 / (13 - 5)
        assert chi_square_p([counts[c] for c in org.cases], expected, scale=without_replacement) > 0.001

    def test_gives_every_auditor_the_same_chance_of_the_odd_case(self):
        org = Organisation([f"C{n}" for n in range(8)], {"A": 2, "B": 2, "D": 2}, 4)
        counts = Counter(
            name for seed in self.SEEDS for name, load in loads(org, org.drawn(seed=seed)).items() if load == 2
        )
        assert chi_square_p([counts[name] for name in org.places], len(self.SEEDS) / 3) > 0.001

    def test_gives_every_pair_the_same_chance_where_everybody_has_a_conflict_of_their_own(self):
        names = [f"A{number}" for number in range(6)]
        conflicts = {f"C{number}": frozenset({name}) for number, name in enumerate(names)}
        org = Organisation(list(conflicts), dict.fromkeys(names, 1), 4, conflicts)
        held = Counter(pair for seed in self.SEEDS for pair in org.drawn(seed=seed).pairs)
        for name in names:
            counts = [held[Pair(case, name)] for case in org.cases if org.may_take(name, case)]
            assert chi_square_p(counts, sum(counts) / 5) > 0.001
