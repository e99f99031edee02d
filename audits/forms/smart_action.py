"""One action: what for, how, who, by when, agreed with the worker (A13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from audits.deadlines import Holidays
from audits.models import SmartAction
from audits.smart import Letter, Proposed, check, refusal
from audits.young_person import called
from people.form_fields import GovDateField
from people.models import User

AGREED = [("True", "Yes"), ("False", "No")]


def _owners_in_groups(usual: list[User], others: QuerySet[User], *, adult: bool) -> list[tuple[str, Any]]:
    """Those who work with the child first, then everybody else who works here; one query, when it is shown."""
    near = {person.pk: person.name for person in usual}
    rest = [
        (person.pk, f"{person.name}, {person.job_title}") for person in others.order_by("name") if person.pk not in near
    ]
    around = called("Around this child", adult=adult)
    return [("", "Choose a person"), (around, list(near.items())), ("Everybody else", rest)]


class SmartActionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """One action: what for, how, who, by when, agreed with the worker (A13). `letters` are its prompts."""

    due_on = GovDateField(label="By when?", help_text="A calendar date, for example 27 3 2027.", what="the deadline")
    agreed_with_worker = forms.TypedChoiceField(
        label="Have you agreed it with the worker?",
        choices=AGREED,
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the worker has agreed"},
    )

    class Meta:
        model = SmartAction
        fields = ["outcome", "how", "owner", "due_on", "agreed_with_worker", "why_not_agreed", "immediate"]
        labels = {
            "outcome": "What should be better for the child?",
            "how": "What has to be done?",
            "owner": "Who will do it?",
            "why_not_agreed": "If not agreed, why not?",
            "immediate": "Needed at once to keep the child safe",
        }
        help_texts = {
            "outcome": "The result for the child, in a way that anyone can tell when it is reached.",
            "how": "One clear step that can be done in the time. The deadline goes below, as a date.",
            "why_not_agreed": "For example: the worker is away until 3 January.",
        }
        error_messages = {
            "outcome": {"required": "Say what should be better for the child"},
            "how": {"required": "Say what has to be done"},
            "owner": {"required": "Choose who will do it"},
        }
        widgets = {
            "outcome": forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
            "how": forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
            "why_not_agreed": forms.Textarea(attrs={"rows": 2, "spellcheck": "true"}),
        }

    def __init__(
        self,
        *args: Any,
        owners: list[User],
        others: QuerySet[User] | None = None,
        today: date,
        holidays: Holidays = frozenset(),
        child: str = "",
        adult: bool = False,
        **kwargs: Any,
    ) -> None:
        """`child` is a name that an outcome may use; `adult` where the words say young person."""
        super().__init__(*args, **kwargs)
        self._call(adult=adult)
        self.today, self.holidays, self.child = today, holidays, child
        if self.instance.pk is None and "agreed_with_worker" not in (kwargs.get("initial") or {}):
            self.initial.pop("agreed_with_worker", None)  # neither answer is given for anybody
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        usual = User.objects.filter(pk__in=[person.pk for person in owners])
        owner.queryset = usual if others is None else usual | others
        owner.empty_label = "Choose a person"
        if others is not None:
            owner.widget.choices = lambda: _owners_in_groups(owners, others, adult=adult)

    def _call(self, *, adult: bool) -> None:
        """Say young person where it is one (A8)."""
        self.adult = adult
        for field in (self.fields["outcome"], self.fields["immediate"]):
            field.label = called(str(field.label), adult=adult)
            field.help_text = called(str(field.help_text), adult=adult)
            field.error_messages["required"] = called(str(field.error_messages["required"]), adult=adult)

    def clean_due_on(self) -> date:
        """Refuse a deadline in the past."""
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self.today:
            raise forms.ValidationError("The deadline must be today or later")
        return due_on

    def clean(self) -> dict[str, Any]:
        """Refuse a vague deadline in the words; ask why the worker has not agreed."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("outcome", "how"):
            refused = refusal(self._typed(name), due_on=cleaned.get("due_on"), today=self.today, holidays=self.holidays)
            if refused:
                self.add_error(name, refused)
        if cleaned.get("agreed_with_worker") is False and not cleaned.get("why_not_agreed", "").strip():
            self.add_error("why_not_agreed", "Say why it is not agreed with the worker")
        return cleaned

    def letters(self) -> tuple[Letter, ...]:
        """The five letters of what is typed, whether or not it is valid."""
        typed = self.cleaned_data if self.errors is not None and self.is_bound else {}
        owner = typed.get("owner")
        action = Proposed(
            outcome=self._typed("outcome"),
            how=self._typed("how"),
            due_on=typed.get("due_on"),
            owner=owner.name if owner else "",
            owner_leaves=owner.leave_date if owner else None,
            immediate=bool(typed.get("immediate")),
            child=self.child,
        )
        found = check(action, today=self.today, holidays=self.holidays)
        return tuple(replace(letter, prompt=called(letter.prompt, adult=self.adult)) for letter in found)

    def _typed(self, name: str) -> str:
        return str(self.data.get(name, "")) if self.is_bound else ""
