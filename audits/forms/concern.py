"""A concern about the quality of an audit, and its answer (S8)."""

from __future__ import annotations

from django import forms

from audits.forms.drafts import LONGEST_TEXT
from audits.models import Concern


class ConcernForm(forms.Form):
    """What it is about, and what it is."""

    about = forms.ChoiceField(
        label="What is it about?",
        choices=Concern.About.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what it is about"},
    )
    text = forms.CharField(
        label="What are you concerned about?",
        help_text="Say where in the audit, and what you would have expected. It is about how the audit was done.",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "true"}),
        error_messages={"required": "Say what you are concerned about"},
    )


class AnswerConcernForm(forms.Form):
    """Whether it is agreed with, and what follows."""

    outcome = forms.ChoiceField(
        label="Do you agree with it?",
        choices=Concern.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether you agree"},
    )
    answer = forms.CharField(
        label="What you found, and what follows from it",
        help_text="Whoever raised it reads this, and so does the auditor.",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "true"}),
        error_messages={"required": "Write what you found, and what follows from it"},
    )
