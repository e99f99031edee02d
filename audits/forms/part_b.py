"""Part B on the page: one box beside each finding and each action, a comment, the supervision's date (S2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from audits.after.dispute_findings import Finding
from audits.forms.drafts import LONGEST_TEXT
from audits.models import Side, SmartAction
from people.form_fields import OPTIONAL, GovDateField

FINDING, RESPONSE, DATE = "finding_", "response_", "supervision_on"
NOT_TYPED = {"csrfmiddlewaretoken", "writer", "base_revision", "do"}


class PartBForm(forms.Form):
    """One side's part. The manager answers what is not good and every action; the worker what they want."""

    def __init__(
        self,
        *args: Any,
        side: Side,
        findings: Sequence[Finding],
        actions: Sequence[SmartAction],
        submitted_on: date,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        manages = side == Side.MANAGER
        for finding in findings:
            required = manages and finding.grade is not None and not finding.grade.point.is_good
            ask = f"Write a response to “{finding.label}”"
            self._box(f"{FINDING}{finding.code}", f"Your response to “{finding.label}”", required=required, ask=ask)
        for action in actions:
            ask = f"Write a response to action {action.number}"
            label = f"Your response to action {action.number}"
            self._box(f"{RESPONSE}{action.number}", label, required=manages, ask=ask)
        if manages:
            self.fields[DATE] = GovDateField(
                label="When was this talked over in supervision?",
                what="the supervision’s date",
                help_text="On or after the day the audit was submitted, for example 27 3 2026",
            )
            self.today, self.submitted_on = today, submitted_on
        self._box(
            "comment",
            "What do you make of the findings?",
            ask="Write what you make of the findings",
            rows=6,
            help_text="What you agree with, what you see differently, and what you will do.",
        )

    def _box(
        self, name: str, label: str, *, ask: str, required: bool = True, rows: int = 3, help_text: str = ""
    ) -> None:
        self.fields[name] = forms.CharField(
            label=label if required else label + OPTIONAL,
            help_text=help_text,
            required=required,
            max_length=LONGEST_TEXT,
            widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"}),
            error_messages={"required": ask},
        )

    def clean_supervision_on(self) -> date:
        """Refuse a supervision in the future, or before there was an audit."""
        day: date = self.cleaned_data[DATE]
        if day > self.today:
            raise forms.ValidationError("The supervision’s date must be today or in the past")
        if day < self.submitted_on:
            raise forms.ValidationError("The supervision’s date must not be before the audit was submitted")
        return day

    def box_of(self, code: str = "", *, number: int | None = None) -> forms.BoundField:
        """The box of a finding, or of an action."""
        return self[f"{FINDING}{code}" if number is None else f"{RESPONSE}{number}"]

    def findings(self) -> dict[str, str]:
        """What was written about findings, by their codes."""
        return {n.removeprefix(FINDING): text for n, text in self.cleaned_data.items() if n.startswith(FINDING)}

    def responses(self) -> dict[int, str]:
        """What was written about actions, by their numbers."""
        return {int(n.removeprefix(RESPONSE)): v for n, v in self.cleaned_data.items() if n.startswith(RESPONSE)}


class SendBackForm(forms.Form):
    """Why a signed part goes back."""

    comment = forms.CharField(
        label="What should they change or add?",
        help_text="They read this above their own text, and it stays on record with Part B.",
        min_length=5,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "true"}),
        error_messages={"required": "Say what is missing", "min_length": "Say in a few words what is missing"},
    )


def typed_in(posted: Any) -> dict[str, str]:
    """What a page of Part B posts, by the names of its inputs, whatever is still missing in it."""
    names = ("comment", f"{DATE}_day", f"{DATE}_month", f"{DATE}_year")
    kept = {name: str(posted[name]) for name in posted if name in names or name.startswith((FINDING, RESPONSE))}
    return {name: text.replace("\r\n", "\n") for name, text in kept.items()}
