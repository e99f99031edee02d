"""A grading scale as data: its points best first, which of them are good and which are urgent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

FEWEST_POINTS = 3
MOST_POINTS = 6


class ScaleError(ValueError):
    """A scale that cannot be used, or a grade that the scale does not have."""


@dataclass(frozen=True, slots=True)
class GradePoint:
    """One grade. `order` counts down from the best (the lowest number is the best grade).

    Behaviour hangs on `is_good`, `is_urgent` and `order`, never on the code or the label: councils name
    their own grades (requirement G3), and the national scale itself is about to change.
    """

    code: str
    label: str
    order: int
    is_good: bool = False
    is_urgent: bool = False
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """The points of a scale, best first. Raises ScaleError when they do not make a usable scale."""

    code: str
    points: tuple[GradePoint, ...]

    def __post_init__(self) -> None:
        """Refuse a scale that the rules could not work with."""
        problems = scale_problems(self.points)
        if problems:
            raise ScaleError(" ".join(problems))

    @property
    def best(self) -> GradePoint:
        """The highest grade."""
        return self.points[0]

    @property
    def worst(self) -> GradePoint:
        """The lowest grade."""
        return self.points[-1]

    @property
    def good_points(self) -> tuple[GradePoint, ...]:
        """The grades that count as good or better, best first."""
        return tuple(point for point in self.points if point.is_good)

    @property
    def urgent_points(self) -> tuple[GradePoint, ...]:
        """The grades after which worker and team manager are told at once, best first."""
        return tuple(point for point in self.points if point.is_urgent)

    @property
    def best_below_good(self) -> GradePoint:
        """The highest grade that does not count as good."""
        return next(point for point in self.points if not point.is_good)

    @property
    def lowest_not_urgent(self) -> GradePoint:
        """The grade just above the urgent ones (the worst grade where none is urgent)."""
        return [point for point in self.points if not point.is_urgent][-1]

    def point(self, code: str) -> GradePoint:
        """The grade with this code. Raises ScaleError where the scale has none."""
        for point in self.points:
            if point.code == code:
                return point
        raise ScaleError(f"The scale {self.code} has no grade {code!r}.")

    def position(self, code: str) -> int:
        """How many grades are better than this one: 0 for the best."""
        return self.points.index(self.point(code))

    def is_better(self, code: str, than: str) -> bool:
        """Whether the first grade is strictly better than the second."""
        return self.point(code).order < self.point(than).order

    def lower_of(self, code: str, other: str) -> str:
        """The worse of two grades."""
        return other if self.is_better(code, other) else code

    def at_or_below(self, code: str) -> tuple[GradePoint, ...]:
        """This grade and every worse one, best first."""
        return self.points[self.position(code) :]


def scale_problems(points: Sequence[GradePoint]) -> list[str]:
    """What is wrong with these points as a scale, one sentence each; empty when they will do."""
    checks = [
        (FEWEST_POINTS <= len(points) <= MOST_POINTS, f"A scale has {FEWEST_POINTS}–{MOST_POINTS} grades."),
        (all(p.code.strip() and p.label.strip() for p in points), "Every grade needs a code and a label."),
        (_are_distinct([p.code for p in points]), "Two grades have the same code."),
        (_are_distinct([str(p.order) for p in points]), "Two grades have the same place in the order."),
        (_rises([p.order for p in points]), "Grades must be listed best first."),
        (any(p.is_good for p in points), "At least one grade must count as good."),
        (not all(p.is_good for p in points), "At least one grade must be below good."),
        (not any(p.is_good and p.is_urgent for p in points), "A grade cannot be both good and urgent."),
        (_rises([0 if p.is_good else 1 for p in points]), "The good grades must be the best ones."),
        (_rises([1 if p.is_urgent else 0 for p in points]), "The urgent grades must be the worst ones."),
        (_scores_fall(points), "Give every grade a score, or none; a better grade needs a higher score."),
    ]
    return [message for holds, message in checks if not holds]


def _are_distinct(values: Sequence[str]) -> bool:
    return len(set(values)) == len(values)


def _rises(values: Sequence[int]) -> bool:
    return list(values) == sorted(values)


def _scores_fall(points: Sequence[GradePoint]) -> bool:
    scores = [point.score for point in points if point.score is not None]
    if len(scores) not in (0, len(points)):
        return False
    return all(better > worse for better, worse in pairwise(scores))
