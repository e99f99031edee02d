"""Forms of a calibration round: which audit, who grades, that it is read through, the grades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from audits.after.calibration import CONFIRM
from audits.forms.moderation import DecideForm
from audits.models import Grade
from people.form_fields import GovDateField
from people.models import User

PREFIX = "section_"


class PrepareForm(forms.Form):
    """Which audit everybody grades, what the round is called, and how long it is open."""

    reference = forms.CharField(
        label="Which finished audit?",
        help_text="Its reference, for example 2026-11-0007. Better one that few people remember.",
        max_length=20,
        error_messages={"required": "Enter the reference of a finished audit"},
    )
    title = forms.CharField(
        label="What is the round called?",
        help_text="For example: Autumn calibration. Do not name the child, the team or the worker.",
        max_length=150,
        error_messages={"required": "Say what the round is called"},
    )
    closes_on = GovDateField(label="By when is it to be graded?", what="the last day")


class InviteForm(forms.Form):
    """Who grades, and who of them is the panel."""

    panel = forms.ModelMultipleChoiceField(
        label="Panel",
        help_text="Their middle grade is what everybody else is compared with.",
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one person for the panel"},
    )
    people = forms.ModelMultipleChoiceField(
        label="Everybody else who grades",
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one person"},
    )

    def __init__(self, *args: Any, free: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = User.objects.filter(pk__in=[person.pk for person in free]).order_by("name", "pk")
        for name in ("panel", "people"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = rows


class OpenForm(forms.Form):
    """That somebody has read the copy through."""

    read_through = forms.BooleanField(
        label=CONFIRM, error_messages={"required": "Read the copy through, then confirm that nobody can be recognised"}
    )


class CalibrateForm(DecideForm):
    """The grades of somebody who was asked."""

    def __init__(self, *args: Any, sections: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "What leads to your grade?"
        self.fields["reason"].help_text = "The principal social worker reads this."
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
