"""What the team writes after an audit: Part B, the evidence that an action is done; a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from audits.forms.drafts import LONGEST_TEXT
from audits.models import SmartAction
from people.form_fields import GovDateField


class ManagerPartBForm(forms.Form):
    """The team manager's part: supervision date, comment, a response to each action."""

    supervision_on = GovDateField(
        label="When was this talked over in supervision?",
        what="the supervision’s date",
        help_text="For example 27 3 2026",
    )
    comment = forms.CharField(
        label="What do you make of the findings?", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args: Any, actions: list[SmartAction], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for action in actions:
            self.fields[f"response_{action.number}"] = forms.CharField(
                label=f"Your response to action {action.number}",
                help_text=action.how,
                max_length=LONGEST_TEXT,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def clean_supervision_on(self) -> date:
        """Refuse a supervision in the future."""
        day: date = self.cleaned_data["supervision_on"]
        if day > self.today:
            raise forms.ValidationError("The supervision’s date must be today or in the past")
        return day

    def responses(self) -> dict[int, str]:
        """The responses by the action's number."""
        prefix = "response_"
        return {int(n.removeprefix(prefix)): v for n, v in self.cleaned_data.items() if n.startswith(prefix)}


class WorkerPartBForm(forms.Form):
    """The worker's part: a comment."""

    comment = forms.CharField(
        label="What do you make of the findings?",
        help_text="What you agree with, what you see differently, and what you will do.",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class CompleteActionForm(forms.Form):
    """The evidence that an action is done."""

    evidence = forms.CharField(
        label="What was done, and where can it be seen?",
        help_text="For example: genogram redrawn with the family on 3 March, saved under Documents.",
        min_length=10,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"min_length": "Say a little more: at least ten characters"},
    )


class ReasonForm(forms.Form):
    """A reason, for taking an audit back or exempting its auditor."""

    reason = forms.CharField(label="Why?", min_length=5, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
