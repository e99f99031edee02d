"""Forms of the allocation pages: they check what was typed, the domain decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MinLengthValidator

from allocation.eligibility.rota import next_groups, rota_groups
from allocation.messages import month_in_words
from allocation.models import Cycle, Theme
from allocation.month_lock import SHORTEST_REASON, CycleError
from allocation.months.cycles import default_due_on, default_target, default_template
from allocation.months.design import LARGEST_TARGET
from audits.deadlines import add_months
from audits.models import TemplateVersion
from audits.templates_made.publishing import in_words, offered
from people.form_fields import GovDateField

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


def reason_field(label: str, hint: str) -> forms.CharField:
    """A reason. Too short a one is refused here already, beside whatever else is wrong; the domain asks again."""
    too_short = f"Give the reason in at least {SHORTEST_REASON} characters"
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[MinLengthValidator(SHORTEST_REASON, too_short)],
        error_messages={"required": too_short},
    )


class MonthForm(DomainForm):
    """What a month is about and when its audits are due: the part that opening and changing one ask alike."""

    saved_theme = forms.ModelChoiceField(
        label="Theme",
        queryset=Theme.objects.none(),
        help_text="A saved theme brings the cases it is about and its questions.",
        empty_label="No saved theme",
        required=False,
    )
    theme = forms.CharField(
        label="Name of the theme (optional)",
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
        max_value=LARGEST_TARGET,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
        error_messages={
            "required": "Enter how many audits are wanted",
            "invalid": "How many audits: enter a whole number, like 30",
            **dict.fromkeys(("min_value", "max_value"), f"How many audits must be between 1 and {LARGEST_TARGET:,}"),
        },
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

    def __init__(self, data: Any = None, *, initial: dict[str, Any], kept: int | None = None) -> None:
        super().__init__(data, initial=initial)
        versions = offered(besides=kept).order_by("template__name", "-number")
        self.fields["template_version"].queryset = versions  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["template_version"].label_from_instance = in_words  # type: ignore[attr-defined]  # the stubs know only Field
        if initial.get("template_version") is None:  # a list would quietly begin with the first by name
            self.fields["template_version"].empty_label = "Choose a template"  # type: ignore[attr-defined]  # the stubs know only Field
        self._offer_themes()
        self._offer_groups(initial.get("groups", []))

    def _offer_themes(self) -> None:
        themes = Theme.objects.filter(retired_at__isnull=True)
        self.fields["saved_theme"].queryset = themes  # type: ignore[attr-defined]  # a ModelChoiceField
        if themes.exists():
            self.fields["theme"].help_text = "Leave it empty to use the saved theme’s own name."
        else:
            del self.fields["saved_theme"]

    def _offer_groups(self, chosen: Sequence[str]) -> None:
        groups = sorted({*rota_groups(), *chosen})
        self.fields["groups"].choices = [(group, f"Group {group}") for group in groups]  # type: ignore[attr-defined]  # a ChoiceField
        if not groups:
            del self.fields["groups"]

    def month_of(self, cleaned: dict[str, Any]) -> date | None:
        """The month that the form is about; None where it is not known."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """With the last working day of the month where no due date was given."""
        cleaned: dict[str, Any] = super().clean() or {}
        month = self.month_of(cleaned)
        if month and "due_on" in cleaned and cleaned["due_on"] is None:
            cleaned["due_on"] = default_due_on(month)
        cleaned.setdefault("groups", [])
        cleaned.setdefault("saved_theme", None)
        return cleaned


class OpenCycleForm(MonthForm):
    """What a new month needs (L1). Filled in with this month, or the next where this one has a cycle.

    `wanted` is the month, and `theme` the saved theme, that a link asked for.
    """

    month = forms.ChoiceField(label="Month", error_messages={"required": "Choose the month"})
    field_order = ("month",)

    def __init__(self, data: Any = None, *, today: date, wanted: str = "", theme: str = "") -> None:
        months = _coming_months(today)
        cycles = {cycle.month: cycle for cycle in Cycle.objects.filter(month__in=months)}
        paused = {month for month, cycle in cycles.items() if cycle.status == Cycle.Status.PAUSED}
        free = [month for month in months if month not in cycles or month in paused]
        asked = next((month for month in free if f"{month:%Y-%m}" == wanted), None)
        begin_with = asked or next((month for month in free if month not in paused), None) or [*free, months[0]][0]
        super().__init__(data, initial=_to_begin_with(begin_with, cycles.get(begin_with)) | {"saved_theme": theme})
        self.fields["month"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (f"{month:%Y-%m}", month_in_words(month) + (" (paused)" if month in paused else "")) for month in free
        ]

    def month_of(self, cleaned: dict[str, Any]) -> date | None:
        """The month chosen."""
        return cleaned.get("month")

    def clean_month(self) -> date:
        """The month's first day."""
        return to_month(self.cleaned_data["month"])


def _to_begin_with(month: date, cycle: Cycle | None) -> dict[str, Any]:
    """What the form for opening a month is filled in with; a month that was open before keeps what it had."""
    before = cycle if cycle is not None and cycle.template_version_id else None
    return {
        "month": month.strftime(MONTH_FORM),
        "theme": before.theme if before else "",
        "template_version": before.template_version_id if before else default_template(),
        "target": before.target if before else default_target(),
        "due_on": default_due_on(month),
        "groups": before.groups if before else next_groups(),
    }


class PauseForm(DomainForm):
    """Months without audits, and why (L1)."""

    months = forms.MultipleChoiceField(
        label="Which months",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one month"},
    )
    reason = reason_field("Why the programme pauses", "Reports show it. For example: an inspection is expected.")

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

    reason = reason_field("Why draw again", "The first draw is kept, and the reason is shown with the new one.")
