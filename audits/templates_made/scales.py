"""Scales of a council's own: made, changed while nothing uses them, thrown away; a used one is copied (G3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from django.db import transaction

from audits.models import Grade, GradingScale
from audits.templates_made.drafting import TemplateError
from grading.scale import FEWEST_POINTS, MOST_POINTS, GradePoint, scale_problems
from people import activity
from people.models import User

COLOURS = {"green-dark": "Dark green", "green": "Green", "amber": "Amber", "red": "Red"}
HIGHEST_SCORE = 99
USED = "A published template uses this scale, so it stays as it is. Make a copy and change that."
SHIPPED = {"ofsted-4", "practice-3"}  # G1 and G2
CAME_WITH_IT = "This scale comes with the portal and stays as it is. Make a copy and change that."


@dataclass(frozen=True)
class Point:
    """A grade as typed, best first: its code where it has one already."""

    label: str
    colour: str
    is_good: bool = False
    is_urgent: bool = False
    score: Decimal | None = None
    descriptor: tuple[str, ...] = ()
    code: str = ""


class ScaleRefused(TemplateError):
    """A scale that cannot be used; `problems` are pairs of an input and a message."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(problems[0][1], field=problems[0][0])
        self.problems = list(problems)


def make(*, name: str, points: Sequence[Point], by: User, at: datetime) -> GradingScale:
    """A new scale. Raises ScaleRefused, with every problem beside its input."""
    _demand(name, points)
    with transaction.atomic():
        scale = GradingScale.objects.create(code=_code_for(name), name=name.strip())
        _write_points(scale, points)
        activity.record("made a grading scale", target=f"scale:{scale.code}", by=by, at=at)
    return scale


def change(scale: GradingScale, *, name: str, points: Sequence[Point], by: User, at: datetime) -> GradingScale:
    """Change a scale that no published version uses. Raises ScaleRefused, TemplateError where one uses it."""
    _demand(name, points)
    with transaction.atomic():
        locked = _unused(scale)
        locked.name = name.strip()
        locked.save(update_fields=["name"])
        locked.grades.all().delete()
        _write_points(locked, points)
        activity.record("changed a grading scale", target=f"scale:{locked.code}", by=by, at=at)
    return locked


def remove(scale: GradingScale, *, by: User, at: datetime) -> None:
    """Throw away a scale that no published version uses. Raises TemplateError where one does."""
    with transaction.atomic():
        locked = _unused(scale)
        activity.record("removed a grading scale", target=f"scale:{locked.code}", by=by, at=at)
        locked.delete()


def why_fixed(scale: GradingScale) -> str:
    """Why a scale cannot be changed any more; "" where it can."""
    if scale.code in SHIPPED:
        return CAME_WITH_IT
    return USED if scale.versions.exists() else ""


def points_of(scale: GradingScale) -> list[Point]:
    """The points of a scale as they would be typed, best first."""
    return [
        Point(
            grade.label,
            grade.colour,
            grade.is_good,
            grade.is_urgent,
            grade.score,
            tuple(grade.descriptor),
            grade.code,
        )
        for grade in scale.grades.order_by("-order")
    ]


def _unused(scale: GradingScale) -> GradingScale:
    """The scale, locked: a version that is being published with it waits or is seen here."""
    locked = GradingScale.objects.select_for_update().get(pk=scale.pk)
    if why := why_fixed(locked):
        raise TemplateError(why)
    return locked


def _write_points(scale: GradingScale, points: Sequence[Point]) -> None:
    Grade.objects.bulk_create(
        Grade(
            scale=scale,
            code=code,
            label=point.label.strip(),
            order=len(points) - place,
            score=point.score,
            is_good=point.is_good,
            is_urgent=point.is_urgent,
            colour=point.colour,
            descriptor=list(point.descriptor),
        )
        for place, (point, code) in enumerate(zip(points, _point_codes(points), strict=True))
    )


def _point_codes(points: Sequence[Point]) -> list[str]:
    """A lasting code for each point, made from its label; no two alike."""
    codes: list[str] = []
    for point in points:
        stem = point.code or slug(point.label) or "grade"
        code, number = stem, 2
        while code in codes:
            code, number = f"{stem}-{number}", number + 1
        codes.append(code)
    return codes


def slug(text: str) -> str:
    """A text as a code: small letters, numbers, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:30].strip("-")


def _code_for(name: str) -> str:
    stem = slug(name) or "scale"
    taken = set(GradingScale.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for n in range(1, 10_000) if (code := stem if n == 1 else f"{stem}-{n}") not in taken)


# ------------------------------------------------------------------ what is wrong, beside which input


def _demand(name: str, points: Sequence[Point]) -> None:
    found = problems(name=name, points=points)
    if found:
        raise ScaleRefused(found)


def problems(*, name: str, points: Sequence[Point]) -> list[tuple[str, str]]:
    """What is wrong with a scale: the input (name, label_1, score_2 …) and a message."""
    found = [] if 0 < len(name.strip()) <= 100 else [("name", "Give the scale a name of up to 100 characters")]
    for place, point in enumerate(points, 1):
        if not 0 < len(point.label.strip()) <= 60:
            found.append((f"label_{place}", f"Grade {place}: give it a name of up to 60 characters"))
        if point.colour not in COLOURS:
            found.append((f"colour_{place}", f"Grade {place}: choose a colour"))
        if point.score is not None and not (0 <= point.score <= HIGHEST_SCORE and point.score * 2 % 1 == 0):
            found.append((f"score_{place}", f"Grade {place}: a score is from 0 to 99, in whole or half marks"))
    labels = [point.label.strip().casefold() for point in points]
    found += [
        (f"label_{place}", f"Two grades are called {points[place - 1].label.strip()}")
        for place, label in enumerate(labels, 1)
        if label and label in labels[: place - 1]
    ]
    return [*found, *_rules(points)]


def _rules(points: Sequence[Point]) -> list[tuple[str, str]]:
    """The rules that every scale keeps (grading.scale), each beside the input that breaks it."""
    codes = _point_codes(points)
    as_graded = [
        GradePoint(code, point.label, place, point.is_good, point.is_urgent, point.score)
        for place, (point, code) in enumerate(zip(points, codes, strict=True), 1)
    ]
    messages = [message for message in scale_problems(as_graded) if message not in _told_before(points)]
    return [(_where(message, points), message.rstrip(".")) for message in messages]


def _told_before(points: Sequence[Point]) -> set[str]:
    """The rules that say nothing more: names are asked for one by one, and grades to come may be below good."""
    found = {"Every grade needs a code and a label."}
    if len(points) < FEWEST_POINTS:
        found.add("At least one grade must be below good.")
    return found


def _where(message: str, points: Sequence[Point]) -> str:
    """The input a rule's message belongs to."""
    last = max(min(len(points), MOST_POINTS), 1)
    pairs = list(enumerate(pairwise(points), 2))
    if "both good and urgent" in message:
        return f"is_urgent_{next(n for n, p in enumerate(points, 1) if p.is_good and p.is_urgent)}"
    if "good grades must be the best" in message:
        return f"is_good_{next(n for n, (better, worse) in pairs if worse.is_good and not better.is_good)}"
    if "urgent grades must be the worst" in message:
        return f"is_urgent_{next(n - 1 for n, (better, worse) in pairs if better.is_urgent and not worse.is_urgent)}"
    if "score" in message:
        wrong = (n for n, (a, b) in pairs if a.score is None or b.score is None or not a.score > b.score)
        return f"score_{next(wrong, 1)}"
    if "count as good" in message:
        return "is_good_1"
    return f"is_good_{last}" if "below good" in message else f"label_{last}"
