"""The overall judgement from the answers so far: suggestion, questions that ask, whether it is urgent."""

from __future__ import annotations

from audits.pages.listed import Content
from audits.pages.sections import counted
from audits.structure import AuditForm
from grading.rules import Prompt, SectionGrade, StandardsAnswered, Suggestion, prompts, suggest_overall


def section_grades(contents: dict[str, Content], *, form: AuditForm) -> list[SectionGrade]:
    """The section grades so far, for the rules of grading."""
    return [
        SectionGrade(
            section_code=section.number,
            title=section.short_title,
            grade=contents.get(section.code, {}).get("grade") or None,
            not_applicable=bool(contents.get(section.code, {}).get("set_aside", "").strip()),
            is_safety=section.is_safety,
            is_impact=section.is_impact,
        )
        for section in form.sections
    ]


def suggestion(contents: dict[str, Content], *, form: AuditForm) -> Suggestion:
    """The suggested overall grade with its reason."""
    outcomes = contents.get("overall", {}).get("outcomes") or None
    return suggest_overall(section_grades(contents, form=form), scale=form.scale, outcomes=outcomes)


def consistency_prompts(contents: dict[str, Content], *, form: AuditForm) -> list[Prompt]:
    """Questions where the answers do not seem to fit together."""
    standards = {}
    for section in form.sections:
        count = counted(contents.get(section.code, {}))
        standards[section.number] = StandardsAnswered(yes=count["yes"], no=count["no"])
    return prompts(
        section_grades(contents, form=form),
        contents.get("overall", {}).get("grade") or None,
        scale=form.scale,
        suggestion=suggestion(contents, form=form),
        standards=standards,
    )


def is_urgent(contents: dict[str, Content], *, form: AuditForm) -> bool:
    """Whether worker and manager must be told at once: an urgent overall grade; without one, any urgent section."""
    if form.overall_grade:
        choice = form.grade(contents.get("overall", {}).get("grade"))
        return choice is not None and choice.point.is_urgent
    grades = [form.grade(item.grade) for item in section_grades(contents, form=form) if not item.not_applicable]
    return any(choice is not None and choice.point.is_urgent for choice in grades)
