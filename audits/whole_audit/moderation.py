"""The moderated version of an audit: the moderator's grades and reason, and what came of it (S5, S6)."""

from __future__ import annotations

from audits.models import Audit, Moderation
from audits.reading import Row
from audits.structure import AuditForm
from audits.whole_audit.beforehand import name_of
from audits.whole_audit.blocks import Block, Part, Verdict, day, facts, moment, table

SAME, OTHER = "The same", "Different: the auditor’s grade stays on record"


def moderation(audit: Audit, *, form: AuditForm) -> list[Part]:
    """The moderator's own grades and reason once it is settled; the auditor's stay where they are.

    What was said about how the audit is written, and in the talk with the auditor, is not for the child's file.
    """
    record: Moderation | None = getattr(audit, "moderation", None)
    if record is None or record.settled_at is None:
        return []
    came = record.adjudicated_grade or record.grade
    choice = form.grade_by_pk(came.pk)
    grade = Verdict("Grade after moderation", came.label, choice.colour if choice else came.colour)
    task = getattr(audit, "moderation_task", None)
    rows = [
        Row("Moderator", f"{record.moderator.name}, {moment(record.moderated_at)}"),
        Row("The moderator’s grade", record.grade.label if record.adjudicated_grade else ""),
        Row("Beside the auditor’s grade", SAME if came.pk == audit.overall_grade_id else OTHER),
        Row("Reason", record.reason),
        Row("Talked over with the auditor", _talk(record)),
        Row("Decided by", _decided(record)),
        Row("Reason of the decision", record.adjudication),
        Row("Came in", "After the moderation day" if task is not None and task.late else ""),
    ]
    return [Part("moderation", "Moderation", (grade, *facts(rows), *_sections(record, form=form)))]


def _talk(record: Moderation) -> str:
    return f"{day(record.talked_on)}: {record.get_auditor_view_display()}" if record.talked_on else ""


def _decided(record: Moderation) -> str:
    return f"{name_of(record.adjudicated_by)}, {moment(record.adjudicated_at)}" if record.adjudicated_at else ""


def _sections(record: Moderation, *, form: AuditForm) -> list[Block]:
    """The moderator's grade of each section. One query."""
    given = {row.section: row.grade.label for row in record.sections.select_related("grade")}
    rows = [
        (f"{section.number}. {section.title}", given[section.code])
        for section in form.sections
        if section.code in given
    ]
    return list(table("The moderator’s section grades", ("Section", "Grade"), rows))
