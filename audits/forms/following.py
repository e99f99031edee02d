"""What is written about an action after its audit: what was seen, a reason, a new deadline or owner, did it help."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from audits.forms.drafts import LONGEST_TEXT
from audits.models import Helped
from audits.young_person import called
from people.form_fields import GovDateField
from people.models import User

SHORTEST = 10
MORE = {"min_length": "Say a little more: at least ten characters"}


def _text(label: str, hint: str = "", *, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        min_length=SHORTEST,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"}),
        error_messages=MORE,
    )


class VerifyActionForm(forms.Form):
    """What somebody else saw that shows that an action is done."""

    note = _text(
        "What did you see that shows it?",
        "For example: the new plan is on the file, dated 3 March, with the aunt.",
    )


class SendBackActionForm(forms.Form):
    """Why an action is not done after all."""

    reason = _text("What is still to be done?", "The owner reads this, and the action is open again.")


class MoveDeadlineForm(forms.Form):
    """Another deadline for an action, and why."""

    due_on = GovDateField(label="The new deadline", help_text="For example 27 3 2027.", what="the new deadline")
    reason = _text("Why does it move?", "The first deadline stays on record, with this reason.")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_due_on(self) -> date:
        """Refuse a deadline in the past."""
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self.today:
            raise forms.ValidationError("The new deadline must be today or later")
        return due_on


class GiveActionForm(forms.Form):
    """Who does an action from now on, and why."""

    owner: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        queryset=User.objects.none(), label="Who does it from now on?", empty_label="Choose a person"
    )
    reason = _text("Why somebody else?", "Both are told. They can read the reason here.")

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people
        field.label_from_instance = lambda person: f"{person.name}, {person.job_title}"  # type: ignore[method-assign, assignment]


class LookBackForm(forms.Form):
    """Whether an action helped the child, weeks after it was done."""

    helped = forms.ChoiceField(label="Did it help the child?", choices=Helped.choices, widget=forms.RadioSelect)
    note = _text("What shows it?", "What is different for the child, in their words where you have them.")

    def __init__(self, *args: Any, adult: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label, field.help_text = (
                called(str(field.label), adult=adult),
                called(str(field.help_text), adult=adult),
            )
