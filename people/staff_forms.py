"""The forms of one person's page: days away, and how they audit every month."""

from __future__ import annotations

from typing import Any

from django import forms

from people.auditing import MOST_A_MONTH
from people.form_fields import GovDateField
from people.models import User

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
