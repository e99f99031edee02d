"""What the pages of an audit are made of: a form that saves anything and complains only when asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from people.form_fields import GovDateField

YES_NO = [("yes", "Yes"), ("no", "No")]
LONGEST_TEXT = 1_000_000  # characters in one answer; a whole page may hold three times that


def long_text(label: str, *, rows: int = 5, hint: str = "") -> forms.CharField:
    """A box for long text, spell-checked."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"}),
    )


def short_text(label: str, *, hint: str = "") -> forms.CharField:
    """One line of text."""
    return forms.CharField(label=label, help_text=hint, required=False, max_length=300)


def choice_field(label: str, choices: list[tuple[str, str]], *, hint: str = "") -> forms.ChoiceField:
    """A choice of a few, as radios."""
    return forms.ChoiceField(label=label, help_text=hint, required=False, choices=choices, widget=forms.RadioSelect)


def worded(question: dict[str, Any], adult: bool) -> str:
    """A question of the template in the wording that fits the age (A8)."""
    return str((adult and question.get("label_18_plus")) or question["label"])


class DraftForm(forms.Form):
    """A page of an audit: anything may be saved; `problems` says what is still missing or cannot be."""

    def __init__(self, content: dict[str, Any], *, show_errors: bool = False) -> None:
        super().__init__(data=content)
        self.show_errors = show_errors

    def full_clean(self) -> None:
        """Stay silent while somebody is still writing."""
        if self.show_errors:
            super().full_clean()
        else:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}

    def names(self) -> set[str]:
        """Every name that an input of this page has."""
        parts = {f"{name}_{part}" for name in self.dates() for part in ("day", "month", "year")}
        return parts | (set(self.fields) - self.dates())

    def dates(self) -> set[str]:
        """The names of the date fields."""
        return {name for name, field in self.fields.items() if isinstance(field, GovDateField)}

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """What has to be there before the audit can be submitted: field name to message."""
        return {}

    def problems(self) -> dict[str, str]:
        """Everything that stands in the way of submitting: malformed values first, then what is missing."""
        self.show_errors = True
        self.full_clean()
        malformed = {name: str(errors[0]) for name, errors in self.errors.items()}
        return {**self.missing(self.cleaned_data), **malformed}
