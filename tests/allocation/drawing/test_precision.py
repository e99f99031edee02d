"""How much a sample can tell, against the published table."""

from decimal import Decimal

import pytest

from allocation.drawing.draw import expected_precision, sample_for_precision

TABLE = {300: (169, 73, 38), 800: (260, 86, 41), 1500: (306, 91, 42), 3000: (341, 94, 43)}
ROWS = [
    (population, points, sample)
    for population, samples in TABLE.items()
    for points, sample in zip((5, 10, 15), samples, strict=True)
]


class TestSampleForPrecision:
    @pytest.mark.parametrize(("population", "points", "sample"), ROWS)
    def test_reproduces_the_table(self, population, points, sample):
        assert sample_for_precision(Decimal(points), population=population) == sample

    def test_is_never_more_than_all_cases(self):
        assert sample_for_precision(Decimal("0.01"), population=20) == 20
        assert sample_for_precision(Decimal(5), population=0) == 0

    def test_refuses_a_precision_of_nought(self):
        with pytest.raises(ValueError, match="above nought"):
            sample_for_precision(Decimal(0), population=100)


class TestExpectedPrecision:
    @pytest.mark.parametrize(("population", "points", "sample"), ROWS)
    def test_reproduces_the_table_the_other_way_round(self, population, points, sample):
        assert abs(expected_precision(sample, population=population) - points) <= Decimal("0.2")

    @pytest.mark.parametrize(
        ("sample", "population", "points"),
        [(30, 1500, "17.7"), (60, 1500, "12.4"), (1, 1500, "50.0"), (0, 1500, "50.0"), (0, 0, "50.0"), (9, 9, "0.0")],
    )
    def test_gives_points_to_one_decimal(self, sample, population, points):
        assert expected_precision(sample, population=population) == Decimal(points)

    @pytest.mark.parametrize(("sample", "population"), [(-1, 10), (11, 10)])
    def test_refuses_a_sample_that_cannot_be(self, sample, population):
        with pytest.raises(ValueError, match="population"):
            expected_precision(sample, population=population)
