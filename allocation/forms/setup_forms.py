"""Forms of the pages on which a month is set up, and of themes and rules: they check what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from allocation.eligibility import cohort as cohorts
from allocation.eligibility.rules import LIMITS
from allocation.eligibility.rules_history import COMPETENCY, RULES, now_in_words
from allocation.forms.month_forms import DomainForm, MonthForm, reason_field
from allocation.models import Cycle, Evened, Rules, Strata, StrataMethod
from allocation.months.design import LONGEST_QUESTION, MOST_QUESTIONS
from people.models import Service, Team
from people.wording import label

SMALL_NUMBER = {"class": "govuk-input--width-4"}


def _number(
    text: str, hint: str = "", *, low: int = 0, high: int, required: bool = True, named: str = ""
) -> forms.IntegerField:
    """A whole number from low to high, in a narrow input; errors name it by its label, or as `named`."""
    words = f"{named or text}: enter a whole number from {low} to {high:,}"
    return forms.IntegerField(
        label=text,
        help_text=hint,
        min_value=low,
        max_value=high,
        required=required,
        widget=forms.NumberInput(attrs=SMALL_NUMBER),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), words),
    )


class ChangeMonthForm(MonthForm):
    """Change what a month is about, its dates and who audits."""

    def __init__(self, data: Any = None, *, cycle: Cycle) -> None:
        names = ("theme", "template_version", "target", "due_on", "groups")
        first = {name: getattr(cycle, name) for name in names}
        super().__init__(data, initial=first, kept=cycle.template_version_id)
        self._month = cycle.month
        if "saved_theme" in self.fields:
            field = self.fields["saved_theme"]
            field.label, field.empty_label = "Use a saved theme", "Keep the cases and questions as they are"  # type: ignore[attr-defined]  # a ModelChoiceField
            field.help_text = "It replaces the cases and the questions of this month by its own."

    def month_of(self, cleaned: dict[str, Any]) -> date | None:
        """The month that is changed."""
        return self._month

    def clean(self) -> dict[str, Any]:
        """A saved theme that is chosen now brings its own name, unless another was typed."""
        cleaned = super().clean()
        if cleaned.get("saved_theme") and cleaned.get("theme") == self.initial["theme"]:
            cleaned["theme"] = ""
        return cleaned


class CohortForm(DomainForm):
    """Which cases a month or a theme is about (L3). Nothing chosen: every open case."""

    plans = forms.MultipleChoiceField(label="Plan", widget=forms.CheckboxSelectMultiple, required=False)
    cp_category = forms.CharField(
        label="Child protection category",
        help_text="For example: neglect, or sexual abuse. Cases count whose category contains these words.",
        max_length=cohorts.LONGEST_CATEGORY,
        required=False,
    )
    age_from = _number("Youngest age", "In whole years.", high=cohorts.OLDEST, required=False)
    age_to = _number("Oldest age", "Still included.", high=cohorts.OLDEST, required=False)
    flags = forms.MultipleChoiceField(
        label="Marked as",
        help_text="As the case management system marks them.",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    flags_all = forms.ChoiceField(
        label="Where several are chosen",
        choices=[("", "Cases marked with any of them"), ("all", "Only cases marked with all of them")],
        widget=forms.RadioSelect,
        required=False,
    )
    services = forms.MultipleChoiceField(label="Service", widget=forms.CheckboxSelectMultiple, required=False)
    teams = forms.MultipleChoiceField(label="Team", widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, data: Any = None, *, cohort: Mapping[str, Any], today: date, **kwargs: Any) -> None:
        initial = {**cohort, "flags_all": "all" if cohort.get("flags_all") else "", **kwargs.pop("initial", {})}
        super().__init__(data, initial=initial, **kwargs)
        known = {flag.code: f"{flag.words} ({flag.cases:,})" for flag in cohorts.known_flags(today=today)}
        kept = {code: cohorts.flag_in_words(code) for code in cohort.get("flags", [])}
        self._offer("plans", [(plan, label("plans", plan)) for plan in cohorts.PLANS])
        self._offer("flags", list((kept | known).items()))
        self._offer("services", list(Service.objects.order_by("name").values_list("pk", "name")))
        self._offer("teams", list(Team.objects.order_by("name").values_list("pk", "name")))
        if "flags" not in self.fields:
            del self.fields["flags_all"]

    def _offer(self, name: str, choices: Sequence[tuple[Any, str]]) -> None:
        if choices:
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        else:
            del self.fields[name]

    def cohort(self) -> dict[str, Any]:
        """What was chosen, as a cohort."""
        found = {name: self.cleaned_data[name] for name in COHORT if name in self.cleaned_data}
        found |= {name: [int(pk) for pk in found[name]] for name in ("services", "teams") if name in found}
        return found | {"flags_all": found.get("flags_all") == "all"}

    def clean(self) -> dict[str, Any]:
        """Refuses ages the wrong way round."""
        cleaned: dict[str, Any] = super().clean() or {}
        youngest, oldest = cleaned.get("age_from"), cleaned.get("age_to")
        if youngest is not None and oldest is not None and oldest < youngest:
            self.add_error("age_to", "The oldest age must not be below the youngest")
        return cleaned


COHORT = tuple(CohortForm.base_fields)


class QuestionsForm(DomainForm):
    """Up to five questions that the audits of a month ask on top of the template; empty ones are left out."""

    def __init__(self, data: Any = None, *, questions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        add_questions(self, questions)

    def questions(self) -> list[str]:
        """What was typed, in order."""
        return typed_questions(self)

    def refuse(self, error: Any) -> None:
        """What is wrong with the questions is shown beside the first."""
        error.field = "question_1" if error.field == "questions" else error.field
        super().refuse(error)


def add_questions(form: forms.Form, questions: Sequence[str]) -> None:
    """Add the inputs for a theme's questions to a form, filled in with those there are."""
    for number in range(1, MOST_QUESTIONS + 1):
        form.fields[f"question_{number}"] = forms.CharField(
            label=f"Question {number}",
            max_length=LONGEST_QUESTION,
            required=False,
            initial=questions[number - 1] if number <= len(questions) else "",
            widget=forms.Textarea(attrs={"rows": 2}),
            error_messages={"max_length": f"A question can have up to {LONGEST_QUESTION} characters"},
        )


