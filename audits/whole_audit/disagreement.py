"""What a document says of grades that were changed and of disagreement: first, final, every change, each round."""

from __future__ import annotations

from audits.after.dispute_reading import rounds_of
from audits.after.grade_changes import changes_of
from audits.models import Audit, Dispute, DisputeLine, Grade, Mediation
from audits.reading import Row
from audits.structure import AuditForm
from audits.whole_audit.beforehand import name_of
from audits.whole_audit.blocks import Block, Part, Verdict, day, facts, moment, table, verdict

NUMBERS = {1: "First", 2: "Second"}


def final_grade(audit: Audit, *, form: AuditForm) -> Verdict | None:
    """The overall grade that counts, where it is not the auditor's any more."""
    if audit.final_grade_id is None:
        return None
    return verdict("Final grade", form.grade_by_pk(audit.final_grade_id))


def grades(audit: Audit, *, form: AuditForm) -> list[Part]:
    """First and final grade, and each change with its day, cause and reason. One query."""
    found = changes_of(audit, form=form)
    if not found:
        return []
    final = final_grade(audit, form=form)
    both: list[Block] = [verdict("First grade", form.grade_by_pk(audit.overall_grade_id)), final] if final else []
    rows = [
        (row.what, row.before, row.after, f"{moment(row.at)}, {row.by}", f"{row.cause}: {row.reason}") for row in found
    ]
    blocks = table("", ("What", "From", "To", "When and by whom", "Why"), rows)
    return [Part("grades", "Grades that were changed", (*both, *blocks))]


def disagreement(audit: Audit) -> list[Part]:
    """Each round: both views, the review session, mediation (S3, S4). One query, four where it has any."""
    blocks: list[Block] = []
    for dispute in rounds_of(audit):
        blocks += _round(dispute)
    return [Part("disagreement", "Disagreement", tuple(blocks))] if blocks else []


def _round(dispute: Dispute) -> list[Block]:
    session, mediation = getattr(dispute, "session", None), getattr(dispute, "mediation", None)
    number = NUMBERS[dispute.round]
    side = dispute.get_side_display().lower()
    rows = [Row("Raised", f"{moment(dispute.raised_at)}, {dispute.raised_by.name}, {side}")]
    if dispute.state == Dispute.State.TAKEN_BACK:
        rows.append(Row("Taken back", "By who raised it"))
    if session is not None:
        there = [person.name for person in session.present.all()] + [session.others_present]
        rows += [
            Row("Review session", f"{day(session.held_on)}: {', '.join(name for name in there if name)}"),
            Row("Came to one view", "Yes" if session.agreed else "No"),
            Row("What was said", session.note),
            Row("Recorded", f"{moment(session.recorded_at)}, {session.recorded_by.name}"),
        ]
    if mediation is not None:
        rows += [
            Row("Mediation asked for", f"{moment(mediation.asked_at)}, {mediation.asked_by.name}"),
            Row("Mediators", ", ".join(person.name for person in mediation.mediators.all())),
            Row("Decided, binding", _signature(mediation)),
            Row("The decision", mediation.note),
        ]
    blocks = facts(rows, f"{number} time")
    for line in dispute.lines.all():
        blocks += facts(_line(line), f"{number} time: {line.label}")
    return blocks


def _line(line: DisputeLine) -> list[Row]:
    grades = ((line.given, "Graded"), (line.wanted, "The team would give"))
    rows = [Row(words, grade.label) for grade, words in grades if grade]
    rows.append(Row("The team says", line.said))
    if line.outcome:
        rows.append(Row("Review session", _came(line.get_outcome_display(), line.new_grade, line.why)))
    if line.decided:
        rows.append(Row("Mediation", _came(line.get_decided_display(), line.decided_grade, line.decided_why)))
    return rows


def _signature(mediation: Mediation) -> str:
    return f"{moment(mediation.decided_at)}, {name_of(mediation.decided_by)}" if mediation.decided_at else ""


def _came(outcome: str, grade: Grade | None, why: str) -> str:
    to = f", to {grade.label}" if grade else ""
    return f"{outcome}{to}: {why}"
