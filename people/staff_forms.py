"""The forms of one person: joining, leaving, days away, and how they audit every month."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from people.auditing import MOST_A_MONTH
from people.form_fields import GovDateField
from people.models import Team, User
from people.roles import JobRole
from people.wording import label

AS_RULE = (("", "As the job role says"), ("yes", "Yes"), ("no", "No"))
CODES = {None: "", True: "yes", False: "no"}
IMPORT_HINT = (
    "A staff file that has a column “{}” changes this again where its cell is filled in; its preview says so first."
)


class AbsenceForm(forms.Form):
    """From when to when, and why."""

    starts = GovDateField(label="First day away", help_text="For example, 27 3 2027")
    ends = GovDateField(label="Last day away", help_text="The same day where it is one day")
    reason = forms.CharField(
        label="Reason (optional)",
        help_text="A word or two, such as annual leave. Only the person and those who keep staff records see it.",
        max_length=100,
        required=False,
    )


class AuditingForm(forms.Form):
    """Whether a person audits, how often, and in which rota group."""

    audits_as_rule = forms.ChoiceField(
        label="Is expected to audit",
        choices=AS_RULE,
        widget=forms.RadioSelect,
        required=False,
        help_text="A staff file never changes this.",
    )
    audit_group = forms.CharField(
        label="Rota group",
        help_text="For example A, B or C. Leave it empty where there are no groups. "
        + IMPORT_HINT.format("Audit group"),
        max_length=20,
        required=False,
    )
    monthly_quota = forms.IntegerField(
        label="Audits a month",
        help_text="At most, every month. For one month alone, change it on that month’s page. "
        + IMPORT_HINT.format("Audits a month"),
        min_value=0,
        max_value=MOST_A_MONTH,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-2"}),
        error_messages={"required": "Enter how many audits a month", "invalid": "Enter a whole number, like 1"},
    )

    def __init__(self, data: Any = None, *, person: User, role_audits: bool) -> None:
        initial = {
            "audits_as_rule": CODES[person.audits_as_rule],
            "audit_group": person.audit_group,
            "monthly_quota": person.monthly_quota,
        }
        super().__init__(data, initial=initial)
        said = "expected to audit" if role_audits else "not expected to audit"
        first = ("", f"As the job role says: {said}")
        self.fields["audits_as_rule"].choices = [first, *AS_RULE[1:]]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_audits_as_rule(self) -> bool | None:
        """Yes, no, or None for what the job role says."""
        return {code: value for value, code in CODES.items()}[self.cleaned_data["audits_as_rule"]]


class JoinerForm(forms.Form):
    """What the staff list needs of somebody new."""

    name = forms.CharField(label="Name", max_length=150, error_messages={"required": "Enter the name"})
    email = forms.EmailField(
        label="Work e-mail address",
        help_text="They sign in with it, and reminders go there.",
        error_messages={"required": "Enter the e-mail address"},
    )
    job_role = forms.ChoiceField(
        label="Job role",
        help_text="It says what they may do here, and whether they are expected to audit.",
        error_messages={"required": "Choose the job role"},
    )
    team = forms.ModelChoiceField(
        label="Team (optional)", queryset=Team.objects.filter(is_active=True), required=False, empty_label="None"
    )
    line_manager = forms.ModelChoiceField(
        label="Line manager (optional)",
        help_text="Who is told when one of their audits is late, and answers when they ask for more time.",
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody yet",
    )
    start_date = GovDateField(
        label="Start date (optional)",
        what="the start date",
        help_text="They can sign in, and are in draws, from this day on. Leave it empty where they work here already.",
        required=False,
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        roles = sorted(((code, label("roles", code)) for code in JobRole.values), key=lambda choice: choice[1])
        self.fields["job_role"].choices = [("", "Choose"), *roles]  # type: ignore[attr-defined]  # a ChoiceField
        people = User.objects.working_on(today).order_by("name", "pk")
        self.fields["line_manager"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField


class LeavingForm(forms.Form):
    """From which day on somebody does not work here any more."""

    on = GovDateField(
        label="Date of leaving",
        what="the date of leaving",
        help_text="The first day on which they do not work here any more. For example, 27 3 2027",
    )
