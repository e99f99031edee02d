"""The document as it is published: what only drafts hold left out, spaces trimmed, empty rows and wordings left out."""

from __future__ import annotations

from copy import deepcopy

from audits.templates_made.document import ONLY_IN_DRAFTS, Document, Part, numbered

SHORT = 60  # characters of a short title made from the title
OPTIONAL = ("text_18_plus", "label_18_plus", "rationale_prompt_18_plus", "hint", "only_for", "from_age", "to_age")


def published(document: Document, *, number: int) -> Document:
    """What a version says: a document of its own, with the number of the version. Fields it does not know stay."""
    content = {key: value for key, value in deepcopy(document).items() if key not in ONLY_IN_DRAFTS}
    content |= {"version": number, "name": content["name"].strip(), "source_note": content["source_note"].strip()}
    for section in content["sections"]:
        section["standards"] = [_part(standard) for standard in section["standards"]]
    content["sections"] = [_section(section) for section in content["sections"]]
    content["guidance"] = [_area(area) for area in content["guidance"]]
    content["closing"] = [_part(question) for question in content["closing"]]
    content["reflection_questions"] = [_part(question) for question in content["reflection_questions"]]
    content["outcome_question"] = _part(content["outcome_question"])
    content["grading_guidance"] = [line.strip() for line in content["grading_guidance"] if line.strip()]
    return numbered(content)


def _part(part: Part) -> Part:
    """Its texts trimmed, its empty options left out."""
    trimmed = {key: value.strip() if isinstance(value, str) else value for key, value in part.items()}
    return {key: value for key, value in trimmed.items() if key not in OPTIONAL or value not in ("", None, [])}


def _section(section: Part) -> Part:
    found = _part(section)
    found["rationale_prompt"] = found.get("rationale_prompt", "")
    found["short_title"] = found.get("short_title") or short_title(found["title"])
    return found


def short_title(title: str) -> str:
    """A short title from a title: its first words, up to 60 characters."""
    words, short = title.split(), ""
    while words and len(f"{short} {words[0]}".strip()) <= SHORT:
        short = f"{short} {words.pop(0)}".strip()
    return short or title[:SHORT]


def _area(area: Part) -> Part:
    found = _part(area)
    kept = [factor for factor in area["factors"] if factor["text"].strip()]
    found["factors"] = [{**_part(factor), **_examples(factor)} for factor in kept]
    return found


def _examples(factor: Part) -> Part:
    examples = [line.strip() for line in factor.get("examples", []) if line.strip()]
    return {"examples": examples} if examples else {}
