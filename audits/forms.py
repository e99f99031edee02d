"""The forms of an audit. Draft forms are bound to what was typed so far and complain only when asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from audits.models import Grade, Outcomes, SmartAction
from audits.structure import AuditForm
from grading.rules import refusals
from people.form_fields import GovDateField
from people.models import User

YES_NO = [("yes", "Yes"), ("no", "No")]
LONGEST_TEXT = 1_000_000  # characters in one answer; a whole page may hold three times that


def _text(label: str, *, rows: int = 5, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"}),
    )


def _line(label: str, *, hint: str = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, required=False, max_length=300)


def _choice(label: str, choices: list[tuple[str, str]], *, hint: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, help_text=hint, required=False, choices=choices, widget=forms.RadioSelect)


class DraftForm(forms.Form):
    """A page of an audit: anything may be saved; `problems` says what is still missing or cannot be."""

    def __init__(self, content: dict[str, Any], *, show_errors: bool = False) -> None:
        super().__init__(data=content)
        self.show_errors = show_errors

    def full_clean(self) -> None:
        """Stay silent while somebody is still writing."""
        if self.show_errors:
            super().full_clean()
        else:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}

    def names(self) -> set[str]:
        """Every name that an input of this page has."""
        parts = {f"{name}_{part}" for name in self.dates() for part in ("day", "month", "year")}
        return parts | (set(self.fields) - self.dates())

    def dates(self) -> set[str]:
        """The names of the date fields."""
        return {name for name, field in self.fields.items() if isinstance(field, GovDateField)}

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """What has to be there before the audit can be submitted: field name to message."""
        return {}

    def problems(self) -> dict[str, str]:
        """Everything that stands in the way of submitting: malformed values first, then what is missing."""
        self.show_errors = True
        self.full_clean()
        malformed = {name: str(errors[0]) for name, errors in self.errors.items()}
        return {**self.missing(self.cleaned_data), **malformed}


class OverviewForm(DraftForm):
    """Child and family (A5)."""

    child_name = _line("Child’s or young person’s full name")
    gender = _line("Gender")
    ethnicity = _line("Ethnicity")
    primary_language = _line("First language")
    disability = _choice("Does the child have a disability?", [*YES_NO, ("unknown", "Not known")])
    disability_detail = _text(
        "About the disability", rows=3, hint="What it is, when it was recognised, and how it affects daily life."
    )
    overview = _text(
        "The case in a few sentences",
        rows=8,
        hint="A short history, why we are involved now, and what matters most.",
    )

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        found = {}
        if not cleaned.get("overview"):
            found["overview"] = "Write a few sentences about the case"
        if not cleaned.get("disability"):
            found["disability"] = "Say whether the child has a disability"
        if cleaned.get("disability") == "yes" and not cleaned.get("disability_detail"):
            found["disability_detail"] = "Write about the child’s disability"
        return found


class MeetingForm(DraftForm):
    """The meeting with the worker, and what the worker said (A3, A12)."""

    met = _choice("Did you meet the worker?", YES_NO)
    met_on = GovDateField(label="When did you meet?", required=False, what="the date you met")
    met_how = _choice("How did you meet?", [("in_person", "In person"), ("virtual", "By video or telephone")])
    others = _line("Who else took part?", hint="For example a co-worker. Leave empty if it was the two of you.")
    rearranged = _text("If the meeting was moved, why?", rows=2)
    why_not = _text("If you did not meet, why not?", rows=3)

    def __init__(self, content: dict[str, Any], *, form: AuditForm, show_errors: bool = False) -> None:
        super().__init__(content, show_errors=show_errors)
        for question in form.reflection_questions:
            self.fields[f"reflection_{question['code']}"] = _text(
                question["label"], rows=3, hint=question.get("hint", "")
            )

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        if not cleaned.get("met"):
            return {"met": "Say whether you met the worker"}
        if cleaned["met"] == "no":
            return {} if cleaned.get("why_not") else {"why_not": "Write why you did not meet the worker"}
        return {} if cleaned.get("met_on") else {"met_on": "Enter the date you met"}


class ContactForm(DraftForm):
    """Contact with the child or a parent (A4): whether it was right, whose consent, what they said."""

    appropriate = _choice("", YES_NO)
    why_not = _text("Why was it not right to make contact?", rows=3)
    consent_by = _line("Who agreed to it?")
    spoken = _choice("Did you speak with them?", YES_NO)
    spoken_on = GovDateField(label="When?", required=False, what="the date you spoke")
    spoken_to = _line("Who did you speak with?")
    why_not_spoken = _text("If you did not, what did you try?", rows=3)
    views = _text("What did they say?", rows=6, hint="In their own words wherever you can.")
    different = _text("What could have been done differently, or what else would have helped?", rows=4)

    def __init__(
        self, content: dict[str, Any], *, person: str, parent_first: bool = False, show_errors: bool = False
    ) -> None:
        super().__init__(content, show_errors=show_errors)
        who = "the child or young person" if person == "child" else "a parent or carer"
        self.fields["appropriate"].label = f"Was it right to contact {who}?"
        self.fields[
            "appropriate"
        ].help_text = "Talk it over with the worker first: think of age, understanding and what is best for the child."
        if parent_first:
            self.fields[
                "consent_by"
            ].help_text = (
                "The child has a child in need or child protection plan: ask a parent before you speak with the child."
            )

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        if not cleaned.get("appropriate"):
            return {"appropriate": "Say whether it was right to make contact"}
        if cleaned["appropriate"] == "no":
            return {} if cleaned.get("why_not") else {"why_not": "Write why it was not right to make contact"}
        return self._missing_of_contact(cleaned)

    def _missing_of_contact(self, cleaned: dict[str, Any]) -> dict[str, str]:
        if not cleaned.get("spoken"):
            return {"spoken": "Say whether you spoke with them"}
        if cleaned["spoken"] == "no":
            return {} if cleaned.get("why_not_spoken") else {"why_not_spoken": "Write what you tried"}
        wanted = {
            "consent_by": "Write who agreed to it",
            "spoken_on": "Enter the date you spoke",
            "views": "Write what they said",
        }
        return {name: message for name, message in wanted.items() if not cleaned.get(name)}


class ThemeForm(DraftForm):
    """The questions of the month's theme (L3): one answer each, none of them needed to submit."""

    def __init__(self, content: dict[str, Any], *, questions: Sequence[str], show_errors: bool = False) -> None:
        super().__init__(content, show_errors=show_errors)
        for number, question in enumerate(questions, 1):
            self.fields[f"q{number}"] = _text(question, rows=4)