def typed_questions(form: forms.Form) -> list[str]:
    """The questions typed into a form, in order, empty ones too."""
    return [form.cleaned_data.get(f"question_{number}", "") for number in range(1, MOST_QUESTIONS + 1)]


class ThemeForm(CohortForm):
    """A theme that is kept: its name, its cases, its questions."""

    name = forms.CharField(label="Name", max_length=150, error_messages={"required": "Give the theme a name"})
    field_order = ("name",)

    def __init__(self, data: Any = None, *, name: str, questions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(data, initial={"name": name}, **kwargs)
        add_questions(self, questions)

    def questions(self) -> list[str]:
        """What was typed, in order."""
        return typed_questions(self)

    def refuse(self, error: Any) -> None:
        """What is wrong with the questions is shown beside the first."""
        error.field = "question_1" if error.field == "questions" else error.field
        super().refuse(error)


class SpreadForm(DomainForm):
    """What a draw is spread over, and how many each part gives."""

    strata_by = forms.ChoiceField(
        label="Spread the cases over", choices=Strata.choices, widget=forms.RadioSelect, required=False
    )
    method = forms.ChoiceField(
        label="How many each gives",
        choices=[
            (StrataMethod.PROPORTIONAL, "In proportion to its cases in the pool"),
            (StrataMethod.FIXED, "A number that I choose for each, on the next page"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how many each gives"},
    )
    minimum = _number(
        "At least this many from each",
        "In proportion only: even the smallest gives so many, where it has them.",
        high=2000,
    )


class NumbersForm(DomainForm):
    """How many cases each stratum gives, where the numbers are fixed."""

    def __init__(self, data: Any = None, *, rows: Sequence[Any], numbers: Mapping[str, int]) -> None:
        super().__init__(data)
        self._names: dict[str, str] = {}
        for position, row in enumerate(rows):
            name = f"number_{position}"
            self._names[name] = row.key
            self.fields[name] = _number(row.label, high=2000, required=False)
            self.fields[name].initial = numbers.get(row.key, 0)
        self.rows = [(row, self[name]) for row, name in zip(rows, self._names, strict=True)]

    def numbers(self) -> dict[str, int]:
        """The number for each stratum; nought where none was typed."""
        return {key: self.cleaned_data.get(name) or 0 for name, key in self._names.items()}

    @property
    def total(self) -> int:
        """What the numbers come to, as far as they can be read; also where they were refused."""
        typed = [str(self[name].value() or 0).strip() for name in self._names]
        return sum(int(number) for number in typed if number.isascii() and number.isdigit())

    def refuse(self, error: Any) -> None:
        """A sum that is wrong belongs to all the numbers; the summary leads to the first."""
        error.field = next(iter(self._names), None) if error.field == "numbers" else error.field
        super().refuse(error)


class FairnessForm(DomainForm):
    """What is fair to auditors and to families."""

    evened_over = forms.ChoiceField(label="Even out the auditors’ loads over", widget=forms.RadioSelect)
    one_per_family = forms.BooleanField(label="Draw one child of a family at most", required=False)
    with_re_audits = forms.BooleanField(label="Add the re-audits that are due", required=False)

    def __init__(self, data: Any = None, *, cycle: Cycle) -> None:
        names = ("evened_over", "one_per_family", "with_re_audits")
        super().__init__(data, initial={name: getattr(cycle, name) for name in names})
        evened = self.fields["evened_over"]
        evened.choices = Evened.choices  # type: ignore[attr-defined]  # a ChoiceField
        evened.choice_hints = {  # type: ignore[attr-defined]  # read by the form pack
            Evened.CYCLE.value: "Everybody gets as many audits as everybody else this month, as far as places allow.",
            Evened.YEAR.value: "Whoever had fewer audits in the last twelve months gets more now.",
        }
        self.fields[
            "one_per_family"
        ].help_text = "So that a family is not asked twice. Of brothers and sisters, only one can come up."
        self.fields["with_re_audits"].help_text = (
            "Cases that were graded Inadequate, and a sample of those that require improvement. They come on top of "
            "the number of audits wanted and are counted apart."
        )


class SaveThemeForm(DomainForm):
    """The name under which a month's cases and questions are kept."""

    name = forms.CharField(
        label="Name of the theme", max_length=150, error_messages={"required": "Give the theme a name"}
    )

    def ask_to_replace(self, error: Any) -> None:
        """Show that the name is taken, with the box to tick that replaces the theme."""
        self.offer_to_replace(str(error.theme))
        self.refuse(error)

    def offer_to_replace(self, name: str) -> None:
        """Add the box to tick."""
        self.fields["replace"] = forms.BooleanField(
            label=f"Replace the saved theme “{name}” by this month’s cases and questions", required=False
        )


class RulesForm(DomainForm):
    """The rules of the programme, and why they change."""

    def __init__(self, data: Any = None, *, rules: Rules) -> None:
        super().__init__(data)
        for name, (text, hint, unit) in RULES.items():
            low, high = LIMITS[name]
            hint = f"{hint} {now_in_words(rules, name)}"
            self.fields[name] = _number(f"{text} ({unit})", hint, low=low, high=high, named=text)
            self.fields[name].initial = getattr(rules, name)
        text, hint = COMPETENCY
        self.fields["competency_required"] = forms.BooleanField(
            label=text,
            help_text=f"{hint} {now_in_words(rules, 'competency_required')}",
            required=False,
            initial=rules.competency_required,
        )
        self.fields["reason"] = reason_field("Why the rules change", "It is shown in the history of changes.")
