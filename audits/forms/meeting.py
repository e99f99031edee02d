"""The meeting with the worker, as it was (A3, A12)."""

from __future__ import annotations

from typing import Any

from audits.forms.drafts import YES_NO, DraftForm, choice_field, long_text, short_text
from audits.structure import AuditForm
from people.form_fields import GovDateField


class MeetingForm(DraftForm):
    """The meeting with the worker, and what the worker said (A3, A12)."""

    met = choice_field("Did you meet the worker?", YES_NO)
    met_on = GovDateField(label="When did you meet?", required=False, what="the date you met")
    met_how = choice_field("How did you meet?", [("in_person", "In person"), ("virtual", "By video or telephone")])
    others = short_text("Who else took part?", hint="For example a co-worker. Leave empty if it was the two of you.")
    rearranged = long_text("If the meeting was moved, why?", rows=2)
    why_not = long_text("If you did not meet, why not?", rows=3)

    def __init__(self, content: dict[str, Any], *, form: AuditForm, show_errors: bool = False) -> None:
        super().__init__(content, show_errors=show_errors)
        for question in form.reflection_questions:
            self.fields[f"reflection_{question['code']}"] = long_text(
                question["label"], rows=3, hint=question.get("hint", "")
            )

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        if not cleaned.get("met"):
            return {"met": "Say whether you met the worker"}
        if cleaned["met"] == "no":
            return {} if cleaned.get("why_not") else {"why_not": "Write why you did not meet the worker"}
        return {} if cleaned.get("met_on") else {"met_on": "Enter the date you met"}