class OverallForm(DraftForm):
    """Outcomes, overall grade, reasons, and the closing questions (A10, A11)."""

    def __init__(self, content: dict[str, Any], *, form: AuditForm, adult: bool, show_errors: bool = False) -> None:
        super().__init__(content, show_errors=show_errors)
        self.audit_form = form
        question = form.outcome_question
        self.fields["outcomes"] = _choice(
            _worded(question, adult), list(Outcomes.choices), hint=question.get("hint", "")
        )
        if form.overall_grade:
            self.fields["grade"] = _choice(
                "Overall grade", [(choice.point.code, choice.point.label) for choice in form.grades]
            )
            self.fields["rationale"] = _text("Why this grade?", hint="Name what weighed most, for and against.")
        for closing in form.closing:
            self.fields[closing["code"]] = _text(_worded(closing, adult), hint=closing.get("hint", ""))

    def clean(self) -> dict[str, Any]:
        """Refuse a good grade where the child's outcomes do not allow it."""
        cleaned = super().clean() or self.cleaned_data
        found = refusals(
            cleaned.get("grade") or None, scale=self.audit_form.scale, outcomes=cleaned.get("outcomes") or None
        )
        for refusal in found:
            self.add_error("grade", refusal.message)
        return cleaned

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        wanted = {"outcomes": "Say whether the outcomes are met"}
        if self.audit_form.overall_grade:
            wanted |= {"grade": "Choose the overall grade", "rationale": "Write why you chose this grade"}
        for closing in self.audit_form.closing:
            if closing.get("required"):
                wanted[closing["code"]] = f"Answer “{self.fields[closing['code']].label}”"
        return {name: message for name, message in wanted.items() if not cleaned.get(name)}


