"""What a moderator and an adjudicator enter: their own grades and reasons, and the talk with the auditor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from audits.forms.drafts import LONGEST_TEXT
from audits.models import Grade, Moderation
from people.form_fields import GovDateField

PREFIX = "section_"


def _text(label: str, *, hint: str, missing: str, required: bool = True, rows: int = 5) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"}),
        error_messages={"required": missing},
    )


class _GradedForm(forms.Form):
    """With the grades of one scale, best first."""

    grade = forms.ModelChoiceField(
        label="Overall grade",
        queryset=Grade.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose an overall grade"},
    )

    def __init__(self, *args: Any, scale_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grades = Grade.objects.filter(scale_id=scale_id).order_by("-order")
        grade = self.fields["grade"]
        assert isinstance(grade, forms.ModelChoiceField)
        grade.queryset = self.grades


class ModerationForm(_GradedForm):
    """The moderator's own grades of the sections and overall, the reason in practice, and a note on the audit."""

    reason = _text(
        "What in the practice leads to your grade?",
        hint="What you saw of the work with the child and family. The auditor and the team read this.",
        missing="Write what you saw in the practice that leads to your grade",
    )
    on_the_audit = _text(
        "How well is the audit itself done? (optional)",
        hint="For instance whether the texts bear out the answers. It does not count towards the grade. The auditor "
        "reads it.",
        missing="",
        required=False,
        rows=3,
    )

    def __init__(self, *args: Any, sections: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, title in sections:
            self.fields[f"{PREFIX}{code}"] = forms.ModelChoiceField(
                label=f"Your grade for {title}",
                queryset=self.grades,
                empty_label="Choose a grade",
                error_messages={"required": f"Choose a grade for {title}"},
            )

    def sections_given(self) -> dict[str, Grade]:
        """The grade of each section, by its code."""
        names = [name for name in self.fields if name.startswith(PREFIX)]
        return {name.removeprefix(PREFIX): self.cleaned_data[name] for name in names}


class DecideForm(_GradedForm):
    """The grade that a third person decides on, and why."""

    reason = _text(
        "Why do you decide so?",
        hint="What you saw of the work with the child and family. Auditor, moderator and team read this.",
        missing="Write why you decide so",
    )


class TalkForm(forms.Form):
    """The talk with the auditor."""

    talked_on = GovDateField(label="When did you talk it over?")
    note = _text(
        "What did you talk over?",
        hint="In a few sentences. It stays with the moderation, not on the child’s file.",
        missing="Write in short what you talked over",
    )
    auditor_view = forms.ChoiceField(
        label="How does the auditor see it now?",
        choices=Moderation.View.choices,
        widget=forms.RadioSelect,
        help_text="If they agree, your grade stands from now on. If not, a third person reads the audit and decides.",
        error_messages={"required": "Say how the auditor sees it"},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
