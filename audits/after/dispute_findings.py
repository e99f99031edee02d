"""What of an audit can be disagreed with: the overall grade, each section's grade, each standard's answer (S3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from audits.after.grade_changes import OVERALL
from audits.answering import contents_of
from audits.models import Audit, SectionGrade
from audits.reading import AnsweredPage, answered_pages
from audits.structure import AuditForm, GradeChoice, form_of

ANSWERS = {"yes": "Yes", "no": "No", "na": "Does not apply"}


@dataclass(frozen=True)
class Finding:
    """One thing that the auditor found: its code, as the audit words it, the grade as it stands or the answer, why."""

    code: str
    label: str
    grade: GradeChoice | None = None  # None for a standard
    answer: str = ""  # of a standard
    why: str = ""  # the auditor's reasons
    standards: tuple[Finding, ...] = field(default=())  # of a section


def findings_of(audit: Audit, *, today: date) -> list[Finding]:
    """Overall first, then every section that was graded with its answered standards. Four queries."""
    form = form_of(audit.template_version_id)
    pages = {page.code: page for page in answered_pages(audit, contents_of(audit), form=form, today=today)}
    rows = SectionGrade.objects.filter(audit=audit).values_list("section__code", "final_grade_id", "grade_id")
    grades = {code: form.grade_by_pk(final or first) for code, final, first in rows}
    found = [_overall(audit, pages["overall"], form=form)] if form.overall_grade and audit.grade_now_id else []
    return found + [_section(page, grades[code]) for code, page in pages.items() if grades.get(code)]


def _overall(audit: Audit, page: AnsweredPage, *, form: AuditForm) -> Finding:
    return Finding(OVERALL, "Overall grade", form.grade_by_pk(audit.grade_now_id), why=_reasons(page))


def _section(page: AnsweredPage, grade: GradeChoice | None) -> Finding:
    comments = {row.name: row.value for row in page.comments}
    standards = tuple(
        Finding(
            each["code"],
            f"{each['number']} {each['text']}"[:300],
            answer=ANSWERS[each["value"]],
            why=comments.get(each["number"], ""),
        )
        for each in page.standards
        if each["value"] in ANSWERS
    )
    return Finding(page.code, page.title, grade, why=_reasons(page), standards=standards)


def _reasons(page: AnsweredPage) -> str:
    return next((row.value for row in page.rows if row.name == "rationale"), "")


def by_code(found: list[Finding]) -> dict[str, Finding]:
    """Every finding, sections' standards too, by its code."""
    return {each.code: each for one in found for each in (one, *one.standards)}
