"""Charts: what they say, that nothing in them can break out, that colours can be read."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from reporting import charts
from reporting.charts import GradeKey, MonthColumn, ScaleKey

SVG = "{http://www.w3.org/2000/svg}"
FOUR = ScaleKey(
    "four",
    "Four-point scale",
    (
        GradeKey("outstanding", "Outstanding", "green-dark"),
        GradeKey("good", "Good", "green"),
        GradeKey("ri", "Requires Improvement", "amber"),
        GradeKey("inadequate", "Inadequate", "red"),
    ),
)
THREE = ScaleKey("three", "Three-point scale", (GradeKey("g", "Good", "green"), GradeKey("n", "Not yet good", "red")))
AUGUST, SEPTEMBER, OCTOBER = (date(2026, month, 1) for month in (8, 9, 10))


def column(month: date, *, paused: bool = False, scale: str = "four", **counts: int) -> MonthColumn:
    return MonthColumn(month, paused, {scale: counts} if counts else {})


def words(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


class TestGradesByMonth:
    def test_labels_every_segment_with_mark_and_count_and_every_column_with_its_total(self) -> None:
        svg = charts.grades_by_month([column(OCTOBER, outstanding=2, good=5, ri=4, inadequate=3)], [FOUR])
        assert {"O 2", "G 5", "RI 4", "I 3", "14"} <= set(words(svg))

    def test_explains_its_marks(self) -> None:
        assert {"Outstanding", "Good", "Requires Improvement", "Inadequate"} <= set(
            words(charts.grades_by_month([column(OCTOBER, good=1)], [FOUR]))
        )

    def test_crosses_a_paused_month_out_and_says_so(self) -> None:
        svg = charts.grades_by_month([column(SEPTEMBER, paused=True), column(OCTOBER, good=1)], [FOUR])
        assert "Paused" in words(svg)
        assert "September 2026: paused." in svg

    def test_shows_a_month_without_audits_as_empty(self) -> None:
        svg = charts.grades_by_month([column(SEPTEMBER)], [FOUR])
        assert "September 2026: no graded audits." in svg
        assert "Paused" not in words(svg)

    def test_draws_with_no_month_and_no_scale_at_all(self) -> None:
        assert "There are no months to show." in charts.grades_by_month([], [])

    def test_breaks_where_the_scale_changes_also_across_an_empty_month(self) -> None:
        months = [column(AUGUST, good=2), column(SEPTEMBER), column(OCTOBER, scale="three", g=1)]
        svg = charts.grades_by_month(months, [FOUR, THREE])
        assert words(svg).count("new scale") == 1
        assert words(svg).count("Good") == 2  # a legend for each scale

    def test_keeps_apart_two_scales_within_a_month(self) -> None:
        both = MonthColumn(OCTOBER, False, {"four": {"good": 3}, "three": {"g": 2}})
        assert {"G 3", "G 2", "3", "2"} <= set(words(charts.grades_by_month([both], [FOUR, THREE])))

    def test_has_a_title_and_a_description_with_every_number(self) -> None:
        svg = ET.fromstring(charts.grades_by_month([column(OCTOBER, good=5, inadequate=3)], [FOUR]))
        assert svg.get("role") == "img"
        assert svg.findtext(f"{SVG}title") == "Overall grades by month"
        described = svg.findtext(f"{SVG}desc")
        assert described == "October 2026: 0 Outstanding, 5 Good, 0 Requires Improvement, 3 Inadequate."
        ids = {element.get("id") for element in svg.iter()} - {None}
        assert set((svg.get("aria-labelledby") or "").split()) == ids

    def test_needs_no_style_no_script_and_no_address(self) -> None:
        svg = charts.grades_by_month([column(OCTOBER, good=5)], [FOUR])
        assert not re.search(r"style=|<style|<script|href|url\(| on\w+=", svg)

    def test_escapes_what_a_council_calls_its_grades(self) -> None:
        nasty = ScaleKey("x", "x", (GradeKey("a", "<script>alert(1)</script>", "red"), GradeKey("b", 'B"', "blue")))
        svg = charts.grades_by_month([column(OCTOBER, scale="x", a=3, b=4)], [nasty])
        assert "<script" not in svg
        ET.fromstring(svg)

    def test_numbers_the_grades_where_their_letters_repeat(self) -> None:
        scale = ScaleKey("s", "s", (GradeKey("a", "Good", "green"), GradeKey("b", "Grim", "red")))
        assert charts.initials(scale) == {"a": "1", "b": "2"}

    @pytest.mark.parametrize(("most", "top"), [(0, 4), (4, 4), (13, 20), (61, 80), (1001, 2000)])
    def test_has_a_round_axis(self, most: int, top: int) -> None:
        assert charts.nice_top(most) == top


class TestFates:
    ROW = {"completed": 1298, "in_progress": 20, "overdue": 300, "exempt": 10, "withdrawn": 4}

    def test_labels_and_describes_what_became_of_the_audits(self) -> None:
        svg = charts.fates([("First audits", self.ROW)])
        assert {"1,298", "300", "First audits", "Completed", "Withdrawn"} <= set(words(svg))
        assert "First audits: 1,632 allocated, 1,298 completed, 20 in progress, 300 overdue" in svg

    def test_says_so_where_none_was_allocated(self) -> None:
        assert "None allocated" in words(charts.fates([("Re-audits", dict.fromkeys(self.ROW, 0))]))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class TestColours:
    @pytest.mark.parametrize("pair", [*charts.COLOURS.values(), charts.SPARE, ("#ffffff", charts.QUIET)])
    def test_of_label_and_ground_differ_by_four_and_a_half_to_one(self, pair: tuple[str, str]) -> None:
        light, dark = sorted(map(luminance, pair), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
