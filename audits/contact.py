"""Who is asked, and who has to agree, before an auditor speaks with a child or a parent (A4): pure rules.

The guide for auditors (file 000, §2.3 to §2.8): contact is talked over with the worker first, with the child's age and
understanding in mind; where a child has a child in need or child protection plan a parent agrees before the child is
spoken to; people agree before, or as the call begins, and are told who calls, why, and that what they say goes on the
record and is read by worker and manager; the aim is the child and one parent. Care leavers of 18 and over are adults:
they agree for themselves, and nobody for them (file 001, on the pathway team; domain notes §6.6).
"""

from __future__ import annotations

from dataclasses import dataclass

CHILD, PARENT = "child", "parent"
PARENT_FIRST = frozenset({"child_in_need", "child_protection"})  # plans; file 000 §2.3
IN_CARE = "child_in_care"
PATHWAY = "pathway"
YOUNG_PERSON, ADULT = 16, 18  # years
NOT_SPOKEN_ENGLISH = ("", "english", "not known", "unknown", "not recorded")

# Consent, by code: who agreed.
BY_PARENT, BY_COUNCIL, BY_SELF, BY_YOUNG_PERSON = "parent", "council", "self", "young_person"


@dataclass(frozen=True, slots=True)
class Situation:
    """Whom a page of contact is about: `person` is child or parent, `plan` the child's; age None where not known."""

    person: str = CHILD
    plan: str = ""
    age: int | None = None
    language: str = ""
    disability: bool | None = None

    @property
    def is_adult(self) -> bool:
        """Whether the young person is 18 or over."""
        return self.age is not None and self.age >= ADULT

    @property
    def decides_alone(self) -> bool:
        """Whether a young person is asked, not a parent: from 16; a pathway plan begins at 16 too."""
        return self.age >= YOUNG_PERSON if self.age is not None else self.plan == PATHWAY

    @property
    def asks_parent_first(self) -> bool:
        """Whether a parent agrees before the child is spoken to (file 000 §2.3)."""
        return self.person == CHILD and not self.decides_alone and self.plan in PARENT_FIRST

    @property
    def is_looked_after(self) -> bool:
        """Whether the council looks after the child, so that the reviewing officer is asked too."""
        return self.person == CHILD and not self.is_adult and self.plan == IN_CARE

    @property
    def may_need_support(self) -> bool:
        """Whether an interpreter or help with communication may be needed, as far as the case says."""
        return self.language.strip().casefold() not in NOT_SPOKEN_ENGLISH or bool(self.disability)


@dataclass(frozen=True, slots=True)
class Words:
    """How a page names whom it is about."""

    title: str
    who: str  # in the middle of a sentence
    why_not: tuple[tuple[str, str], ...]


def consent_choices(situation: Situation) -> list[tuple[str, str]]:
    """Who may have agreed, the usual one first; never a parent for somebody of 18 or over."""
    if situation.person == PARENT:
        if situation.is_adult:
            return [(BY_YOUNG_PERSON, "The young person agreed that I speak with them")]
        return [(BY_SELF, "They agreed themselves")]
    if situation.decides_alone:
        return [(BY_SELF, "The young person agreed themselves")]
    parent = (BY_PARENT, "A parent agreed, and the child wanted to")
    alone = (BY_SELF, "Only the child was asked")
    if situation.is_looked_after:
        return [(BY_COUNCIL, "The council agreed, through the worker, and the child wanted to"), parent, alone]
    return [parent, alone]


def consent_hint(situation: Situation) -> str:
    """Who has to be asked, in a sentence or two."""
    if situation.person == PARENT:
        return (
            "Speak with a parent, carer or supporter only if the young person agrees: they are an adult."
            if situation.is_adult
            else "Ask before you call, or as the call begins."
        )
    if situation.is_adult:
        return "The young person is an adult. Ask them, nobody else."
    if situation.decides_alone:
        return _hint_from_16(situation)
    if situation.asks_parent_first:
        return (
            "With a child in need or child protection plan a parent, or somebody else with parental responsibility, "
            "agrees before you speak with the child."
        )
    if situation.is_looked_after:
        return (
            "Ask the worker who holds parental responsibility: the council with a care order, the parents where they "
            "agreed to the care. Then ask the child."
        )
    return "Ask a parent, or somebody else with parental responsibility, first; then the child."


def _hint_from_16(situation: Situation) -> str:
    own = "From 16 young people agree for themselves."
    if situation.plan in PARENT_FIRST:
        return f"{own} Let a parent know too, unless the young person does not want it or it could harm them."
    return own


def consent_problem(situation: Situation, consent: str, *, why: str) -> str:
    """What is wrong with who agreed, in a sentence; empty where nothing is, or where `why` says why it was so.

    Nothing makes up for the agreement of an adult.
    """
    if not consent:
        return "Choose who agreed to it"
    if consent not in dict(consent_choices(situation)):
        return _not_theirs(situation)
    if consent == BY_SELF and situation.asks_parent_first and not why.strip():
        return "With this plan a parent agrees first. Say below why no parent was asked"
    return ""


def _not_theirs(situation: Situation) -> str:
    """Why an agreement kept from an earlier answer, or from another plan or age, does not count."""
    if situation.is_adult:
        return "The young person is 18 or over: only they can agree. Choose again"
    if situation.decides_alone:
        return "From 16 the young person agrees for themselves. Choose again"
    return "Choose who agreed to it"


WHY_NOT_CHILD = (
    ("too_young", "Too young to be asked"),
    ("understanding", "Would not understand what the call is about"),
    ("distress", "It could upset or harm them at this time"),
    ("worker_advised", "The worker advised against it"),
    ("no_consent", "A parent did not agree"),
    ("proceedings", "Court or police proceedings"),
    ("other", "Another reason"),
)
WHY_NOT_FROM_16 = tuple(pair for pair in WHY_NOT_CHILD if pair[0] not in {"too_young", "no_consent"})
WHY_NOT_PARENT = (
    ("risk", "It could put the child or somebody else at risk"),
    ("worker_advised", "The worker advised against it"),
    ("no_contact", "No parent has a part in the child’s life"),
    ("proceedings", "Court or police proceedings"),
    ("other", "Another reason"),
)
WHY_NOT_SUPPORTER = (
    ("not_agreed", "The young person did not agree to it"),
    ("nobody", "There is nobody whom they would want us to ask"),
    ("risk", "It could put somebody at risk"),
    ("other", "Another reason"),
)


def words_for(situation: Situation) -> Words:
    """Title, name and reasons that fit the age: nobody of 18 or over is called a child."""
    if situation.person == PARENT:
        if situation.is_adult:
            return Words("A parent’s, carer’s or supporter’s views", "a parent, carer or supporter", WHY_NOT_SUPPORTER)
        return Words("A parent’s or carer’s views", "a parent or carer", WHY_NOT_PARENT)
    if situation.decides_alone:
        return Words("The young person’s views", "the young person", WHY_NOT_FROM_16)
    return Words("The child’s views", "the child", WHY_NOT_CHILD)
