"""A child at risk today: what it is, and what a manager does about it (A16)."""

from __future__ import annotations

from typing import Any

from django import forms

from audits.forms.drafts import LONGEST_TEXT
from audits.young_person import called


class RiskForm(forms.Form):
    """What puts the child at risk, and what was done already."""

    concern = forms.CharField(
        label="What puts the child at risk?",
        help_text="What you have seen or heard, and where it is on the file. A few sentences will do.",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "true"}),
        error_messages={"required": "Say what puts the child at risk"},
    )
    done_already = forms.CharField(
        label="What have you done already? (optional)",
        help_text="For example: rang the team manager at 14:00 and left a message.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
    )

    def __init__(self, *args: Any, adult: bool, **kwargs: Any) -> None:
        """`adult` where the words say young person (A8)."""
        super().__init__(*args, **kwargs)
        concern = self.fields["concern"]
        concern.label = called(str(concern.label), adult=adult)
        concern.error_messages["required"] = called(str(concern.error_messages["required"]), adult=adult)


class AcknowledgeForm(forms.Form):
    """That it was seen, and what happens next."""

    step_taken = forms.CharField(
        label="I have seen this. What I do about it:",
        help_text="Who does what, and when. For example: I see the child at 16:00 today with the duty worker.",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "true"}),
        error_messages={"required": "Say what you do about it"},
    )

    def __init__(self, *args: Any, adult: bool, **kwargs: Any) -> None:
        """`adult` where the words say young person (A8)."""
        super().__init__(*args, **kwargs)
        step = self.fields["step_taken"]
        step.help_text = called(str(step.help_text), adult=adult)
