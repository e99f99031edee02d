"""Forms about a case and an auditor: why not, and giving a case by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from allocation.forms.case_field import CaseField
from allocation.forms.month_forms import DomainForm, reason_field
from allocation.months.overriding import AS_DRAWN, StandsAgainst
from audits.models import Case, Selection
from people.form_fields import GovDateField
from people.models import User
from people.roles import Permission, roles_with


class PairForm(DomainForm):
    """A case and an auditor, to see why one would not get the other."""

    case = CaseField(
        label="Case",
        help_text="Its reference, as the list of cases has it.",
        max_length=50,
        error_messages={"required": "Enter the case’s reference"},
    )
    auditor = forms.ModelChoiceField(
        label="Auditor",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose an auditor"},
    )

    def __init__(
        self, data: Any = None, *, cases: QuerySet[Case], today: date, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.fields["case"].cases = cases  # type: ignore[attr-defined]  # a CaseField
        able = Q(job_role__in=roles_with(Permission.AUDIT)) | Q(audits_as_rule=True)
        people = User.objects.working_on(today).filter(able).order_by("name", "pk")
        self.fields["auditor"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField


class OverrideForm(PairForm):
    """A pair given by hand, with the reason on record (L2)."""

    against: Sequence[str] = ()
    selection = forms.ChoiceField(
        label="What the case counts as",
        help_text="Only random cases count in the headline percentages.",
        choices=[
            (Selection.TARGETED.value, "Targeted: I chose it for a reason of its own"),
            (Selection.COMPLAINT.value, "After a complaint"),
            (AS_DRAWN, "As drawn: its ticket came up and nobody could take it"),
        ],
        initial=Selection.TARGETED.value,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the case counts as"},
    )
    due_on = GovDateField(
        label="Due date",
        help_text="The month’s own due date has passed, so this audit needs one of its own. A working day.",
        required=False,
    )
    reason = reason_field(
        "Why this case goes to this auditor", "It is shown on the audit, to everybody who may read it."
    )

    def __init__(self, data: Any = None, *, needs_due_date: bool = False, **options: Any) -> None:
        super().__init__(data, **options)
        if not needs_due_date:
            del self.fields["due_on"]

    def read_mark(self) -> str:
        """The mark of what was ticked as read; empty where nothing was."""
        return str(self.data.get("read", ""))

    def ask_to_read(self, error: StandsAgainst) -> None:
        """Show what stands against the pair, with the box to tick."""
        self.against = error.reasons
        self.fields["read"] = forms.MultipleChoiceField(
            label="What stands against it",
            choices=[(error.mark, "I have read what stands against it")],
            widget=forms.CheckboxSelectMultiple,
        )
        self.refuse(error)
