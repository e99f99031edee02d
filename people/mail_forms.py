"""The forms of mail: seen to, sent to somebody else, and how one gets email."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from people.models import MailChoice, User

SOMEBODY_ELSE = "other"


class SeenToForm(forms.Form):
    """What was done about an email that could not be delivered."""

    how = forms.CharField(
        label="What did you do?",
        help_text="For example: rang Wren Worker on 3 March; the address is mended. No child’s name.",
        max_length=300,
        error_messages={"required": "Write in a few words what you did."},
    )


class SomebodyElseForm(forms.Form):
    """Who is told instead: one of the line above the recipient, or anybody on the staff list."""

    person = forms.ChoiceField(
        label="Who should be told instead?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who should be told."},
    )
    email = forms.EmailField(
        label="Work email of somebody else",
        help_text="Only where you chose Somebody else. They must be on the staff list.",
        required=False,
    )

    def __init__(self, *args: Any, line: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = {str(person.pk): person for person in line}
        choices = [(pk, f"{person.name}, {person.job_title}") for pk, person in self._line.items()]
        self.fields["person"].choices = [*choices, (SOMEBODY_ELSE, "Somebody else")]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        chosen, email = found.get("person"), found.get("email", "")
        if chosen == SOMEBODY_ELSE:
            person = User.objects.filter(email__iexact=email).first() if email else None
            if person is None and "email" not in self.errors:
                self.add_error("email", "Give the email address of somebody who is on the staff list.")
            found["person"] = person
        elif chosen:
            found["person"] = self._line[chosen]
        return found


class MailChoiceForm(forms.Form):
    """How one gets the email that is not urgent."""

    choice = forms.ChoiceField(
        label="How do you want to get it?",
        widget=forms.RadioSelect,
        choices=MailChoice.choices,
        error_messages={"required": "Choose one of the two."},
    )
