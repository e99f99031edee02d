"""What the pages of the form show beside their inputs: standards to answer, guidance, people in rows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string

from audits import pages
from audits.models import Audit
from audits.structure import AuditForm, SectionForm, StandardForm, form_of
from audits.young_person import called

SECOND_LOOK = {"below_good_with_all_standards_yes": "all_yes", "good_with_most_standards_no": "most_no"}

FROM_18 = "From the age of 18"  # how a hint begins that says nothing about a younger child


def section_parts(
    section: SectionForm, content: pages.Content, *, audit: Audit, form: AuditForm, adult: bool
) -> dict[str, Any]:
    """What a section page shows: its standards, whom they do not suit, how many are answered, its guidance."""
    child = pages.child_of(audit)
    in_use = pages.standards_in_use(section, **child, content=content)
    answers = content.get("answers", {})
    suits = section.fit.suits(**child)
    return {
        "section": section,
        "standards": standard_rows(section, content, child=child, adult=adult),
        "not_for": "" if suits else pages.for_whom(section.fit),
        "unfit": sum(not standard.fit.suits(**child) for standard in section.standards),
        "answered": sum(standard.code in answers for standard in in_use),
        "asked": len(in_use),
        "second_look": _second_look(section, content, child=child, form=form),
        "guidance": _guidance(form.pk, section.code, audit.plan),
    }


def _second_look(section: SectionForm, content: pages.Content, *, child: pages.Child, form: AuditForm) -> str:
    """Whether the grade does not seem to fit the answers: "all_yes" below good, "most_no" and good; else empty."""
    found = pages.consistency_prompts({section.code: content}, form=form, **child)
    asked = {prompt.code for prompt in found if prompt.section_code == section.code}
    return next((word for code, word in SECOND_LOOK.items() if code in asked), "")


@lru_cache(maxsize=512)
def _guidance(version: int, section: str, plan: str) -> str:
    """The guidance beside a section, drawn once: it is the same for every audit of a version and plan."""
    form = form_of(version)
    found = form.section(section)
    areas = found.guidance_for(plan) if found else []
    return render_to_string("audits/parts/guidance.html", {"guidance": areas, "grades": form.grades})


def standard_rows(
    section: SectionForm, content: pages.Content, *, child: pages.Child, adult: bool
) -> list[dict[str, str]]:
    """The standards of a section as rows of components/standards.html, in the wording that fits the age (A8)."""
    answers, comments = content.get("answers", {}), content.get("comments", {})

    def row(number: int, standard: StandardForm) -> dict[str, str]:
        return {
            "code": standard.code,
            "text": (adult and standard.text_18_plus) or standard.text,
            "hint": "" if not adult and standard.hint.startswith(FROM_18) else standard.hint,
            "number": f"{section.number}.{number}",
            "name": f"answers__{standard.code}",
            "value": answers.get(standard.code, ""),
            "error": "",
            "aside": "" if standard.fit.suits(**child) else pages.for_whom(standard.fit),
            "comment_name": f"comments__{standard.code}",
            "comment": comments.get(standard.code, ""),
        }

    return [row(number, standard) for number, standard in enumerate(section.standards, 1)]


def people_groups(content: pages.Content, *, more: bool, adult: bool) -> list[dict[str, Any]]:
    """The people of the family in groups of rows; where none are written yet, or `more` are asked for, an empty one."""
    blank = dict.fromkeys(pages.ROW_FIELDS, "")
    return [
        {
            "name": group,
            "title": called(pages.ROW_TITLES[group], adult=adult),
            "hint": called(pages.ROW_HINTS[group], adult=adult),
            "rows": [*({**blank, **row} for row in written), *([blank] if more or not written else [])],
            "blank": blank,
        }
        for group in pages.ROW_GROUPS
        for written in [content.get(group, [])]
    ]
