"""Forms of chasing: who is reminded when, why a chase is held back, why an audit did not come back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from allocation.chasing.changing_ladder import MOST_RUNGS
from allocation.chasing.ladder import ANSWERS, Rung
from allocation.chasing.ladder_words import who_in_words
from allocation.forms.month_forms import DomainForm, reason_field
from allocation.models import NonReturn, ToWhom

SIDES = (("before", "before"), ("after", "after"))
NARROW = {"class": "govuk-input--width-2", "inputmode": "numeric"}


class HoldChaseForm(DomainForm):
    """Why one chase is held back."""

    reason = reason_field(
        "Why is it held back?",
        "Only those who run the programme can read it. Say nothing about somebody’s health and do not name a child.",
    )


class WhyLateForm(DomainForm):
    """Why an audit did not come back by its due date."""

    reason = forms.ChoiceField(
        label="Why did it not come back in time?",
        choices=NonReturn.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the reason that fits best"},
    )
    note = forms.CharField(
        label="A few words (optional)",
        help_text="Needed for another reason. Say nothing about somebody’s health and do not name a child.",
        max_length=300,
        required=False,
    )


def _number(label: str, *, low: int, required: bool) -> forms.IntegerField:
    words = f"{label}: enter a whole number from {low} to 60"
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=60,
        required=required,
        widget=forms.TextInput(attrs=NARROW),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), words),
    )


class RungForm(forms.Form):
    """One rung: who, how many working days before or after, switched on or not."""

    code = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    to = forms.ChoiceField(label="Who", error_messages={"required": "Choose who is told"})
    days = _number("Working days", low=0, required=True)
    side = forms.ChoiceField(label="Before or after it is due", choices=SIDES)
    again_days = _number("At a second miss (optional)", low=1, required=False)
    is_on = forms.BooleanField(label="Switched on", required=False)

    def __init__(self, *args: Any, subject: str, number: int, is_new: bool, **kwargs: Any) -> None:
        """The first choice of a new rung is that there is none."""
        super().__init__(*args, **kwargs)
        self.subject, self.number, self.is_new = subject, number, is_new
        none = [("", "Nobody")] if is_new else []
        self.fields["to"].choices = [*none, *((to, who_in_words(to, subject)) for to in ToWhom.values)]  # type: ignore[attr-defined]  # a ChoiceField
        if is_new:
            self.fields["to"].required = self.fields["days"].required = self.fields["side"].required = False
        if subject in ANSWERS:
            del self.fields["side"]

    def wanted(self) -> dict[str, Any] | None:
        """The rung as the domain takes it; None where nothing is wanted here."""
        data = self.cleaned_data
        if self.is_new and not data["to"]:
            return None
        sign = -1 if data.get("side") == "before" else 1
        return {name: data[name] for name in ("code", "to", "again_days", "is_on")} | {
            "days": sign * (data["days"] or 0)
        }

    def clean(self) -> dict[str, Any]:
        """A new rung that names somebody needs its days."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.is_new and cleaned.get("to") and cleaned.get("days") is None and "days" not in self.errors:
            self.add_error("days", "Enter how many working days")
        return cleaned


class LadderForm:
    """The rungs of one subject and an empty one, read and checked together."""

    def __init__(self, data: Any = None, *, subject: str, rungs: Sequence[Rung]) -> None:
        self.subject = subject
        count = _posted_count(data, len(rungs))
        self.rows = [self._row(data, number, rungs, count) for number in range(count + 1)]
        self.problem = ""

    def _row(self, data: Any, number: int, rungs: Sequence[Rung], count: int) -> RungForm:
        initial: dict[str, Any] = {"is_on": True, "side": "after"}
        if number < len(rungs):
            rung = rungs[number]
            initial = {
                "code": rung.code,
                "to": rung.to,
                "days": abs(rung.days),
                "side": "before" if rung.days < 0 else "after",
                "again_days": rung.again_days,
                "is_on": rung.is_on,
            }
        prefix = f"rung-{number}"
        is_new = number >= count
        return RungForm(data, prefix=prefix, initial=initial, subject=self.subject, number=number + 1, is_new=is_new)

    def is_valid(self) -> bool:
        """Whether every rung can be read."""
        valid = [row.is_valid() for row in self.rows]  # each of them, so that every problem is shown
        return all(valid)

    def wanted(self) -> list[dict[str, Any]]:
        """The rungs that are wanted."""
        return [wanted for row in self.rows if (wanted := row.wanted()) is not None]

    @property
    def count(self) -> int:
        """How many rungs there were; posted back, so that the page is read as it was shown."""
        return len(self.rows) - 1

    @property
    def problems(self) -> list[dict[str, str]]:
        """What is wrong, each with the id of its field, for the summary."""
        found = [
            {"target": f"id_{row.prefix}-{name}", "text": f"Reminder {row.number}: {error}"}
            for row in self.rows
            if row.is_bound
            for name, errors in row.errors.items()
            for error in errors
        ]
        return [*found, *([{"target": "rungs", "text": self.problem}] if self.problem else [])]


def _posted_count(data: Any, shown: int) -> int:
    if data is None:
        return shown
    text = str(data.get("count", ""))
    return min(int(text), MOST_RUNGS) if text.isascii() and text.isdigit() else shown
