"""A template as a document in the shape of a template file: empty ones, the parts of one, one made from a version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from audits.models import Section, Standard, TemplateVersion

Document = dict[str, Any]
Part = dict[str, Any]

KINDS = {
    "case_file": "Case file",
    "fostering": "Fostering",
    "care_leaver": "Care leaver",
    "supervision": "Supervision",
    "other": "Something else",
}
ONLY_IN_DRAFTS = ("removed", "spent", "extends")  # what was taken out, codes used up; a file's base is resolved
PROMPT = "Why this grade? Give short examples."
NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # not storable, or not in a workbook

OUTCOME_QUESTION = {
    "code": "outcomes",
    "label": "Are this child's outcomes met, or on the way?",
    "label_18_plus": "Are this young person's outcomes met, or on the way?",
    "hint": "What has changed in their life counts for more than the steps we followed.",
    "options": [
        {"code": "met", "label": "Met", "allows_good": True},
        {"code": "on_the_way", "label": "On the way", "allows_good": True},
        {"code": "not_met", "label": "Neither met nor on the way", "allows_good": False},
    ],
}
CLOSING = [
    {"code": "summary", "label": "What did you find?", "hint": "A few lines.", "required": True},
    {"code": "good_practice", "label": "What did the worker do well?", "hint": "Give examples.", "required": True},
    {"code": "learning", "label": "What can be learned?", "hint": "Write about the case.", "required": True},
    {
        "code": "immediate_actions",
        "label": "What must happen now so that the child is safe?",
        "label_18_plus": "What must happen now so that the young person is safe?",
        "hint": "If nothing, say so.",
        "required": True,
    },
]
REFLECTIONS = [
    {"code": "went_well", "label": "What are you pleased with in your work with this family?", "required": False},
    {"code": "challenges", "label": "What has been hard?", "required": False},
    {"code": "do_differently", "label": "What would you do another way next time?", "required": False},
]


def blank(*, code: str, name: str, kind: str = "case_file", scale: str = "") -> Document:
    """A template that asks nothing yet, with the usual closing and reflection questions to begin with."""
    return {
        "code": code,
        "version": 1,
        "name": name,
        "kind": kind,
        "scale": scale,
        "overall_grade": True,
        "source_note": "",
        "sections": [],
        "guidance": [],
        "outcome_question": deepcopy(OUTCOME_QUESTION),
        "grading_guidance": [],
        "closing": deepcopy(CLOSING),
        "reflection_questions": deepcopy(REFLECTIONS),
    }


def blank_section(code: str, *, title: str = "") -> Part:
    """A section without standards."""
    return {
        "code": code,
        "number": "",
        "title": title,
        "short_title": "",
        "safety": False,
        "impact": False,
        "rationale_prompt": PROMPT,
        "standards": [],
    }


def tidy(typed: object) -> str:
    """A text as it may be stored, whole: no control characters, unified line ends; otherwise as it was typed."""
    text = str(typed or "").replace("\r\n", "\n").replace("\r", "\n")
    return NOT_TEXT.sub("", text)


def section_of(document: Document, code: str) -> Part | None:
    """The section with a code, or None."""
    return next((section for section in document["sections"] if section["code"] == code), None)


def area_of(document: Document, code: str) -> Part | None:
    """The guidance area with a code, or None."""
    return next((area for area in document["guidance"] if area["code"] == code), None)


def standards_of(document: Document) -> Iterator[tuple[Part, Part]]:
    """Every section with each of its standards, in order."""
    for section in document["sections"]:
        for standard in section["standards"]:
            yield section, standard


def numbered(document: Document) -> Document:
    """The same document with sections and guidance factors numbered in their order. Changes the one it is given."""
    for place, section in enumerate(document["sections"], 1):
        section["number"] = str(place)
    factors = [factor for area in document["guidance"] for factor in area["factors"]]
    for place, factor in enumerate(factors, 1):
        factor["number"] = place
    return document


def document_of(version: TemplateVersion) -> Document:
    """A version as a document of its own; one loaded before documents were kept is put together from its rows."""
    document = deepcopy(version.document) if version.document else _from_rows(version)
    return {key: value for key, value in document.items() if key not in ONLY_IN_DRAFTS}


def _from_rows(version: TemplateVersion) -> Document:
    sections = version.sections.prefetch_related("standards")
    areas = version.guidance_areas.prefetch_related("sections")
    return {
        "code": version.template.code,
        "version": version.number,
        "name": version.template.name,
        "kind": version.template.kind,
        "scale": version.scale.code,
        "overall_grade": version.overall_grade,
        "source_note": version.source_note,
        "sections": [_section_from(section) for section in sections],
        "guidance": [
            {
                "code": area.code,
                "title": area.title,
                **({"only_for": list(area.only_for_plans)} if area.only_for_plans else {}),
                "beside": [section.code for section in area.sections.all()],
                "factors": deepcopy(area.factors),
            }
            for area in areas
        ],
        "outcome_question": deepcopy(version.outcome_question),
        "grading_guidance": list(version.grading_guidance),
        "closing": deepcopy(version.closing),
        "reflection_questions": deepcopy(version.reflection_questions),
    }


def _section_from(section: Section) -> Part:
    found = {
        "code": section.code,
        "number": section.number,
        "title": section.title,
        "short_title": section.short_title,
        "safety": section.is_safety,
        "impact": section.is_impact,
        "rationale_prompt": section.rationale_prompt,
        "rationale_prompt_18_plus": section.rationale_prompt_18_plus,
        **_fit_from(section),
        "standards": [
            _without_empty(
                {
                    "code": standard.code,
                    "text": standard.text,
                    "text_18_plus": standard.text_18_plus,
                    "hint": standard.hint,
                    **_fit_from(standard),
                }
            )
            for standard in section.standards.all()
        ],
    }
    return _without_empty(found, but=("standards", "rationale_prompt", "safety", "impact"))


def _fit_from(row: Section | Standard) -> Part:
    return {"only_for": list(row.only_for_plans), "from_age": row.from_age, "to_age": row.to_age}


def _without_empty(part: Part, *, but: tuple[str, ...] = ()) -> Part:
    return {key: value for key, value in part.items() if key in but or value not in ("", None, [])}
