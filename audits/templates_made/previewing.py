"""A draft as auditors will see it: the form of a document, made without a row in the database."""

from __future__ import annotations

from typing import Any

from audits.models import GradingScale
from audits.structure import AuditForm, Factor, Fit, Guidance, SectionForm, StandardForm, grades_of
from audits.templates_made.document import Document, Part
from audits.templates_made.publishable import published
from grading.scale import GradePoint, Scale


def form_of_document(document: Document, *, scale: GradingScale | None) -> AuditForm:
    """The form that publishing the document would give, as far as it goes; its key is 0, as it has no row."""
    content = published(document, number=document.get("version", 1))
    grades = grades_of(scale) if scale else ()
    return AuditForm(
        pk=0,
        code=content["code"],
        name=content["name"],
        number=content["version"],
        scale=Scale(scale.code, tuple(grade.point for grade in grades)) if scale else NO_SCALE,
        grades=grades,
        overall_grade=content["overall_grade"],
        sections=tuple(_section(section, content["guidance"]) for section in content["sections"]),
        closing=tuple(content["closing"]),
        outcome_question=content["outcome_question"],
        grading_guidance=tuple(content["grading_guidance"]),
        reflection_questions=tuple(content["reflection_questions"]),
    )


NO_SCALE = Scale(
    "none",
    (GradePoint("a", "Best", 1, is_good=True), GradePoint("b", "Middle", 2), GradePoint("c", "Worst", 3)),
)


def _section(section: Part, areas: list[Part]) -> SectionForm:
    return SectionForm(
        pk=0,
        code=section["code"],
        number=section["number"],
        title=section["title"],
        short_title=section["short_title"],
        is_safety=section.get("safety", False),
        is_impact=section.get("impact", False),
        rationale_prompt=section["rationale_prompt"],
        rationale_prompt_18_plus=section.get("rationale_prompt_18_plus", ""),
        standards=tuple(
            StandardForm(
                standard["code"],
                standard["text"],
                standard.get("text_18_plus", ""),
                standard.get("hint", ""),
                _fit(standard),
            )
            for standard in section["standards"]
        ),
        guidance=tuple(_guidance(area) for area in areas if section["code"] in area["beside"]),
        fit=_fit(section),
    )


def _fit(part: Part) -> Fit:
    return Fit(frozenset(part.get("only_for", [])), _age(part.get("from_age")), _age(part.get("to_age")))


def _age(typed: Any) -> int | None:
    return typed if isinstance(typed, int) else None


def _guidance(area: Part) -> Guidance:
    factors = tuple(Factor(f["number"], f["text"], tuple(f.get("examples", []))) for f in area["factors"])
    return Guidance(area["title"], frozenset(area.get("only_for", [])), factors)
