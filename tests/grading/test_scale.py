"""Scales: order, what is good, what is urgent, and what does not make a scale."""

from decimal import Decimal

import pytest

from grading.scale import GradePoint, Scale, ScaleError, scale_problems
from tests.grading.scales import FOUR, THREE


def points(*flags: str, scores: tuple[int | None, ...] = ()) -> tuple[GradePoint, ...]:
    """Points best first: "g" good, "u" urgent, "-" neither."""
    given = scores or (None,) * len(flags)
    return tuple(
        GradePoint(f"p{n}", f"Point {n}", n, flag == "g", flag == "u", None if score is None else Decimal(score))
        for n, (flag, score) in enumerate(zip(flags, given, strict=True))
    )


class TestScale:
    def test_knows_its_best_and_worst_grade(self):
        assert (FOUR.best.code, FOUR.worst.code) == ("outstanding", "inadequate")

    def test_knows_which_grades_are_good_and_which_urgent(self):
        assert [point.code for point in FOUR.good_points] == ["outstanding", "good"]
        assert [point.code for point in FOUR.urgent_points] == ["inadequate"]
        assert THREE.urgent_points == ()

    def test_knows_the_grades_on_either_side_of_good_and_urgent(self):
        assert FOUR.best_below_good.code == "requires_improvement"
        assert FOUR.lowest_not_urgent.code == "requires_improvement"
        assert THREE.lowest_not_urgent.code == "not_yet_good"

    def test_compares_two_grades(self):
        assert FOUR.is_better("good", "inadequate")
        assert not FOUR.is_better("good", "good")
        assert not FOUR.is_better("inadequate", "good")
        assert FOUR.lower_of("good", "inadequate") == FOUR.lower_of("inadequate", "good") == "inadequate"

    def test_lists_a_grade_and_those_below_it(self):
        assert [point.code for point in FOUR.at_or_below("requires_improvement")] == [
            "requires_improvement",
            "inadequate",
        ]

    def test_counts_positions_from_the_best(self):
        assert [FOUR.position(point.code) for point in FOUR.points] == [0, 1, 2, 3]

    def test_refuses_a_grade_that_it_does_not_have(self):
        with pytest.raises(ScaleError, match="four-point has no grade 'splendid'"):
            FOUR.point("splendid")


class TestScaleProblems:
    @pytest.mark.parametrize("flags", ["g--", "gg-u", "guu", "ggu", "ggg-uu", "g-----"])
    def test_finds_nothing_wrong_with_a_usable_scale(self, flags):
        assert scale_problems(points(*flags)) == []

    @pytest.mark.parametrize(
        ("given", "problem"),
        [
            (points("g", "-"), "3–6 grades"),
            (points("g", "-", "-", "-", "-", "-", "-"), "3–6 grades"),
            (points("-", "-", "u"), "must count as good"),
            (points("g", "g", "g"), "must be below good"),
            (points("-", "g", "u"), "good grades must be the best"),
            (points("g", "u", "-"), "urgent grades must be the worst"),
            (points("g", "-", "-", scores=(3, None, 1)), "every grade a score, or none"),
            (points("g", "-", "-", scores=(3, 1, 2)), "higher score"),
            (points("g", "-", "-", scores=(3, 2, 2)), "higher score"),
            (tuple(reversed(points("-", "-", "g"))), "best first"),
        ],
    )
    def test_says_what_is_wrong(self, given, problem):
        assert any(problem in said for said in scale_problems(given))

    @pytest.mark.parametrize(
        ("last", "problem"),
        [
            (GradePoint("p0", "Again", 9), "same code"),
            (GradePoint("p9", "Again", 1), "same place"),
            (GradePoint(" ", "Blank", 9), "code and a label"),
            (GradePoint("p9", "", 9), "code and a label"),
            (GradePoint("p9", "Both", 9, is_good=True, is_urgent=True), "both good and urgent"),
        ],
    )
    def test_says_what_is_wrong_with_one_grade(self, last, problem):
        assert any(problem in said for said in scale_problems((*points("g", "-"), last)))

    def test_keeps_an_unusable_scale_from_being_made(self):
        with pytest.raises(ScaleError, match="must count as good"):
            Scale("broken", points("-", "-", "-"))
