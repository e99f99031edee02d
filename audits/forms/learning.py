"""What the organisation should learn (A14), and a private note on the worker's development (A15)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from audits.forms.drafts import LONGEST_TEXT
from audits.models import LearningPoint
from audits.young_person import called
from people.form_fields import GovDateField


class LearningPointForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """One point: what, how, who, by when."""

    due_on = GovDateField(
        label="By when?",
        help_text="A calendar date, for example 27 3 2027.",
        what="the date by which it should be done",
    )

    class Meta:
        model = LearningPoint
        fields = ["what", "how", "who", "due_on"]
        labels = {
            "what": "What should the organisation learn or change?",
            "how": "How?",
            "who": "Who should take it up?",
        }
        help_texts = {
            "what": "Something in how services, systems or partners work. Not this child’s plan, and not one worker.",
            "how": "For example: the form asks for both parents’ names; a workshop for all teams.",
            "who": "A role, a team or a person.",
        }
        error_messages = {
            "what": {"required": "Say what the organisation should learn or change"},
            "how": {"required": "Say how it can be done"},
            "who": {"required": "Say who should take it up"},
        }
        widgets = {
            "what": forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
            "how": forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
        }

    def __init__(self, *args: Any, today: date, adult: bool, **kwargs: Any) -> None:
        """`adult` where the words say young person (A8)."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["what"].help_text = called(str(self.fields["what"].help_text), adult=adult)

    def clean_due_on(self) -> date:
        """Refuse a date in the past."""
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self.today:
            raise forms.ValidationError("The date must be today or later")
        return due_on


class PrivateNoteForm(forms.Form):
    """A note to the worker and the worker's line manager."""

    text = forms.CharField(
        label="Your note",
        help_text="What went well, what would help next: training, reading, somebody to learn from.",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "true"}),
        error_messages={"required": "Write your note"},
    )
