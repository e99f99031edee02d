"""Contact with the child or a parent (A4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField

from audits.contact import (
    BY_COUNCIL,
    BY_PARENT,
    PARENT,
    Situation,
    consent_choices,
    consent_hint,
    consent_problem,
    words_for,
)
from audits.forms.drafts import YES_NO, DraftForm, choice_field, long_text, short_text
from audits.young_person import called
from people.form_fields import GovDateField, day_in_words

RELATIONS = [
    ("mother", "Mother"),
    ("father", "Father"),
    ("step_parent", "Step-parent, or a parent’s partner"),
    ("grandparent", "Grandparent or other family"),
    ("carer", "Foster carer or other carer"),
    ("supporter", "Somebody else"),
]
HOW = [
    ("telephone", "By telephone"),
    ("video", "By video"),
    ("in_person", "In person"),
    ("in_writing", "In writing, by message or letter"),
]
SUPPORT = [
    ("not_needed", "They did not need it"),
    ("given", "They needed it and had it"),
    ("missing", "They needed it, and it was not there"),
]
NOT_REACHED = [
    ("no_answer", "They did not answer"),
    ("declined", "They did not want to"),
    ("no_consent", "Those who have to agree did not"),
    ("no_details", "There were no details that worked"),
    ("no_time", "There was no time left"),
    ("other", "Another reason"),
]
# The questions under their headings, in the order in which they come up, and when each is shown (static/contact.css).
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Before you make contact", "", ("appropriate",)),
    ("", "portal-if-not-right", ("why_not_reason", "why_not")),
    ("Agreeing to it", "portal-if-right", ("consent",)),
    ("", "portal-if-right portal-if-alone", ("consent_why",)),
    ("", "portal-if-right portal-if-not-alone", ("consent_by",)),
    ("", "portal-if-right", ("consent_on", "iro")),
    ("What they said", "portal-if-right", ("spoken",)),
    ("", "portal-if-not-spoken", ("not_reached", "why_not_spoken", "tried_by")),
    ("", "portal-if-spoken", ("explained",)),
    ("", "portal-if-spoken portal-if-left-out", ("explained_not",)),
    ("", "portal-if-spoken", ("relation", "spoken_to", "spoken_on", "spoken_how", "support", "views", "different")),
    ("Their words in reports", "portal-if-spoken", ("quote_ok",)),
    ("", "portal-if-spoken portal-if-quoted", ("quote",)),
)


def _select(label: str, choices: list[tuple[str, str]], *, hint: str = "") -> forms.ChoiceField:
    """A choice that can be emptied again."""
    return forms.ChoiceField(label=label, help_text=hint, required=False, choices=[("", "Choose"), *choices])


class ContactForm(DraftForm):
    """Contact with the child or a parent (A4): whether it was right, who agreed, what they said."""

    appropriate = choice_field("", YES_NO)
    why_not_reason = _select("Why not?", [])
    why_not = long_text("Say more about it", rows=3, hint="What the worker said, and what you made of it.")
    consent = choice_field("Who agreed to it?", [])
    consent_by = short_text("Their name, and what they are to the child", hint="For example: Sam Sample, mother.")
    consent_on = GovDateField(label="When did they agree?", required=False, what="the date they agreed")
    consent_why = long_text("Why was no parent asked first?", rows=2)
    iro = choice_field("Did you ask the reviewing officer?", YES_NO, hint="They may know whether this is a good time.")
    explained = choice_field(
        "Did you explain who you are and what happens with what they say?",
        YES_NO,
        hint="Your role, why you call, what you will ask, that they need not answer, and that what they say is kept on "
        "the record and read by worker and manager.",
    )
    explained_not = short_text("What did you leave out, and why?")
    spoken = choice_field("Did you speak with them?", YES_NO)
    relation = _select("What are they to the child?", RELATIONS)
    spoken_to = short_text("Who was there?")
    spoken_on = GovDateField(label="When did you speak?", required=False, what="the date you spoke")
    spoken_how = choice_field("How did you speak?", HOW)
    support = choice_field("Did they need an interpreter or help with communication?", SUPPORT)
    views = long_text("What did they say?", rows=6, hint="In their own words wherever you can.")
    different = long_text("What could have been done differently, or what else would have helped?", rows=4)
    not_reached = _select("Why not?", NOT_REACHED)
    why_not_spoken = long_text("What was tried, and when?", rows=3)
    tried_by = short_text("Who tried?", hint="You, the worker, or somebody else.")
    quote_ok = choice_field("May we quote this in reports, without names?", YES_NO, hint="Ask them.")
    quote = long_text(
        "Which words may be quoted?", rows=3, hint="Take out names, places and anything that says who they are."
    )

    def __init__(
        self,
        content: dict[str, Any],
        *,
        person: str,
        situation: Situation | None = None,
        earliest: date | None = None,
        today: date | None = None,
        show_errors: bool = False,
    ) -> None:
        """`earliest` is the day the audit was given out; without `today` no date is refused for being still to come."""
        super().__init__(content, show_errors=show_errors)
        self.situation = situation or Situation(person=person)
        self.words = words_for(self.situation)
        for name in ("spoken_on", "consent_on"):
            self._dated(name).latest = today
        self._dated("spoken_on").earliest = earliest
        if person != PARENT:
            del self.fields["relation"]
        self._word()
        if situation is not None:
            self._leave_out(content)

    def _dated(self, name: str) -> GovDateField:
        found = self.fields[name]
        assert isinstance(found, GovDateField)
        return found

    def _word(self) -> None:
        """Labels, hints and choices that fit plan and age."""
        who, fields = self.words.who, self.fields
        fields["appropriate"].label = f"Was it right to contact {who}?"
        fields[
            "appropriate"
        ].help_text = "Talk it over with the worker first: age, understanding, and what is best now."
        fields["consent"].help_text = consent_hint(self.situation)
        self._offer("consent", consent_choices(self.situation))
        refusal = consent_problem(self.situation, "?", why="")
        fields["consent"].error_messages["invalid_choice"] = refusal
        self._offer("why_not_reason", [("", "Choose"), *self.words.why_not])
        fields["spoken"].label = f"Did you speak with {who}?"
        if self.situation.person == PARENT:
            fields["spoken_to"].label, fields["spoken_to"].help_text = (
                "Who did you speak with?",
                "Their name is enough.",
            )
        else:
            fields["spoken_to"].help_text = f"{who.capitalize()} alone, or with somebody beside them?"
        if self.situation.is_adult:
            if "relation" in fields:
                fields["relation"].label = "What are they to the young person?"
            fields["consent_by"].help_text = fields["consent_why"].help_text = ""
            fields["consent_by"].label = "Whom did they say you may speak with?"

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        found = self.fields[name]
        assert isinstance(found, forms.ChoiceField)
        found.choices = choices

    def _leave_out(self, content: dict[str, Any]) -> None:
        """Questions that this child's plan, age or language does not ask; what was typed into one keeps it there."""
        situation = self.situation
        about_parent = situation.person == PARENT
        asked = {
            "consent_by": situation.is_adult if about_parent else not situation.decides_alone,
            "consent_why": situation.asks_parent_first,
            "iro": situation.is_looked_after,
            "support": situation.may_need_support,
        }
        for name, wanted in asked.items():
            if not wanted and not str(content.get(name) or "").strip():
                del self.fields[name]

    def groups(self) -> Iterator[tuple[str, str, list[BoundField]]]:
        """The questions that are asked: heading, when they are shown, and the fields.

        Where two answers do not go together everything is shown, so that both can be seen.
        """
        together = not (self.show_errors and {"appropriate", "spoken"} & set(self.errors))
        for heading, shown, names in GROUPS:
            yield heading, shown if together else "", [self[name] for name in names if name in self.fields]

    def clean(self) -> dict[str, Any]:
        """Ask about answers that do not go together; what is typed is saved all the same."""
        cleaned = super().clean() or self.cleaned_data
        for name, question in self._contradictions(cleaned):
            self.add_error(name, question)
        return cleaned

    def _contradictions(self, cleaned: dict[str, Any]) -> Iterator[tuple[str, str]]:
        says = cleaned.get
        if says("appropriate") == "yes" and says("why_not_reason"):
            yield "why_not_reason", "You say it was right to make contact. Choose no reason, or change that answer"
        if says("appropriate") == "no" and says("spoken") == "yes":
            yield "spoken", "You say it was not right to make contact, but that you spoke. Change one of the two"
        if says("spoken") == "no" and (says("spoken_on") or says("views")):
            yield "spoken", "You say you did not speak, but there is a date, or what they said. Change one of the two"
        if says("spoken") == "yes" and says("not_reached"):
            yield "not_reached", "You say you spoke with them. Choose no reason here, or change that answer"
        agreed, spoke = says("consent_on"), says("spoken_on")
        if agreed and spoke and agreed > spoke:
            yield (
                "consent_on",
                f"People agree before you speak, and you spoke on {day_in_words(spoke)}. Check both dates",
            )
        if says("quote") and says("quote_ok") == "no":
            yield "quote", "They do not want to be quoted. Take the words out here, or change that answer"
        not_made = says("appropriate") == "no" or says("spoken") == "no"
        if says("consent") and not not_made and (wrong := self._consent_problem(cleaned)):
            yield ("consent_why" if "consent_why" in self.fields else "consent"), wrong

    def _consent_problem(self, cleaned: dict[str, Any]) -> str:
        return consent_problem(self.situation, cleaned.get("consent", ""), why=cleaned.get("consent_why", ""))

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        if not cleaned.get("appropriate"):
            return {"appropriate": "Say whether it was right to make contact"}
        if cleaned["appropriate"] == "no":
            return self._missing_reason(cleaned)
        if not cleaned.get("spoken"):
            return {"spoken": "Say whether you spoke with them"}
        return self._missing_words(cleaned) if cleaned["spoken"] == "yes" else self._missing_attempt(cleaned)

    def _missing_reason(self, cleaned: dict[str, Any]) -> dict[str, str]:
        wanted = {"why_not_reason": "Choose why it was not right to make contact"}
        if cleaned.get("why_not_reason") == "other":
            wanted["why_not"] = "Write why it was not right to make contact"
        return _empty(wanted, cleaned)

    def _missing_attempt(self, cleaned: dict[str, Any]) -> dict[str, str]:
        wanted = {
            "not_reached": "Choose why you did not speak with them",
            "why_not_spoken": "Write what was tried, and when",
        }
        return _empty(wanted, cleaned)

    def _missing_words(self, cleaned: dict[str, Any]) -> dict[str, str]:
        wanted = {
            "consent": "Choose who agreed to it",
            "iro": "Say whether you asked the reviewing officer",
            "explained": "Say whether you explained what happens with what they say",
            "relation": called("Choose what they are to the child", adult=self.situation.is_adult),
            "spoken_on": "Enter the date you spoke",
            "support": "Say whether they needed an interpreter or help with communication",
            "views": "Write what they said",
        }
        if cleaned.get("consent") in {BY_PARENT, BY_COUNCIL}:
            wanted["consent_by"] = "Write who agreed to it"
        if cleaned.get("explained") == "no":
            wanted["explained_not"] = "Write what you left out, and why"
        if cleaned.get("quote_ok") == "yes":
            wanted["quote"] = "Write which words may be quoted"
        if cleaned.get("quote"):
            wanted["quote_ok"] = "Say whether they agreed to be quoted"
        return _empty({name: words for name, words in wanted.items() if name in self.fields}, cleaned)


def _empty(wanted: dict[str, str], cleaned: dict[str, Any]) -> dict[str, str]:
    """What of this is not answered."""
    return {name: message for name, message in wanted.items() if not cleaned.get(name)}
