"""The form of a grading scale: a row for each grade, best first; what the scale's rules refuse is shown beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField

from audits.templates_made.scales import COLOURS, Point, ScaleRefused, problems
from grading.scale import MOST_POINTS

NAMES = ("label", "colour", "score", "is_good", "is_urgent", "descriptor")
FIRST_COLOURS = ("green-dark", "green", "amber", "red")  # of a new scale, best first
USUAL = len(FIRST_COLOURS)
HALF_MARKS = "Grade {}: enter a score like 2 or 1.5"


@dataclass(frozen=True)
class ScaleRow:
    """A grade on the page: its fields, and whether it is open at once."""

    place: int
    fields: list[BoundField]
    is_open: bool


class ScaleForm(forms.Form):
    """A scale of up to six grades; rows without a name are left out."""

    name = forms.CharField(
        label="Name of the scale",
        help_text="For example: Our five-point scale.",
        max_length=100,
        error_messages={"required": "Give the scale a name"},
    )

    def __init__(self, data: Any = None, *, name: str = "", points: Sequence[Point] = ()) -> None:
        super().__init__(data, initial={"name": name})
        self._codes = [point.code for point in points]
        self._colours = dict(enumerate(FIRST_COLOURS, 1)) if not points else {}
        for place in range(1, MOST_POINTS + 1):
            self._add_row(place, points[place - 1] if place <= len(points) else None)

    def _add_row(self, place: int, point: Point | None) -> None:
        self.fields[f"label_{place}"] = forms.CharField(
            label="Name", max_length=60, required=False, initial=point.label if point else ""
        )
        self.fields[f"colour_{place}"] = forms.ChoiceField(
            label="Colour",
            choices=[("", "Choose"), *COLOURS.items()],
            required=False,
            initial=point.colour if point else self._colours.get(place, ""),
        )
        self.fields[f"score_{place}"] = forms.DecimalField(
            label="Score (optional)",
            required=False,
            max_digits=4,
            decimal_places=2,
            initial=_plain(point.score) if point else None,
            widget=forms.TextInput(attrs={"class": "govuk-input--width-3", "inputmode": "decimal"}),
            error_messages=dict.fromkeys(
                ("invalid", "max_digits", "max_decimal_places", "max_whole_digits"), HALF_MARKS.format(place)
            ),
        )
        self.fields[f"is_good_{place}"] = forms.BooleanField(
            label="Counts as good", required=False, initial=bool(point and point.is_good)
        )
        self.fields[f"is_urgent_{place}"] = forms.BooleanField(
            label="Urgent", required=False, initial=bool(point and point.is_urgent)
        )
        self.fields[f"descriptor_{place}"] = forms.CharField(
            label="What it looks like",
            help_text="A sentence on each line. Auditors read it while they grade.",
            widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "true"}),
            required=False,
            max_length=4_000,
            initial="\n".join(point.descriptor) if point else "",
        )

    def clean(self) -> dict[str, Any]:
        """Everything that can be told at once: what the inputs refuse and what the rules of a scale do."""
        cleaned: dict[str, Any] = super().clean() or {}
        found = problems(name=cleaned.get("name") or "", points=self.points())
        if found:
            self.refuse(ScaleRefused(found))
        return cleaned

    def rows(self) -> Iterator[ScaleRow]:
        """The fields of each grade."""
        for place in range(1, MOST_POINTS + 1):
            yield ScaleRow(place, [self[f"{name}_{place}"] for name in NAMES], is_open=self._is_open(place))

    def _is_open(self, place: int) -> bool:
        """Whether a row is shown at once: four are, and those that say something."""
        return place <= USUAL or any(
            self[f"{name}_{place}"].value() or self[f"{name}_{place}"].errors for name in NAMES
        )

    def _filled(self) -> list[int]:
        """The rows that say something, best first; the colour a row came with says nothing."""
        return [place for place in range(1, MOST_POINTS + 1) if self._says_something(place)]

    def _says_something(self, place: int) -> bool:
        said = [self.cleaned_data.get(f"{name}_{place}") for name in NAMES if name != "colour"]
        colour = self.cleaned_data.get(f"colour_{place}")
        own_colour = colour and colour != self._colours.get(place)
        refused = any(f"{name}_{place}" in self.errors for name in NAMES)
        return bool(own_colour) or refused or any(one not in ("", None, False) for one in said)

    def points(self) -> list[Point]:
        """The grades as typed, best first. A row keeps the code it had."""
        return [self._point(place) for place in self._filled()]

    def _point(self, place: int) -> Point:
        typed = {name: self.cleaned_data.get(f"{name}_{place}") for name in NAMES}
        lines = [line.strip() for line in (typed["descriptor"] or "").splitlines()]
        return Point(
            label=typed["label"] or "",
            colour=typed["colour"] or "",
            is_good=bool(typed["is_good"]),
            is_urgent=bool(typed["is_urgent"]),
            score=typed["score"],
            descriptor=tuple(line for line in lines if line),
            code=self._codes[place - 1] if place <= len(self._codes) else "",
        )

    def refuse(self, error: ScaleRefused) -> None:
        """Show every problem beside its input; the rows that were left out do not count.

        An input that cannot be read is told so already; while a score cannot be, no rule on scores is broken for sure.
        """
        filled, before = self._filled(), set(self.errors)
        unread = any(field.startswith("score_") for field in before)
        for field, message in error.problems:
            stem, _, number = field.rpartition("_")
            if stem and number.isdecimal():
                place = filled[int(number) - 1] if 0 < int(number) <= len(filled) else int(number)
                field, message = f"{stem}_{place}", message.replace(f"Grade {number}:", f"Grade {place}:")
            if field not in before and not (unread and "every grade a score" in message):
                self.add_error(field if field in self.fields else None, message)


def _plain(score: Decimal | None) -> str | None:
    """A score without noughts at its end: 1.5, 2."""
    return None if score is None else f"{score:f}".rstrip("0").rstrip(".") if "." in f"{score:f}" else f"{score:f}"