def _worded(question: dict[str, Any], adult: bool) -> str:
    return str((adult and question.get("label_18_plus")) or question["label"])


class SmartActionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """One action: what for, how, who, by when (A13)."""

    due_on = GovDateField(label="By when?", help_text="A calendar date, agreed with the worker.", what="the deadline")

    class Meta:
        model = SmartAction
        fields = ["outcome", "how", "owner", "due_on", "agreed_with_worker", "immediate"]
        labels = {
            "outcome": "What should be better for the child?",
            "how": "What has to be done?",
            "owner": "Who will do it?",
            "agreed_with_worker": "Agreed with the worker",
            "immediate": "Needed at once to keep the child safe",
        }
        help_texts = {
            "outcome": "The result for the child, in a way that anyone can tell when it is reached.",
            "how": "One clear step that can be done in the time.",
        }
        widgets = {"outcome": forms.Textarea(attrs={"rows": 3}), "how": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, owners: list[User], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.filter(pk__in=[person.pk for person in owners])
        owner.empty_label = "Choose a person"

    def clean_due_on(self) -> date:
        """Refuse a deadline in the past."""
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self.today:
            raise forms.ValidationError("The deadline must be today or later")
        return due_on


class ManagerPartBForm(forms.Form):
    """The team manager's part: supervision date, comment, a response to each action."""

    supervision_on = GovDateField(
        label="When was this talked over in supervision?",
        what="the supervision’s date",
        help_text="For example 27 3 2026",
    )
    comment = forms.CharField(
        label="What do you make of the findings?", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args: Any, actions: list[SmartAction], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for action in actions:
            self.fields[f"response_{action.number}"] = forms.CharField(
                label=f"Your response to action {action.number}",
                help_text=action.how,
                max_length=LONGEST_TEXT,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def clean_supervision_on(self) -> date:
        """Refuse a supervision in the future."""
        day: date = self.cleaned_data["supervision_on"]
        if day > self.today:
            raise forms.ValidationError("The supervision’s date must be today or in the past")
        return day

    def responses(self) -> dict[int, str]:
        """The responses by the action's number."""
        prefix = "response_"
        return {int(n.removeprefix(prefix)): v for n, v in self.cleaned_data.items() if n.startswith(prefix)}


class WorkerPartBForm(forms.Form):
    """The worker's part: a comment."""

    comment = forms.CharField(
        label="What do you make of the findings?",
        help_text="What you agree with, what you see differently, and what you will do.",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class CompleteActionForm(forms.Form):
    """The evidence that an action is done."""

    evidence = forms.CharField(
        label="What was done, and where can it be seen?",
        help_text="For example: genogram redrawn with the family on 3 March, saved under Documents.",
        min_length=10,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"min_length": "Say a little more: at least ten characters"},
    )


class ReasonForm(forms.Form):
    """A reason, for taking an audit back or exempting its auditor."""

    reason = forms.CharField(label="Why?", min_length=5, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ModerationForm(forms.Form):
    """The moderator's own grade and reason."""

    grade = forms.ModelChoiceField(
        label="Your grade", queryset=Grade.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(
        label="Why?", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "true"})
    )

    def __init__(self, *args: Any, scale_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grade = self.fields["grade"]
        assert isinstance(grade, forms.ModelChoiceField)
        grade.queryset = Grade.objects.filter(scale_id=scale_id)
