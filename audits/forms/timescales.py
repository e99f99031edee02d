"""Timescales: the days typed on the page, two for a rule, each in one box (A17)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from audits.forms.drafts import DraftForm
from audits.timescales import EARLIEST, LATEST
from people.form_fields import GovDateField

SIDES = ("trigger", "event")
BETWEEN_PARTS = re.compile(r"[\s./,-]+")


class OneBoxDate(GovDateField):
    """A date typed into one box, as in a list of thirty pairs three boxes each would be a wall: 24 4 2026, 24/4/26."""

    widget = forms.TextInput  # type: ignore[assignment]  # one box instead of three

    def to_python(self, value: Any) -> date | None:
        """A date, or None where nothing was typed. Raises ValidationError where it makes no date."""
        parts = [part for part in BETWEEN_PARTS.split(str(value or "").strip()) if part]
        if not parts:
            return None
        if len(parts) != 3:
            raise ValidationError("This is not a date. Type day, month and year, like 27 3 2026", code="invalid")
        day, month, year = parts
        return super().to_python([day, month, f"20{year}" if len(year) == 2 and year.isdigit() else year])


ANY_DAY = OneBoxDate(what="the day", required=False, earliest=EARLIEST, latest=LATEST)


def typed_day(text: str) -> tuple[date | None, str]:
    """The day that a text says, and what is wrong with it where it says none."""
    try:
        return ANY_DAY.clean(text), ""
    except ValidationError as error:
        return None, str(error.messages[0])


class TimescalesForm(DraftForm):
    """The days typed; whatever they say, nothing here is needed to submit."""

    def __init__(self, content: Mapping[str, Any], *, show_errors: bool = False) -> None:
        typed = content.get("days", {})
        super().__init__({f"days__{name}": text for name, text in typed.items()}, show_errors=show_errors)
        for name in typed:
            self.fields[f"days__{name}"] = OneBoxDate(
                what="the day", required=False, earliest=EARLIEST, latest=LATEST, label=name
            )

    def problems(self) -> dict[str, str]:
        """Nothing: a day that cannot be right is said beside it, and stands in nobody's way."""
        return {}
