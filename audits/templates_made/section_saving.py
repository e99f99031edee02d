"""What was typed on a page of a draft, put into its document: whatever it says is kept, nothing typed is dropped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from audits.templates_made import editing
from audits.templates_made.document import Document, Part, area_of, numbered, section_of, standards_of, tidy

STANDARD_TEXTS = ("text", "text_18_plus", "hint")
SECTION_TEXTS = ("title", "short_title", "rationale_prompt", "rationale_prompt_18_plus")
FIT = ("only_for", "from_age", "to_age")


@dataclass(frozen=True)
class TypedSection:
    """A section as typed: its own fields, its standards in the order of the page, and lines that add new ones."""

    fields: Part
    standards: list[Part] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


def put_section(document: Document, code: str, typed: TypedSection) -> None:
    """Put a typed section into the document. Standards keep their codes.

    One that was moved or taken out in another tab gets what was typed where it is now; one that has another code by
    now comes back as a new one; one that came meanwhile stays: nothing typed is lost.
    """
    section = section_of(document, code)
    if section is None:
        return
    _put(section, typed.fields)
    there = _standards_anywhere(document) | {standard["code"]: standard for standard in section["standards"]}
    for row in typed.standards:
        if standard := there.get(row["code"]):
            _put(standard, row)
        elif text := (row.get("text") or row.get("was", "")).strip():
            _put(editing.add_standard(document, section, text=text), row)
    for line in typed.added:
        editing.add_standard(document, section, text=line)


def _standards_anywhere(document: Document) -> dict[str, Part]:
    """Every standard of the document by its code, also those taken out, alone or with their section."""
    removed = [one["what"] for one in document.get("removed", []) if one["kind"] != "guidance"]
    rows = [row for one in removed for row in one.get("standards", [one])]
    return {row["code"]: row for row in [*rows, *(standard for _, standard in standards_of(document))]}


def _put(part: Part, typed: Part) -> None:
    """Texts and marks as typed; whom it is for is left out where it says nothing."""
    for name in (*SECTION_TEXTS, *STANDARD_TEXTS):
        if name in typed and (typed[name] or name in part):
            part[name] = tidy(typed[name])
    for name in ("safety", "impact"):
        if name in typed:
            part[name] = typed[name]
    for name in FIT:
        if name in typed:
            part.pop(name, None)
            if typed[name] not in (None, "", []):
                part[name] = typed[name]


def put_area(document: Document, code: str, typed: Part) -> None:
    """Put a typed guidance area into the document: title, sections beside, plans, and a factor for each line."""
    area = area_of(document, code)
    if area is None:
        return
    area["title"] = tidy(typed["title"])
    area["beside"] = [section["code"] for section in document["sections"] if section["code"] in typed["beside"]]
    area.pop("only_for", None)
    if typed["only_for"]:
        area["only_for"] = typed["only_for"]
    area["factors"] = factors_from(typed["factors"])
    numbered(document)


def factors_from(typed: str) -> list[Part]:
    """A factor for each line; lines that begin with a hyphen are examples of the factor above."""
    factors: list[Part] = []
    for line in (line.strip() for line in tidy(typed).split("\n")):
        if line.startswith(("-", "–", "•")) and factors:
            if example := line.lstrip("-–• ").strip():
                factors[-1].setdefault("examples", []).append(example)
        elif line:
            factors.append({"number": 0, "text": line})
    return factors


def factors_as_typed(area: Part) -> str:
    """The factors of an area as lines to be changed."""
    lines = [[factor["text"], *(f"- {one}" for one in factor.get("examples", []))] for factor in area["factors"]]
    return "\n".join(line for factor in lines for line in factor)


def put_questions(document: Document, typed: dict[str, Any]) -> None:
    """Put the typed questions into the document."""
    document["outcome_question"] |= {name: tidy(text) for name, text in typed["outcome"].items()}
    document["grading_guidance"] = [line for line in tidy(typed["grading_guidance"]).split("\n") if line.strip()]
    for group in ("closing", "reflection_questions"):
        document[group] = editing.questions_from(document, group, typed[group])


def put_details(document: Document, typed: Part) -> None:
    """Put what the template is into the document."""
    document |= {name: tidy(value) if isinstance(value, str) else value for name, value in typed.items()}
