"""A rule of the timescales as the council sets it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from audits.models import TimescaleRule

LONGEST_LIMIT = 366
COUNTING = [
    (TimescaleRule.Counting.NEXT_DAY, "The day after is day 1. This is the usual reading"),
    (TimescaleRule.Counting.SAME_DAY, "The day itself is day 1. Everything falls due a day earlier"),
]


class TimescaleRuleForm(forms.Form):
    """What a council may set of a local rule."""

    name = forms.CharField(label="Name", max_length=150)
    limit = forms.IntegerField(
        label="Limit",
        help_text="How many. Leave it empty if there is no one number, and no hint is given.",
        min_value=0,
        max_value=LONGEST_LIMIT,
        required=False,
        error_messages={"invalid": "The limit must be a whole number, like 10"},
    )
    unit = forms.ChoiceField(label="Counted in", choices=TimescaleRule.Unit.choices, widget=forms.RadioSelect)
    counting = forms.ChoiceField(label="How days are counted", choices=COUNTING, widget=forms.RadioSelect)
    in_use = forms.ChoiceField(
        label="Is this rule in use?",
        help_text="A rule that is not in use is not shown in audits.",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
    )

    def __init__(self, posted: Mapping[str, Any] | None = None, *, instance_of: TimescaleRule) -> None:
        initial = {
            "name": instance_of.name,
            "limit": instance_of.limit,
            "unit": instance_of.unit,
            "counting": instance_of.counting,
            "in_use": "yes" if instance_of.in_use else "no",
        }
        super().__init__(posted, initial=initial)

    def clean_name(self) -> str:
        """On one line."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def values(self) -> dict[str, Any]:
        """What was asked for, by field of the rule."""
        return {**self.cleaned_data, "in_use": self.cleaned_data["in_use"] == "yes"}


class CountingForm(forms.Form):
    """One way of counting for every local rule."""

    counting = forms.ChoiceField(
        label="Let every local rule count in one way",
        choices=COUNTING,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how days are counted"},
    )
