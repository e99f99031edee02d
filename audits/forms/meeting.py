"""The meeting with the worker, as it was (A3, A12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.forms import BoundField

from audits.forms.drafts import YES_NO, DraftForm, choice_field, long_text, short_text
from audits.structure import AuditForm
from people.form_fields import GovDateField, day_in_words

ABOUT = ("met_on", "met_how", "others", "rearranged")
HOW = [("in_person", "In person"), ("virtual", "By video or telephone")]


class MeetingForm(DraftForm):
    """The meeting with the worker, and what the worker said (A3, A12)."""

    met = choice_field("Did you meet the worker?", YES_NO)
    met_on = GovDateField(label="When did you meet?", required=False, what="the date you met")
    met_how = choice_field("How did you meet?", HOW)
    others = short_text("Who else took part?", hint="For example a co-worker. Leave empty if it was the two of you.")
    rearranged = long_text("If the meeting was moved, why?", rows=2)
    why_not = long_text("Why not?", rows=3)
    worries = long_text(
        "What is the worker worried about?",
        rows=3,
        hint="Ask this first: visits out of time, gaps from before they had the case, what could be better.",
    )

    def __init__(
        self, content: dict[str, Any], *, form: AuditForm, today: date | None = None, show_errors: bool = False
    ) -> None:
        """Without `today` no date is refused for being still to come."""
        super().__init__(content, show_errors=show_errors)
        met_on = self.fields["met_on"]
        assert isinstance(met_on, GovDateField)
        met_on.latest = today
        for question in form.reflection_questions:
            self.fields[f"reflection_{question['code']}"] = long_text(
                question["label"], rows=3, hint=question.get("hint", "")
            )

    def groups(self) -> Iterator[tuple[str, str, list[BoundField]]]:
        """The questions: heading, when they are shown (static/contact.css), and the fields."""
        together = not (self.show_errors and "met" in self.errors)  # else both answers are to be seen
        yield "The meeting", "", [self["met"]]
        yield "", "portal-if-met" if together else "", [self[name] for name in ABOUT]
        yield "", "portal-if-not-met" if together else "", [self["why_not"]]
        yield "What the worker says", "", [self[name] for name in self.fields if name not in {"met", *ABOUT, "why_not"}]

    def clean(self) -> dict[str, Any]:
        """Ask about answers that do not go together; what is typed is saved all the same."""
        cleaned = super().clean() or self.cleaned_data
        met, met_on = cleaned.get("met"), cleaned.get("met_on")
        if met == "no" and met_on:
            self.add_error("met", f"You say you did not meet, but on {day_in_words(met_on)}. Change one of the two")
        if met == "yes" and cleaned.get("why_not"):
            self.add_error("why_not", "You say you met. Take this out, or change that answer")
        return cleaned

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        if not cleaned.get("met"):
            return {"met": "Say whether you met the worker"}
        if cleaned["met"] == "no":
            return {} if cleaned.get("why_not") else {"why_not": "Write why you did not meet the worker"}
        return {} if cleaned.get("met_on") else {"met_on": "Enter the date you met"}
