"""What the team writes after an audit: the evidence that an action is done; a reason."""

from __future__ import annotations

from django import forms

from audits.forms.drafts import LONGEST_TEXT


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
