"""The scales that the tests grade on."""

from decimal import Decimal

from grading.scale import GradePoint, Scale

FOUR = Scale(
    "four-point",
    (
        GradePoint("outstanding", "Outstanding", 1, is_good=True),
        GradePoint("good", "Good", 2, is_good=True),
        GradePoint("requires_improvement", "Requires Improvement", 3),
        GradePoint("inadequate", "Inadequate", 4, is_urgent=True),
    ),
)
OUT, GOOD, RI, INAD = (point.code for point in FOUR.points)

THREE = Scale(
    "three-point",
    (
        GradePoint("outstanding", "Outstanding", 1, is_good=True, score=Decimal(3)),
        GradePoint("good", "Good", 2, is_good=True, score=Decimal(2)),
        GradePoint("not_yet_good", "Not yet good", 3, score=Decimal(1)),
    ),
)

HALVES = Scale(
    "three-point with a half step",
    (
        GradePoint("outstanding", "Outstanding", 1, is_good=True, score=Decimal(3)),
        GradePoint("good", "Good", 2, is_good=True, score=Decimal(2)),
        GradePoint("nearly_good", "Nearly good", 3, score=Decimal("1.5")),
        GradePoint("not_yet_good", "Not yet good", 4, score=Decimal(1)),
    ),
)

FIVE = Scale(
    "a council's own",
    (
        GradePoint("star", "Exceptional", 1, is_good=True),
        GradePoint("strong", "Strong", 2, is_good=True),
        GradePoint("fair", "Expected", 3),
        GradePoint("weak", "Needs attention", 4),
        GradePoint("fire", "Urgent improvement", 5, is_urgent=True),
    ),
)
