"""Forms of the monthly report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from allocation.models import Cycle
from reporting.models import HighlightReport

LONGEST_TEXT = 6000


class NewReportForm(forms.Form):
    """Which month to report on, and why where that month has a published report already."""

    month = forms.ChoiceField(label="Month", error_messages={"required": "Select the month to report on"})
    reason = forms.CharField(
        label="Why the published report is replaced",
        help_text="Only where a report for this month is published already. Readers see it on the new version.",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, cycles: Iterable[Cycle], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["month"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(cycle.month.isoformat(), f"{cycle.month:%B %Y}{_paused(cycle)}") for cycle in cycles]

    def clean_month(self) -> date:
        """The chosen month as its first day."""
        return date.fromisoformat(self.cleaned_data["month"])


def _paused(cycle: Cycle) -> str:
    return " (paused)" if cycle.status == Cycle.Status.PAUSED else ""


class NarrativeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The words of a report. Saved by highlight_report.edit, never by the form."""

    introduction = forms.CharField(
        label="Introduction",
        help_text="What the month was about, in two or three sentences. Name no child and no case.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    what_we_found = forms.CharField(
        label="What we found",
        help_text="What good practice looked like, and what holds it back.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    recommendations = forms.CharField(
        label="Recommendations",
        help_text="One on each line, the most important first.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    recipients = forms.CharField(
        label="Who the report is for",
        help_text="For example: senior management team, improvement board, all frontline teams.",
        required=False,
        max_length=300,
    )
    contact = forms.CharField(
        label="Whom to ask about it",
        help_text="A name, an e-mail address or a telephone number.",
        required=False,
        max_length=200,
    )

    class Meta:
        model = HighlightReport
        fields = ("introduction", "what_we_found", "recommendations", "recipients", "contact")
