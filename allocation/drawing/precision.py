"""What a sample of a given size can tell about all cases, in points (pure).

The formulas are the usual ones for a simple random sample without replacement (W. G. Cochran, "Sampling
Techniques", 1977), at 95% and for a share of 50%, where a percentage is least certain.
"""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

Z_95 = Decimal("1.96")
HALF = Decimal("0.5")
WIDEST = Decimal("50.0")


def expected_precision(sample: int, *, population: int) -> Decimal:
    """How far a percentage from such a sample may lie from that of all cases: ± points, one decimal.

    With the correction for a finite population: 1.96 √(0.25/n · (N−n)/(N−1)). Never more than 50, which is
    also the answer for no sample. Raises ValueError for a sample below nought or above its population.
    """
    if not 0 <= sample <= population:
        raise ValueError("A sample lies between nought and its population.")
    if sample == 0:
        return WIDEST
    if sample == population:
        return Decimal("0.0")
    share_left = Decimal(population - sample) / Decimal(population - 1)
    points = 100 * Z_95 * HALF * (share_left / sample).sqrt()
    return min(points, WIDEST).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def sample_for_precision(points: Decimal, *, population: int) -> int:
    """The smallest sample that gives at most ± so many points, the other way round from expected_precision.

    n = n₀ / (1 + (n₀−1)/N) with n₀ = (1.96 · 50 / points)². Raises ValueError for points of nought or below.
    """
    if points <= 0:
        raise ValueError("The precision must be above nought.")
    if population == 0:
        return 0
    unlimited = (100 * Z_95 * HALF / points) ** 2
    needed = unlimited / (1 + (unlimited - 1) / population)
    return min(population, int(needed.to_integral_value(rounding=ROUND_CEILING)))
