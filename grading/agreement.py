"""How far auditor and moderator agree: unchanged, moved up or down, weighted kappa, Gwet's AC2 (pure).

Lead with how many grades were unchanged and which way the others moved: when one grade is common, kappa can
be nought and AC2 close to one for the same pairs, and neither shows that every change went the same way. Both
are meant for about thirty pairs and more, taken from the random part of moderation only.

Sources: E. B. Wilson (1927) for the interval, J. Cohen (1968) for weighted kappa, K. L. Gwet (2014) for AC2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb, sqrt

from grading.scale import Scale

Pair = tuple[str, str]
Table = tuple[tuple[int, ...], ...]

Z_95 = 1.959963984540054
PAIRS_FOR_KAPPA = 30


class Weights(StrEnum):
    """How much a near miss counts as agreement."""

    UNWEIGHTED = "unweighted"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a whole; the two are always shown together."""

    count: int
    of: int

    @property
    def proportion(self) -> float | None:
        """The share as a number from 0 to 1, None of nothing."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Interval:
    """The two ends of an interval for a proportion."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Direction:
    """How many grades the second judgement moved up, moved down and left, and the mean shift in grades."""

    up: int
    down: int
    same: int
    mean_shift: float | None

    @property
    def p_value(self) -> float:
        """How likely so one-sided a split would be if up and down were equally likely."""
        return sign_test(self.up, self.down)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything about a set of pairs; kappa and AC2 are None below thirty pairs."""

    exact: Share
    within_one: Share
    interval: Interval | None
    direction: Direction
    kappa: float | None
    ac2: float | None


def agreement(pairs: Sequence[Pair], *, scale: Scale) -> Agreement:
    """The whole picture of pairs of grade codes (first judgement, second judgement).

    Raises ScaleError for a grade that the scale does not have.
    """
    exact = exact_agreement(pairs)
    enough = len(pairs) >= PAIRS_FOR_KAPPA
    table = cross_table(pairs, scale=scale)
    return Agreement(
        exact=exact,
        within_one=within_one(pairs, scale=scale),
        interval=wilson(exact.count, exact.of),
        direction=direction(pairs, scale=scale),
        kappa=weighted_kappa(table) if enough else None,
        ac2=gwet_ac2(table) if enough else None,
    )


def exact_agreement(pairs: Sequence[Pair]) -> Share:
    """How many pairs hold the same grade twice."""
    return Share(sum(first == second for first, second in pairs), len(pairs))


def within_one(pairs: Sequence[Pair], *, scale: Scale) -> Share:
    """How many pairs are at most one grade apart."""
    near = sum(abs(shift) <= 1 for shift in _shifts(pairs, scale=scale))
    return Share(near, len(pairs))


def direction(pairs: Sequence[Pair], *, scale: Scale) -> Direction:
    """Which way the second grade moved from the first; up means a better grade."""
    shifts = _shifts(pairs, scale=scale)
    mean = sum(shifts) / len(shifts) if shifts else None
    return Direction(sum(s > 0 for s in shifts), sum(s < 0 for s in shifts), shifts.count(0), mean)


def sign_test(up: int, down: int) -> float:
    """Exact two-sided binomial p-value of up against down, ties left out; 1.0 where nothing moved.

    Doubles the smaller tail of a fair coin, which for a fair coin is the exact two-sided test.
    """
    moved = up + down
    tail: int = sum(comb(moved, k) for k in range(min(up, down) + 1))
    return min(1.0, tail / 2 ** (moved - 1)) if moved else 1.0


def cross_table(pairs: Sequence[Pair], *, scale: Scale) -> Table:
    """Counts by first grade (rows) and second grade (columns), best grade first."""
    size = len(scale.points)
    table = [[0] * size for _ in range(size)]
    for first, second in pairs:
        table[scale.position(first)][scale.position(second)] += 1
    return tuple(tuple(row) for row in table)


def weighted_kappa(table: Table, *, weights: Weights = Weights.QUADRATIC) -> float | None:
    """Cohen's weighted kappa of a table of counts; None where undefined (no pairs, or one grade only).

    (p_a − p_e) / (1 − p_e), with p_a = Σ w_ij p_ij and p_e = Σ w_ij p_i+ p_+j.
    """
    shares = _shares(table)
    if shares is None:
        return None
    rows, columns = _margins(shares)
    grades = range(len(table))
    chance = sum(_weight(i, j, len(table), weights) * rows[i] * columns[j] for i in grades for j in grades)
    return _beyond_chance(_observed(shares, weights), chance)


def gwet_ac2(table: Table, *, weights: Weights = Weights.QUADRATIC) -> float | None:
    """Gwet's AC2 of a table of counts; None without pairs.

    Like kappa, with p_e = [Σ w_ij / (k(k−1))] · Σ π_k(1−π_k), where π_k is the mean of the two margins.
    """
    shares = _shares(table)
    if shares is None:
        return None
    size = len(table)
    rows, columns = _margins(shares)
    total = sum(_weight(i, j, size, weights) for i in range(size) for j in range(size))
    means = [(row + column) / 2 for row, column in zip(rows, columns, strict=True)]
    chance = total / (size * (size - 1)) * sum(mean * (1 - mean) for mean in means)
    return _beyond_chance(_observed(shares, weights), chance)


def wilson(count: int, of: int, *, z: float = Z_95) -> Interval | None:
    """Wilson's interval for a proportion (95% unless told otherwise); None of nothing.

    Centre (p + z²/2n) / (1 + z²/n), half-width z √(p(1−p)/n + z²/4n²) / (1 + z²/n). Raises ValueError
    for a count below nought or above the whole.
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is not a share.")
    if of == 0:
        return None
    share = count / of
    spread = 1 + z * z / of
    centre = (share + z * z / (2 * of)) / spread
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / spread
    low = 0.0 if count == 0 else max(0.0, centre - half)
    high = 1.0 if count == of else min(1.0, centre + half)
    return Interval(low, high)


def _shifts(pairs: Sequence[Pair], *, scale: Scale) -> list[int]:
    """How many grades each pair moved: above nought when the second grade is better."""
    return [scale.position(first) - scale.position(second) for first, second in pairs]


def _weight(i: int, j: int, size: int, weights: Weights) -> float:
    """The agreement weight of two grades that stand at places i and j of `size`."""
    if weights is Weights.UNWEIGHTED:
        return float(i == j)
    apart = abs(i - j) / (size - 1)
    return 1 - (apart if weights is Weights.LINEAR else apart * apart)


def _shares(table: Table) -> list[list[float]] | None:
    total = sum(map(sum, table))
    return [[count / total for count in row] for row in table] if total else None


def _margins(shares: list[list[float]]) -> tuple[list[float], list[float]]:
    return [sum(row) for row in shares], [sum(column) for column in zip(*shares, strict=True)]


def _observed(shares: list[list[float]], weights: Weights) -> float:
    size = len(shares)
    return sum(_weight(i, j, size, weights) * shares[i][j] for i in range(size) for j in range(size))


def _beyond_chance(observed: float, chance: float) -> float | None:
    """Agreement beyond chance; None where chance alone would give full agreement."""
    return None if chance >= 1 - 1e-12 else (observed - chance) / (1 - chance)
