"""Forms of people's months: places, competency, and cases kept out by a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from allocation.changes.month_rota import Rota
from allocation.changes.quotas import MOST_PLACES
from allocation.competence.competency_list import STATES
from allocation.forms.month_forms import DomainForm
from allocation.models import CaseHold
from audits.models import AuditTemplate
from people.form_fields import GovDateField, day_in_words
from people.models import User

READY = (("yes", "Ready to audit alone"), ("no", "Not yet"))


class PlacesForm(DomainForm):
    """The places of several people in one month, and one reason for all that differ."""

    reason = forms.CharField(
        label="Why the places change",
        help_text="Asked once for all the numbers you changed. For example: cover for a colleague on leave.",
        max_length=300,
        required=False,
    )

    def __init__(self, data: Any = None, *, people: Sequence[User], places: Mapping[int, int]) -> None:
        super().__init__(data)
        self.people = people
        for person in people:
            self.fields[field_of(person)] = forms.IntegerField(
                label=f"Places of {person.name}",
                initial=places[person.pk],
                required=data is None or field_of(person) in data,  # not where they came since the page was shown
                min_value=0,
                max_value=MOST_PLACES,
                show_hidden_initial=True,
                widget=forms.TextInput(
                    attrs={
                        "class": "govuk-input govuk-input--width-2",
                        "inputmode": "numeric",
                        "aria-label": f"Places of {person.name}",
                    }
                ),
                error_messages=dict.fromkeys(
                    ("required", "invalid", "min_value", "max_value"),
                    f"{person.name}: enter a whole number from 0 to {MOST_PLACES}",
                ),
            )

    def changed(self) -> dict[User, int]:
        """Who has another number than the page showed, and which."""
        differing = {name for name in self.changed_data if name in self.data}
        return {person: self.cleaned_data[field_of(person)] for person in self.people if field_of(person) in differing}


def field_of(person: User) -> str:
    """The name of the field with a person's places."""
    return f"places_{person.pk}"


class RotaFilter(forms.Form):
    """Which auditors of a month are shown."""

    q = forms.CharField(label="Name", required=False, max_length=100)
    group = forms.ChoiceField(label="Group", required=False)
    show = forms.ChoiceField(label="Show", required=False)

    def __init__(self, data: Any = None, *, rota: Rota) -> None:
        """Each choice with how many it shows; nothing chosen shows everybody."""
        super().__init__(data)
        groups = Counter(row.person.audit_group for row in rota.rows if row.person.audit_group)
        self._offer("group", [("", "All", len(rota.rows)), *((code, f"Group {code}", groups[code]) for code in groups)])
        counts = (len(rota.rows), rota.available, rota.kept_out)
        self._offer("show", list(zip(("", "in", "out"), ("Everybody", "In the draw", "Kept out"), counts, strict=True)))

    def _offer(self, name: str, choices: Iterable[tuple[str, str, int]]) -> None:
        worded = [(code, f"{words} ({count:,})") for code, words, count in sorted(choices)]
        self.fields[name].choices = worded  # type: ignore[attr-defined]  # a ChoiceField


class CompetencyFilter(forms.Form):
    """For which template, and whom."""

    template = forms.ModelChoiceField(
        label="Template", queryset=AuditTemplate.objects.none(), required=False, to_field_name="code", empty_label=None
    )
    q = forms.CharField(label="Name", required=False, max_length=100)
    state = forms.ChoiceField(label="Show", required=False, choices=[("", "Everybody"), *STATES.items()])

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        used = AuditTemplate.objects.filter(versions__published_at__isnull=False).distinct().order_by("name")
        self.fields["template"].queryset = used  # type: ignore[attr-defined]  # a ModelChoiceField


class LearningForm(DomainForm):
    """Who supervises; and, where somebody begins, who learns."""

    user = forms.ModelChoiceField(
        label="Who learns",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose who learns"},
    )
    supervisor = forms.ModelChoiceField(
        label="Supervisor",
        help_text="Somebody signed off for this template. They are given the audits together.",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose a supervisor"},
    )

    def __init__(
        self, data: Any = None, *, supervisors: Sequence[User], learners: Sequence[User] = (), user: str = ""
    ) -> None:
        super().__init__(data, initial={"user": user})
        self._offer("supervisor", supervisors)
        self.fields["supervisor"].label_from_instance = _with_leaving  # type: ignore[attr-defined]  # a ModelChoiceField
        if learners:
            self._offer("user", learners)
        else:
            del self.fields["user"]

    def _offer(self, name: str, people: Sequence[User]) -> None:
        found = User.objects.filter(pk__in=[person.pk for person in people]).order_by("name", "pk")
        self.fields[name].queryset = found  # type: ignore[attr-defined]  # a ModelChoiceField


def _with_leaving(person: User) -> str:
    """A name, with the day of leaving where one is known."""
    return f"{person}, leaves on {day_in_words(person.leave_date)}" if person.leave_date else str(person)


class EvaluationForm(DomainForm):
    """What a head of service makes of a learner."""

    ready = forms.ChoiceField(
        label="Is this person ready to audit alone?",
        choices=READY,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether they are ready"},
    )
    comment = forms.CharField(
        label="Comment",
        help_text="What goes well, and what they still need. The learner and the supervisor can read it.",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_ready(self) -> bool:
        """Whether they are."""
        return self.cleaned_data["ready"] == "yes"


class WithdrawForm(DomainForm):
    """Why somebody no longer audits with a template."""

    note = forms.CharField(
        label="Why",
        help_text="The auditor can read it.",
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why"},
    )


class BeforeThePortalForm(DomainForm):
    """Many people at once who were signed off before the portal: who, since when, and how that is known."""

    people = forms.ModelMultipleChoiceField(
        label="Who was signed off",
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one person"},
    )
    on = GovDateField(label="Signed off on", help_text="For example, 27 3 2026. One date for all you ticked.")
    note = forms.CharField(
        label="How this is known",
        help_text="It stays on the record. For example: signed off by the leadership team after the autumn workshops.",
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say how this is known"},
    )

    def __init__(self, data: Any = None, *, people: Sequence[User], tick_all: bool = False) -> None:
        super().__init__(data, initial={"people": [person.pk for person in people]} if tick_all else None)
        offered = User.objects.filter(pk__in=[person.pk for person in people]).order_by("name", "pk")
        self.fields["people"].queryset = offered  # type: ignore[attr-defined]  # a ModelChoiceField


class HoldForm(DomainForm):
    """Why a case is kept out of draws, and until when."""

    why = forms.ChoiceField(
        label="Why",
        choices=CaseHold.Why.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why"},
    )
    note = forms.CharField(
        label="Note (optional)",
        help_text="Only those who run the programme can read it. Do not name a child.",
        max_length=300,
        required=False,
    )
    until = GovDateField(
        label="Last day (optional)",
        help_text="Leave it empty to keep the case out until somebody ends it.",
        required=False,
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        self.fields["until"].earliest = today  # type: ignore[attr-defined]  # a GovDateField
