"""The overall judgement: safe now, outcomes, grade, reasons, closing questions (A10, A11)."""

from __future__ import annotations

from typing import Any

from audits.forms.drafts import DraftForm, choice_field, long_text, worded
from audits.models import Outcomes, SafeNow
from audits.structure import AuditForm
from audits.young_person import called
from grading.rules import refusals


class OverallForm(DraftForm):
    """Whether the child is safe now, apart from every grade; outcomes, overall grade, reasons, closing questions."""

    def __init__(self, content: dict[str, Any], *, form: AuditForm, adult: bool, show_errors: bool = False) -> None:
        super().__init__(content, show_errors=show_errors)
        self.audit_form = form
        self.adult = adult
        self.fields["safe_now"] = choice_field(
            called("Is the child safe now?", adult=adult),
            list(SafeNow.choices),
            hint="Whatever the grades say. Answer for today, from what you read and heard.",
        )
        self.fields["safe_why"] = long_text(
            "What makes you say so?",
            rows=3,
            hint="Needed if you answer No, or if you answer Yes where a section on safety says otherwise.",
        )
        question = form.outcome_question
        self.fields["outcomes"] = choice_field(
            worded(question, adult), list(Outcomes.choices), hint=question.get("hint", "")
        )
        if form.overall_grade:
            self.fields["grade"] = choice_field(
                "Overall grade", [(choice.point.code, choice.point.label) for choice in form.grades]
            )
            self.fields["rationale"] = long_text("Why this grade?", hint="Name what weighed most, for and against.")
        for closing in form.closing:
            self.fields[closing["code"]] = long_text(worded(closing, adult), hint=closing.get("hint", ""))

    def clean(self) -> dict[str, Any]:
        """Refuse a good grade where the child's outcomes do not allow it."""
        cleaned = super().clean() or self.cleaned_data
        found = refusals(
            cleaned.get("grade") or None, scale=self.audit_form.scale, outcomes=cleaned.get("outcomes") or None
        )
        for refusal in found:
            self.add_error("grade", called(refusal.message, adult=self.adult))
        return cleaned

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        wanted = {"safe_now": "Say whether they are safe now", "outcomes": "Say whether the outcomes are met"}
        if cleaned.get("safe_now") == SafeNow.NO:
            wanted["safe_why"] = "Say what makes them unsafe now"
        if self.audit_form.overall_grade:
            wanted |= {"grade": "Choose the overall grade", "rationale": "Write why you chose this grade"}
        for closing in self.audit_form.closing:
            if closing.get("required"):
                wanted[closing["code"]] = f"Answer “{self.fields[closing['code']].label}”"
        return {name: message for name, message in wanted.items() if not cleaned.get(name)}
