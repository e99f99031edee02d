"""One action: what for, how, who, by when (A13)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from audits.models import SmartAction
from people.form_fields import GovDateField
from people.models import User


class SmartActionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """One action: what for, how, who, by when (A13)."""

    due_on = GovDateField(label="By when?", help_text="A calendar date, agreed with the worker.", what="the deadline")

    class Meta:
        model = SmartAction
        fields = ["outcome", "how", "owner", "due_on", "agreed_with_worker", "immediate"]
        labels = {
            "outcome": "What should be better for the child?",
            "how": "What has to be done?",
            "owner": "Who will do it?",
            "agreed_with_worker": "Agreed with the worker",
            "immediate": "Needed at once to keep the child safe",
        }
        help_texts = {
            "outcome": "The result for the child, in a way that anyone can tell when it is reached.",
            "how": "One clear step that can be done in the time.",
        }
        widgets = {"outcome": forms.Textarea(attrs={"rows": 3}), "how": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, owners: list[User], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.filter(pk__in=[person.pk for person in owners])
        owner.empty_label = "Choose a person"

    def clean_due_on(self) -> date:
        """Refuse a deadline in the past."""
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self.today:
            raise forms.ValidationError("The deadline must be today or later")
        return due_on
