"""Contact with the child or a parent (A4)."""

from __future__ import annotations

from typing import Any

from audits.forms.drafts import YES_NO, DraftForm, choice_field, long_text, short_text
from people.form_fields import GovDateField


class ContactForm(DraftForm):
    """Contact with the child or a parent (A4): whether it was right, whose consent, what they said."""

    appropriate = choice_field("", YES_NO)
    why_not = long_text("Why was it not right to make contact?", rows=3)
    consent_by = short_text("Who agreed to it?")
    spoken = choice_field("Did you speak with them?", YES_NO)
    spoken_on = GovDateField(label="When?", required=False, what="the date you spoke")
    spoken_to = short_text("Who did you speak with?")
    why_not_spoken = long_text("If you did not, what did you try?", rows=3)
    views = long_text("What did they say?", rows=6, hint="In their own words wherever you can.")
    different = long_text("What could have been done differently, or what else would have helped?", rows=4)

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
