"""Form fields that every app may use: a date as three inputs, day, month and year."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES

PARTS = ("day", "month", "year")
SHORT_YEAR = re.compile(r"[0-4]\d", re.ASCII)  # 26 is 2026; 85 may be either, so it is asked about
OPTIONAL = " (optional)"  # at the end of a label; an error does not repeat it
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


class DateInputs(forms.MultiWidget):
    """Three text inputs, posted as `<name>_day`, `<name>_month` and `<name>_year`."""

    template_name = "govuk/widgets/date.html"
    use_fieldset = True

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({part: forms.TextInput() for part in PARTS}, dict(attrs or {}))

    def decompress(self, value: Any) -> list[Any]:
        """A date as its parts; None as three empty ones."""
        return [value.day, value.month, value.year] if isinstance(value, date) else ["", "", ""]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template draws; `data-wrong` among the attributes names the parts that are in error."""
        context = super().get_context(name, value, attrs)
        wrong = str(context["widget"]["attrs"].pop("data-wrong", "")).split()
        context["parts"] = [
            {
                "label": part.capitalize(),
                "name": inner["name"],
                "id": inner["attrs"].get("id", ""),
                "value": "" if inner["value"] is None else inner["value"],
                "width": 4 if part == "year" else 2,
                "wrong": part in wrong,
                "disabled": inner["attrs"].get("disabled", False),
            }
            for part, inner in zip(PARTS, context["widget"]["subwidgets"], strict=True)
        ]
        return context

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether none of the three was posted."""
        return all(f"{name}_{part}" not in data for part in PARTS)


class GovDateField(forms.Field):
    """A date asked for as day, month and year; cleans to a `date`, or None where it is optional and left empty.

    `what` names it in error messages ("the due date"); without it the label is used. `earliest` and `latest` are
    both allowed days. Months may be written as words. The message patterns are those of the GOV.UK date input.
    """

    widget = DateInputs

    def __init__(
        self, *, what: str = "", earliest: date | None = None, latest: date | None = None, **kwargs: Any
    ) -> None:
        self.what = what
        self.earliest = earliest
        self.latest = latest
        super().__init__(**kwargs)

    @property
    def _subject(self) -> str:
        """How messages name the date, e.g. "the due date"."""
        label = str(self.what or self.label or "the date").removesuffix(OPTIONAL)
        label = label if label[:2].isupper() else label[:1].lower() + label[1:]
        return label if label.startswith(("the ", "your ", "when ")) else f"the {label}"

    def to_python(self, value: Any) -> date | None:
        """A date from its three parts. Raises ValidationError naming what is missing or wrong."""
        if value in EMPTY_VALUES or isinstance(value, date):
            return value or None
        parts = [str(part or "").strip() for part in value]
        if not any(parts):
            return None
        self._refuse_missing(parts)
        return self._real_date(parts)

    def validate(self, value: date | None) -> None:
        """Raises ValidationError where a required date is empty or a date is outside the allowed days."""
        if value is None:
            if self.required:
                raise ValidationError(f"Enter {self._subject}", code="required")
            return
        subject = _capital(self._subject)
        if self.earliest and value < self.earliest:
            raise ValidationError(f"{subject} must be {day_in_words(self.earliest)} or later", code="too_early")
        if self.latest and value > self.latest:
            raise ValidationError(f"{subject} must be {day_in_words(self.latest)} or earlier", code="too_late")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the parts give another date than before."""
        try:
            return self.to_python(data) != (initial or None)
        except ValidationError:
            return True

    def _refuse_missing(self, parts: Sequence[str]) -> None:
        if not any(letter.isdigit() for part in parts for letter in part):  # “asap”
            raise self._wrong("Write a calendar date, for example 25 November 2026", "words", PARTS)
        missing = [name for name, part in zip(PARTS, parts, strict=True) if not part]
        if missing:
            raise self._wrong("%(subject)s must include a %(missing)s", "incomplete", missing)

    def _real_date(self, parts: Sequence[str]) -> date:
        day, month, year = parts
        year = f"20{year}" if SHORT_YEAR.fullmatch(year) else year
        if year.isascii() and year.isdigit() and len(year) != 4:
            raise self._wrong("%(subject)s must have a year of four numbers, like 2026", "year", ["year"])
        try:
            return date(_number(year), _month_number(month), _number(day))
        except ValueError:
            raise self._wrong("%(subject)s must be a real date, like 27 3 2026", "invalid", PARTS) from None

    def _wrong(self, message: str, code: str, parts: Sequence[str]) -> ValidationError:
        """An error that also says which of the three inputs to mark."""
        params = {
            "subject": _capital(self._subject),
            "missing": " and ".join(parts),
            "parts": " ".join(parts),
        }
        return ValidationError(message, code=code, params=params)


def day_in_words(day: date) -> str:
    """E.g. 21 November 2026."""
    return f"{day.day} {FULL_MONTHS[day.month - 1].capitalize()} {day.year}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(text: str) -> int:
    """Plain digits only: int() would also take signs, spaces and underscores."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _month_number(text: str) -> int:
    """1 to 12 from a number or an English month's name. Raises ValueError for anything else."""
    word = text.lower()
    if word in FULL_MONTHS or word in MONTHS:
        return MONTHS.index(word[:3]) + 1
    return 9 if word == "sept" else _number(text)
