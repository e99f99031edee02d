"""Forms of exemptions and extensions: they check what was typed, the domain decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q

from allocation.forms.month_forms import DomainForm
from allocation.messages import month_in_words
from allocation.models import AuditRequest
from allocation.models.request import AuditRequestQuerySet
from people.form_fields import GovDateField

Kind, Why, State = AuditRequest.Kind, AuditRequest.Why, AuditRequest.State
LONGEST = 1000
YES, NO = "yes", "no"
WAITING = "waiting"
OPEN = Q(state__in=[State.WITH_LINE_MANAGER, State.WITH_PROGRAMME])


class AskForm(DomainForm):
    """What an auditor asks for, and why (P5, P6)."""

    kind = forms.ChoiceField(
        label="What do you need?",
        choices=[(Kind.EXTENSION, "More time"), (Kind.EXEMPTION, "Not to do this audit")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you need"},
    )
    wanted_due_on = GovDateField(
        label="New due date", what="the new due date", help_text="A working day.", required=False
    )
    why = forms.ChoiceField(
        label="Why?",
        choices=Why.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the reason that fits best"},
    )
    reason = forms.CharField(
        label="In your own words",
        help_text="Say what stands in the way. Do not name the child or the family: your line manager reads this.",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say in your own words why you ask"},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        hints = {
            Kind.EXTENSION.value: "You finish it by a new date.",
            Kind.EXEMPTION.value: "It does not count as missed. Somebody else may be given the case.",
        }
        self.fields["kind"].choice_hints = hints  # type: ignore[attr-defined]  # read by the form pack

    def clean(self) -> dict[str, Any]:
        """An extension needs its date; an exemption has none."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") == Kind.EXEMPTION:
            cleaned["wanted_due_on"] = None
            self.errors.pop("wanted_due_on", None)
        elif cleaned.get("wanted_due_on") is None and "wanted_due_on" not in self.errors and cleaned.get("kind"):
            self.add_error("wanted_due_on", "Enter the new due date")
        return cleaned


class AnswerForm(DomainForm):
    """Yes or no to a request. A no needs its reason."""

    agreed = forms.ChoiceField(
        label="Do you agree?",
        choices=[(YES, "Yes"), (NO, "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes or no"},
    )
    comment = forms.CharField(
        label="Comment",
        help_text="The auditor reads it. Needed where you say no.",
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_agreed(self) -> bool:
        """True for a yes."""
        return bool(self.cleaned_data["agreed"] == YES)


class RequestFilter(forms.Form):
    """Which requests are shown."""

    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "All"), *Kind.choices])
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[
            ("", "All"),
            (WAITING, "Waiting for an answer"),
            (State.AGREED, "Agreed"),
            (State.REFUSED, "Not agreed"),
            (State.WITHDRAWN, "Taken back"),
            (State.OVERTAKEN, "No longer needed"),
        ],
    )
    month = forms.ChoiceField(label="Month", required=False)

    def __init__(self, data: Any, *, months: Sequence[date]) -> None:
        super().__init__(data)
        offered = [(f"{month:%Y-%m}", month_in_words(month)) for month in months]
        self.fields["month"].choices = [("", "All"), *offered]  # type: ignore[attr-defined]  # a ChoiceField

    def apply(self, requests: AuditRequestQuerySet) -> AuditRequestQuerySet:
        """The requests that fit; a choice that makes no sense is left out."""
        self.is_valid()
        chosen = self.cleaned_data
        if chosen.get("kind"):
            requests = requests.filter(kind=chosen["kind"])
        if chosen.get("month"):
            requests = requests.filter(audit__month=f"{chosen['month']}-01")
        return _in_state(requests, chosen["state"]) if chosen.get("state") else requests

    @property
    def active(self) -> bool:
        """Whether anything was chosen."""
        return any(self.data.get(name) for name in self.fields)


def _in_state(requests: AuditRequestQuerySet, state: str) -> AuditRequestQuerySet:
    if state == WAITING:
        return requests.waiting()
    if state == State.OVERTAKEN:
        waiting = AuditRequest.objects.waiting().values("pk")
        return requests.filter(Q(state=state) | (OPEN & ~Q(pk__in=waiting)))
    return requests.filter(state=state)
