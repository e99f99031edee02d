"""Change a grade after an audit was submitted: the first one stays, the change is a dated row (S3, S4, S5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from audits.after import urgent_notices
from audits.messages import about
from audits.models import Audit, Cause, Grade, GradeChange, SectionGrade
from audits.structure import AuditForm, form_of
from grading.rules import refusals
from people import activity
from people.models import User
from people.refusal import Refused

OVERALL = "overall"


class GradeChangeError(Refused):
    """A grade that cannot be changed so; the message says why."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of a grade, in words: what, from what to what, why it came to it, the reason, who and when."""

    what: str
    before: str
    after: str
    cause: str
    reason: str
    by: str
    at: datetime


def change(
    audit: Audit,
    *,
    to: Grade,
    section: str = "",
    cause: Cause,
    reason: str,
    by: User,
    at: datetime,
    today: date,
) -> GradeChange | None:
    """Write a grade's change and make it the grade that counts; the auditor's own stays beside it.

    `section` is a section's code, empty for the overall grade. Inside the caller's transaction, with the audit's row
    locked by the caller. Returns None where it is that grade already. Who has to know of a grade to or from the urgent
    one is told. Raises GradeChangeError where the scale has no such grade, nothing was graded, or the reason is empty.
    """
    _refuse(audit, to=to, reason=reason)
    row = _graded(audit, section)
    before = row.final_grade_id or (row.overall_grade_id if isinstance(row, Audit) else row.grade_id)
    if before is None:
        raise GradeChangeError("This was not graded, so its grade cannot change.", field="grade")
    if before == to.pk:
        return None
    row.final_grade = to
    row.save(update_fields=["final_grade"])
    made = GradeChange.objects.create(
        audit=audit,
        section=section,
        from_grade_id=before,
        to_grade=to,
        cause=cause,
        reason=reason.strip(),
        by=by,
        at=at,
    )
    activity.record("changed a grade", target=about(audit), by=by, at=at, cause=str(cause))
    urgent_notices.after_grade_change(audit, cause=cause, by=by, at=at, today=today)
    return made


def _refuse(audit: Audit, *, to: Grade, reason: str) -> None:
    if not reason.strip():
        raise GradeChangeError("Write why the grade changes.", field="reason")
    if form_of(audit.template_version_id).grade_by_pk(to.pk) is None:
        raise GradeChangeError("Choose a grade of the scale that the audit was graded on.", field="grade")


def _graded(audit: Audit, section: str) -> Audit | SectionGrade:
    """What holds the grade: the audit, or its section's row. Raises GradeChangeError for a section it does not have."""
    if not section:
        return audit
    row = SectionGrade.objects.select_for_update().filter(audit=audit, section__code=section).first()
    if row is None:
        raise GradeChangeError("This audit has no such section.", field="section")
    return row


def against_outcomes(audit: Audit, grade: Grade) -> str:
    """Why this overall grade would not have been open to the auditor (A10, 000 §3); empty where it is."""
    form = form_of(audit.template_version_id)
    choice = form.grade_by_pk(grade.pk)
    if choice is None:
        return ""
    found = refusals(choice.point.code, scale=form.scale, outcomes=audit.outcomes or None)
    return found[0].message if found else ""


def changes_of(audit: Audit, *, form: AuditForm) -> list[Changed]:
    """Every change of this audit's grades, the first one first. One query."""
    titles = {section.code: f"Section {section.number}, {section.short_title}" for section in form.sections}
    rows = GradeChange.objects.filter(audit=audit).select_related("from_grade", "to_grade", "by")
    return [
        Changed(
            what=titles.get(row.section, row.section) if row.section else "Overall grade",
            before=row.from_grade.label if row.from_grade else "None",
            after=row.to_grade.label,
            cause=row.get_cause_display(),
            reason=row.reason,
            by=row.by.name,
            at=row.at,
        )
        for row in rows
    ]
