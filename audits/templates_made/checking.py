"""What a draft still needs before it can be published: every line says where, in words for whoever edits it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from audits.models import Outcomes, Plan
from audits.templates_made.code_checking import unusable_codes
from audits.templates_made.codes import CODE, TEMPLATE_CODE
from audits.templates_made.document import KINDS, Document, Part
from audits.templates_made.lengths import too_long

DETAILS, QUESTIONS, SECTIONS, GUIDANCE = "details", "questions", "sections", "guidance"
MOST_SECTIONS, MOST_STANDARDS, MOST_QUESTIONS = 40, 80, 30
LONGEST_NAME, LONGEST_TITLE, LONGEST_SHORT, LONGEST_STANDARD = 150, 200, 60, 2_000
OLDEST = 25  # years: how long councils support care leavers
NOT_ABOUT_A_CHILD = {"supervision", "other"}  # kinds whose forms need not ask about a child
LOST = {
    "safety": "No section is about the {who}’s safety{any_more}: the portal cannot ask why the overall grade is higher "
    "than the one for safety.",
    "impact": "No section is about the difference made to the {who}’s life{any_more}: reports then have no grade that "
    "says whether {all} are better off.",
}


@dataclass(frozen=True)
class Gap:
    """Something that stands in the way: on which page of the draft (`part`, `code`), at which input, and what."""

    part: str
    text: str
    code: str = ""
    name: str = ""

    @property
    def target(self) -> str:
        """The id of the input on its page."""
        return f"id_{self.name}" if self.name else "main-content"


def gaps(document: Document, *, scales: Collection[str]) -> list[Gap]:
    """Everything that stands in the way of publishing, in the order of the pages. `scales` are the codes there are."""
    return [
        *_details(document, scales),
        *_sections(document),
        *(gap for area in document["guidance"] for gap in _area(area, document)),
        *_questions(document),
        *(Gap(long.part, long.text, code=long.code, name=long.name) for long in too_long(document)),
        *_codes(document),
    ]


def warnings(document: Document, *, before: Document | None) -> list[str]:
    """What should not be lost unnoticed and does not stand in the way; `before` is the version it follows, if any.

    A sentence where no section is about safety, or about the difference made, though one was or the kind calls for it.
    """
    who, everybody = ("young person", "young people") if document["kind"] == "care_leaver" else ("child", "children")
    found = []
    for mark, text in LOST.items():
        had = before is not None and _has(before, mark)
        wanted = had or (bool(document["sections"]) and document["kind"] not in NOT_ABOUT_A_CHILD)
        if wanted and not _has(document, mark):
            found.append(text.format(who=who, all=everybody, any_more=" any more" if had else ""))
    return found


def _has(document: Document, mark: str) -> bool:
    return any(section.get(mark) for section in document["sections"])


def _details(document: Document, scales: Collection[str]) -> Iterator[Gap]:
    name = document["name"].strip()
    if not name:
        yield Gap(DETAILS, "Give the template a name.", name="name")
    if len(name) > LONGEST_NAME:
        yield Gap(DETAILS, f"The name can have up to {LONGEST_NAME} characters.", name="name")
    if document["kind"] not in KINDS and not CODE.fullmatch(document["kind"].replace("_", "-")):
        yield Gap(DETAILS, "Choose what kind of audit it is.", name="kind")
    if document["scale"] not in scales:
        yield Gap(DETAILS, "Choose the grading scale.", name="scale")


def _sections(document: Document) -> Iterator[Gap]:
    sections = document["sections"]
    if not sections:
        yield Gap(SECTIONS, "Add at least one section.")
    if len(sections) > MOST_SECTIONS:
        yield Gap(SECTIONS, f"A template can have up to {MOST_SECTIONS} sections.")
    for section in sections:
        yield from (
            Gap(SECTIONS, f"{named(section)}: {text}", code=section["code"], name=name)
            for name, text in _section(section)
        )


def named(section: Part) -> str:
    """A section as lists name it: its number and title."""
    return f"Section {section['number']}, {section['title'].strip() or 'without a title'}"


def _section(section: Part) -> Iterator[tuple[str, str]]:
    if not section["title"].strip():
        yield "title", "give it a title."
    if len(section["title"].strip()) > LONGEST_TITLE:
        yield "title", f"the title can have up to {LONGEST_TITLE} characters."
    if len(section.get("short_title", "").strip()) > LONGEST_SHORT:
        yield "short_title", f"the short title can have up to {LONGEST_SHORT} characters."
    yield from ((name, text) for name, text in fit_problems(section))
    standards = section["standards"]
    if not standards:
        yield "add", "add at least one standard."
    if len(standards) > MOST_STANDARDS:
        yield "add", f"it can have up to {MOST_STANDARDS} standards."
    for place, standard in enumerate(standards):
        stem = f"standards__{place}__"
        number = f"standard {section['number']}.{place + 1}"
        if not standard["text"].strip():
            yield f"{stem}text", f"write the wording of {number}."
        if max(len(standard["text"]), len(standard.get("text_18_plus", ""))) > LONGEST_STANDARD:
            yield f"{stem}text", f"{number} can have up to {LONGEST_STANDARD:,} characters."
        yield from ((f"{stem}{name}", f"{number}: {text}") for name, text in fit_problems(standard))


def fit_problems(part: Part) -> Iterator[tuple[str, str]]:
    """What is wrong with whom a section, standard or guidance area is for: the input and a message."""
    if unknown := [plan for plan in part.get("only_for", []) if plan not in Plan.values]:
        yield "only_for", f"“{unknown[0]}” is not a plan."
    ages = {name: part.get(name) for name in ("from_age", "to_age")}
    for name, age in ages.items():
        if age is not None and not (isinstance(age, int) and 0 <= age <= OLDEST):
            yield name, f"enter the age in whole years, from 0 to {OLDEST}."
    low, high = ages["from_age"], ages["to_age"]
    if isinstance(low, int) and isinstance(high, int) and high < low:
        yield "to_age", "the oldest age must not be below the youngest."


def _area(area: Part, document: Document) -> Iterator[Gap]:
    def gap(name: str, text: str) -> Gap:
        title = area["title"].strip() or "without a title"
        return Gap(GUIDANCE, f"Guidance “{title}”: {text}", code=area["code"], name=name)

    if not area["title"].strip() or len(area["title"].strip()) > LONGEST_NAME:
        yield gap("title", f"give it a title of up to {LONGEST_NAME} characters.")
    if not any(factor["text"].strip() for factor in area["factors"]):
        yield gap("factors", "write at least one thing to look for.")
    sections = {section["code"] for section in document["sections"]}
    if not set(area["beside"]) & sections:
        yield gap("beside_0", "choose the sections it stands beside.")
    elif unknown := [code for code in area["beside"] if code not in sections]:
        yield gap("beside_0", f"there is no section “{unknown[0][:40]}”. Check the sections it stands beside and save.")
    yield from (gap(name, text) for name, text in fit_problems({"only_for": area.get("only_for", [])}))


def _questions(document: Document) -> Iterator[Gap]:
    if not document["outcome_question"].get("label", "").strip():
        yield Gap(QUESTIONS, "Write the question about the child’s outcomes.", name="outcome__label")
    options = [option.get("code") for option in document["outcome_question"].get("options", [])]
    if options != Outcomes.values:
        yield Gap(QUESTIONS, "The question about outcomes has to offer: met, on the way, neither.")
    for group, words in (("closing", "Closing question"), ("reflection_questions", "Question to the worker")):
        questions = document[group]
        if len(questions) > MOST_QUESTIONS:
            yield Gap(QUESTIONS, f"There can be up to {MOST_QUESTIONS} of each kind of question.")
        for place, question in enumerate(questions):
            if not question["label"].strip():
                yield Gap(QUESTIONS, f"{words} {place + 1}: write the question.", name=f"{group}__{place}__label")


def _codes(document: Document) -> Iterator[Gap]:
    """Codes are the portal's own; only a file can bring one that will not do."""
    if document["code"] and not TEMPLATE_CODE.fullmatch(document["code"]):  # none: it is made with the draft
        yield Gap(DETAILS, "The code of the template may have small letters, numbers and hyphens only.")
    for code in unusable_codes(document):
        yield Gap(SECTIONS, f"The code “{code[:40]}” cannot be used, or is used twice.")
