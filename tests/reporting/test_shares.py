"""Shares, medians and how they read."""

from __future__ import annotations

import pytest

from reporting.shares import Median, Share


class TestShare:
    def test_reads_as_the_published_reports_do(self) -> None:
        assert str(Share(1298, 1632)) == "80% (1,298 of 1,632)"  # 79.5
        assert str(Share(361, 456)) == "79% (361 of 456)"

    @pytest.mark.parametrize(("n", "total", "shown"), [(1, 2, 50), (1, 8, 13), (2, 3, 67), (1, 3, 33), (7, 7, 100)])
    def test_rounds_halves_up(self, n: int, total: int, shown: int) -> None:
        assert Share(n, total).percent == shown

    def test_says_no_data_of_nothing(self) -> None:
        assert str(Share(0, 0)) == "no data (0 of 0)"
        assert Share(0, 0).percent is None
        assert Share(0, 0).interval == ""

    @pytest.mark.parametrize(("n", "total"), [(2, 1), (-1, 3)])
    def test_refuses_a_part_that_is_no_part(self, n: int, total: int) -> None:
        with pytest.raises(ValueError, match="not a part"):
            Share(n, total)

    def test_flags_fewer_than_fifteen_and_hides_the_percentage_of_fewer_than_six(self) -> None:
        assert [Share(1, total).is_small for total in (14, 15)] == [True, False]
        assert [Share(1, total).counts_only for total in (5, 6)] == [True, False]

    @pytest.mark.parametrize(
        ("n", "total", "range_"),
        [(5, 10, "24% to 76%"), (0, 60, "0% to 6%"), (30, 60, "38% to 62%"), (1, 10, "2% to 40%")],
    )
    def test_gives_the_range_of_the_published_tables(self, n: int, total: int, range_: str) -> None:
        assert Share(n, total).interval == range_


class TestMedian:
    def test_says_of_how_many(self) -> None:
        assert str(Median(6.0, 41)) == "6 days (median of 41)"
        assert str(Median(1, 1)) == "1 day (median of 1)"
        assert str(Median(2.5, 4)) == "2.5 days (median of 4)"
        assert str(Median(None, 0)) == "no data (median of 0)"
