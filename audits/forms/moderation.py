"""The moderator’s own grade and reason."""

from __future__ import annotations

from typing import Any

from django import forms

from audits.forms.drafts import LONGEST_TEXT
from audits.models import Grade


class ModerationForm(forms.Form):
    """The moderator's own grade and reason."""

    grade = forms.ModelChoiceField(
        label="Your grade", queryset=Grade.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(
        label="Why?", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "true"})
    )

    def __init__(self, *args: Any, scale_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grade = self.fields["grade"]
        assert isinstance(grade, forms.ModelChoiceField)
        grade.queryset = Grade.objects.filter(scale_id=scale_id)
