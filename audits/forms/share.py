"""Record by hand with whom an audit was shared (A20)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from audits.models import Share
from audits.young_person import called
from people.form_fields import GovDateField

SOMEBODY_ELSE = "else"
BY_HAND = [choice for choice in Share.How.choices if choice[0] != Share.How.PORTAL]


class ShareForm(forms.Form):
    """With whom, how, when. `people` are those the case names: value to what they read as."""

    who = forms.ChoiceField(
        label="With whom was it shared?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose with whom it was shared"},
    )
    name = forms.CharField(label="Their name", max_length=150, required=False)
    part = forms.CharField(
        label="What they are to the child or the case",
        help_text="For example advanced practitioner, or reviewing officer of another council.",
        max_length=100,
        required=False,
    )
    how = forms.ChoiceField(
        label="How?", choices=BY_HAND, widget=forms.RadioSelect, error_messages={"required": "Choose how"}
    )
    shared_on = GovDateField(label="When?", what="the day", help_text="For example 27 3 2026")

    def __init__(self, *args: Any, people: list[tuple[str, str]], adult: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.adult = adult  # then the words say young person (A8)
        self.fields["part"].label = called(str(self.fields["part"].label), adult=adult)
        self.fields["who"].choices = [*people, (SOMEBODY_ELSE, "Somebody else")]  # type: ignore[attr-defined]  # the stubs know only Field

    def clean(self) -> dict[str, Any]:
        """Ask for name and part where it is somebody whom the case does not name."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("who") == SOMEBODY_ELSE:
            for name, message in (
                ("name", "Write their name"),
                ("part", called("Say what they are to the child or the case", adult=self.adult)),
            ):
                if name not in self.errors and not cleaned.get(name, "").strip():
                    self.add_error(name, message)
        return cleaned

    def day(self) -> date:
        """The day it was shared."""
        day: date = self.cleaned_data["shared_on"]
        return day
