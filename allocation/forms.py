"""Forms of the allocation pages: they check what was typed, the domain decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from allocation.cycles import default_due_on, default_target, default_template
from allocation.messages import month_in_words
from allocation.models import Cycle
from allocation.month_lock import SHORTEST_REASON, CycleError
from allocation.publishing import StandsAgainst
from allocation.rota import next_groups, rota_groups
from audits.deadlines import add_months
from audits.models import Case, TemplateVersion
from people.form_fields import GovDateField
from people.models import User
from people.roles import Permission, roles_with

MONTHS_AHEAD = 12
MONTH_FORM = "%Y-%m"


class DomainForm(forms.Form):
    """A form that can show what the domain refused beside the field it is about."""

    def refuse(self, error: CycleError) -> None:
        """Show a refusal beside its field, or above the form where it has none."""
        self.add_error(error.field if error.field in self.fields else None, str(error))


def to_month(value: str) -> date:
    """The first day of a month written as 2026-11."""
    year, month = value.split("-")
    return date(int(year), int(month), 1)


def _coming_months(today: date) -> list[date]:
    return [add_months(today.replace(day=1), number) for number in range(MONTHS_AHEAD)]


def _statuses(months: list[date]) -> dict[date, str]:
    return dict(Cycle.objects.filter(month__in=months).values_list("month", "status"))


def _reason(label: str, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": f"Give the reason in at least {SHORTEST_REASON} characters"},
    )


class OpenCycleForm(DomainForm):
    """What a new month needs (L1). Filled in with this month, or the next where this one has a cycle."""

    month = forms.ChoiceField(label="Month", error_messages={"required": "Choose the month"})
    theme = forms.CharField(
        label="Theme (optional)",
        help_text="For example: neglect, or children missing from care.",
        max_length=150,
        required=False,
    )
    template_version = forms.ModelChoiceField(
        label="Template",
        queryset=TemplateVersion.objects.none(),
        empty_label=None,
        error_messages={"required": "Choose a template"},
    )
    target = forms.IntegerField(
        label="How many audits",
        min_value=1,
        max_value=2000,
        error_messages={"required": "Enter how many audits are wanted", "invalid": "Enter a whole number, like 30"},
    )
    due_on = GovDateField(
        label="Due date",
        help_text="A working day. Leave it empty for the last working day of the month.",
        required=False,
    )
    groups = forms.MultipleChoiceField(
        label="Who audits",
        help_text="Choose rota groups, or none for everybody.",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        months = _coming_months(today)
        statuses = _statuses(months)
        free = [month for month in months if statuses.get(month, Cycle.Status.PAUSED) == Cycle.Status.PAUSED]
        begin_with = next((month for month in free if month not in statuses), None) or (free[0] if free else months[0])
        initial = {
            "month": begin_with.strftime(MONTH_FORM),
            "template_version": default_template(),
            "target": default_target(),
            "due_on": default_due_on(begin_with),
            "groups": next_groups(),
        }
        super().__init__(data, initial=initial)
        self._offer(free, paused=set(statuses))

    def _offer(self, months: list[date], *, paused: set[date]) -> None:
        self.fields["month"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (f"{month:%Y-%m}", month_in_words(month) + (" (paused)" if month in paused else "")) for month in months
        ]
        published = TemplateVersion.objects.filter(published_at__isnull=False).select_related("template")
        versions = published.order_by("template__name", "-number")
        self.fields["template_version"].queryset = versions  # type: ignore[attr-defined]  # a ModelChoiceField
        groups = rota_groups()
        self.fields["groups"].choices = [(group, f"Group {group}") for group in groups]  # type: ignore[attr-defined]  # a ChoiceField
        if not groups:
            del self.fields["groups"]

    def clean_month(self) -> date:
        """The month's first day."""
        return to_month(self.cleaned_data["month"])

    def clean(self) -> dict[str, Any]:
        """With the last working day of the month where no due date was given."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "month" in cleaned and "due_on" in cleaned and cleaned["due_on"] is None:
            cleaned["due_on"] = default_due_on(cleaned["month"])
        cleaned.setdefault("groups", [])
        return cleaned


class PauseForm(DomainForm):
    """Months without audits, and why (L1)."""

    months = forms.MultipleChoiceField(
        label="Which months",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one month"},
    )
    reason = _reason("Why the programme pauses", "Reports show it. For example: an inspection is expected.")

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        months = _coming_months(today)
        fixed = {Cycle.Status.PUBLISHED, Cycle.Status.CLOSED, Cycle.Status.PAUSED}
        statuses = _statuses(months)
        free = [month for month in months if statuses.get(month) not in fixed]
        offered = [(f"{month:%Y-%m}", month_in_words(month)) for month in free]
        self.fields["months"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField

    def clean_months(self) -> list[date]:
        """The first day of each month."""
        return [to_month(value) for value in self.cleaned_data["months"]]


class RedrawForm(DomainForm):
    """Why a draw is made again (L4)."""

    reason = _reason("Why draw again", "The first draw is kept, and the reason is shown with the new one.")


class PairForm(DomainForm):
    """A case and an auditor, to see why one would not get the other."""

    case = forms.CharField(
        label="Case",
        help_text="Its reference.",
        max_length=50,
        error_messages={"required": "Enter the case’s reference"},
    )
    auditor = forms.ModelChoiceField(
        label="Auditor",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose an auditor"},
    )

    def __init__(self, data: Any = None, *, cases: QuerySet[Case], today: date) -> None:
        super().__init__(data)
        self._cases = cases
        able = Q(job_role__in=roles_with(Permission.AUDIT)) | Q(audits_as_rule=True)
        people = User.objects.working_on(today).filter(able).order_by("name", "pk")
        self.fields["auditor"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_case(self) -> Case:
        """The case of that reference."""
        case = self._cases.filter(reference__iexact=self.cleaned_data["case"].strip()).first()
        if case is None:
            raise forms.ValidationError("There is no case with this reference")
        return case


class OverrideForm(PairForm):
    """A pair given by hand, with the reason on record (L2)."""

    against: Sequence[str] = ()
    reason = _reason("Why this case goes to this auditor", "It is shown on the audit, to everybody who may read it.")

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
