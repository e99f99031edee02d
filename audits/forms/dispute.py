"""Disagreement: what is not agreed with, line by line; the review session; who mediates; what mediation decides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField

from audits.after.dispute_findings import Finding
from audits.after.disputes import Line
from audits.after.grade_changes import OVERALL
from audits.after.reviewing import Came
from audits.forms.drafts import LONGEST_TEXT
from audits.models import DisputeLine, Outcome
from audits.structure import GradeChoice
from people.form_fields import GovDateField
from people.models import User

Choices = list[tuple[str, str]]


def _text(label: str, *, hint: str = "", rows: int = 3, needed: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=bool(needed),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"}),
        error_messages={"required": needed} if needed else None,
    )


def _radios(label: str, choices: Choices, *, hint: str = "", inline: bool = False) -> forms.ChoiceField:
    attrs = {"class": "govuk-radios--inline govuk-radios--small"} if inline else {}
    return forms.ChoiceField(
        label=label, help_text=hint, choices=choices, required=False, widget=forms.RadioSelect(attrs=attrs)
    )


def _codes(grades: Sequence[GradeChoice], *, but: int | None) -> Choices:
    return [(grade.point.code, grade.point.label) for grade in grades if grade.pk != but]


def _earlier(said: Mapping[str, Line]) -> dict[str, str]:
    """What was said in the round before, by the inputs that hold it."""
    texts = {f"said__{code}": line.said for code, line in said.items()}
    return texts | {f"wanted__{code}": line.wanted for code, line in said.items() if line.wanted}


@dataclass(frozen=True, slots=True)
class Asked:
    """One finding or line on a page, with the inputs that belong to it; open where something is written or wrong."""

    about: Any
    inputs: list[BoundField]
    is_open: bool
    standards: list[Asked]


class DisputeForm(forms.Form):
    """What somebody does not agree with: for each finding why, and for a grade the one they would give."""

    def __init__(
        self,
        data: Any = None,
        *,
        findings: Sequence[Finding],
        grades: Sequence[GradeChoice],
        said_before: Mapping[str, Line],
    ) -> None:
        super().__init__(data, initial=_earlier(said_before))
        self.findings = findings
        for finding in findings:
            choices = _codes(grades, but=finding.grade.pk if finding.grade else None)
            self.fields[f"wanted__{finding.code}"] = _radios("The grade you would give", choices, inline=True)
            self.fields[f"said__{finding.code}"] = _text(
                "Why", hint="What do you see differently? Where is it in the file?"
            )
            for standard in finding.standards:
                self.fields[f"said__{standard.code}"] = _text("What you see differently", rows=2)

    def groups(self) -> Iterator[Asked]:
        """Every finding with its inputs and those of its standards."""
        for finding in self.findings:
            standards = [self._asked(standard, [f"said__{standard.code}"]) for standard in finding.standards]
            yield self._asked(finding, [f"wanted__{finding.code}", f"said__{finding.code}"], standards)

    def _asked(self, finding: Finding, names: list[str], standards: Sequence[Asked] = ()) -> Asked:
        inputs = [self[name] for name in names]
        written = any(each.value() or each.errors for each in inputs)
        return Asked(finding, inputs, written or any(each.is_open for each in standards), list(standards))

    def lines(self) -> list[Line]:
        """What was said, finding by finding; those left empty are not raised."""
        found = []
        for name in self.fields:
            kind, code = name.split("__", 1)
            said, wanted = self.cleaned_data[f"said__{code}"], self.cleaned_data.get(f"wanted__{code}", "")
            if kind == "said" and (said.strip() or wanted):
                found.append(Line(code, said, wanted))
        return found


class OutcomesForm(forms.Form):
    """What became of each line: of the review session, or decided in mediation."""

    open_hint = ""

    def __init__(
        self, data: Any = None, *, lines: Sequence[DisputeLine], grades: Sequence[GradeChoice], capped: bool
    ) -> None:
        super().__init__(data)
        self.lines = lines
        for line in lines:
            self.fields[f"outcome__{line.code}"] = _radios(
                "What becomes of it?", list(Outcome.choices), hint=self.open_hint
            )
            if line.given_id is not None:
                choices = _codes(grades, but=line.given_id)
                hint = "Only where the grade changes."
                self.fields[f"grade__{line.code}"] = _radios("The new grade", choices, hint=hint, inline=True)
            self.fields[f"why__{line.code}"] = _text("Why", hint="Everybody who reads the audit reads this.")
            if capped and line.code == OVERALL:
                self.fields[f"despite__{line.code}"] = _text(
                    "Why so high, although the outcomes are neither met nor on the way?",
                    hint="Only where the new grade is one that the auditor could not have given with these outcomes.",
                    rows=2,
                )

    def groups(self) -> Iterator[Asked]:
        """Every line with its inputs."""
        for line in self.lines:
            names = [f"{kind}__{line.code}" for kind in ("outcome", "grade", "why", "despite")]
            yield Asked(line, [self[name] for name in names if name in self.fields], True, [])

    def came(self) -> dict[str, Came]:
        """What became of each line, by its code."""
        said = self.cleaned_data
        return {
            line.code: Came(
                outcome=said.get(f"outcome__{line.code}", ""),
                why=said.get(f"why__{line.code}", ""),
                grade=said.get(f"grade__{line.code}", ""),
                despite=said.get(f"despite__{line.code}", ""),
            )
            for line in self.lines
        }


class ReviewForm(OutcomesForm):
    """The review session: when, who was there, whether they came to one view, and what became of each line."""

    open_hint = "Leave it open where you did not come to one view."

    def __init__(self, data: Any = None, *, people: Collection[User], today: date, **given: Any) -> None:
        super().__init__(data, **given)
        self.people = {str(person.pk): person for person in people}
        self.fields["held_on"] = GovDateField(
            label="When was the session?", what="the day of the session", latest=today
        )
        self.fields["present"] = forms.MultipleChoiceField(
            label="Who was there?",
            choices=[(pk, person.name) for pk, person in self.people.items()],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["others_present"] = forms.CharField(label="Who else? (optional)", required=False, max_length=300)
        self.fields["agreed"] = forms.ChoiceField(
            label="Did you come to one view, on every line?",
            choices=[("yes", "Yes"), ("no", "No")],
            widget=forms.RadioSelect,
            error_messages={"required": "Say whether you came to one view"},
        )
        self.fields["note"] = _text(
            "What was said", hint="In a few sentences, for everybody who reads the audit.", needed="Write what was said"
        )

    def meeting_inputs(self) -> list[BoundField]:
        """The questions about the session itself, before the lines."""
        return [self[name] for name in ("held_on", "present", "others_present", "note")]

    def present(self) -> list[User]:
        """Who was ticked."""
        return [self.people[pk] for pk in self.cleaned_data["present"]]


class MediatorsForm(forms.Form):
    """Who is asked to mediate."""

    def __init__(self, data: Any = None, *, people: Sequence[User], proposed: Collection[User]) -> None:
        super().__init__(data, initial={"mediators": [str(person.pk) for person in proposed]})
        self.people = {str(person.pk): person for person in people}
        field = forms.MultipleChoiceField(
            label="Who mediates?",
            help_text="The portal proposes the head of service and quality assurance. Each of them can decide.",
            choices=[(pk, person.name) for pk, person in self.people.items()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "Choose who mediates"},
        )
        field.choice_hints = {pk: _job(person) for pk, person in self.people.items()}  # type: ignore[attr-defined]  # read by the form pack
        self.fields["mediators"] = field

    def chosen(self) -> list[User]:
        """Who was ticked."""
        return [self.people[pk] for pk in self.cleaned_data["mediators"]]


def _job(person: User) -> str:
    return str(person.job_title)


class DecisionForm(OutcomesForm):
    """What mediation decides: every line, and a few sentences for everybody."""

    def __init__(self, data: Any = None, **given: Any) -> None:
        super().__init__(data, **given)
        self.fields["note"] = _text(
            "What you decided, and why",
            hint="In a few sentences. Auditor, worker and team manager read this first.",
            rows=4,
            needed="Write what you decided, and why",
        )
