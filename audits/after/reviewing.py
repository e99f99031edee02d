"""Record the review session of auditor, worker and team manager: who, when, what came of each line (S3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from audits import messages_dispute
from audits.after import disputes
from audits.after.disputes import DisputeError, State
from audits.after.grade_changes import OVERALL, against_outcomes, change
from audits.deadlines import london_date
from audits.messages import about
from audits.models import Audit, Cause, Dispute, DisputeLine, Grade, Outcome, ReviewSession, Status
from audits.permissions import Relation, relations
from audits.structure import form_of
from audits.workflow import move
from people import activity
from people.models import User

RECORDERS = frozenset({Relation.AUDITOR, Relation.PROGRAMME})
DESPITE = "Although the child’s outcomes are neither met nor on the way: "


@dataclass(frozen=True, slots=True)
class Came:
    """What became of a line: outcome, code of a new grade, why; `despite`: why a grade above the cap of A10."""

    outcome: str
    why: str
    grade: str = ""
    despite: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A line with what became of it, checked: its new grade, None where it keeps its own; the whole reason."""

    line: DisputeLine
    outcome: str
    grade_id: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """Who sat together, and when."""

    held_on: date
    present: Collection[User]
    others_present: str = ""
    note: str = ""


def may_record(audit: Audit, user: User, *, last: Dispute | None) -> bool:
    """Whether this person can record the review session now: the auditor, or whoever runs the programme."""
    waits = audit.status == Status.DISPUTED and last is not None and last.state == State.OPEN
    return waits and not hasattr(last, "session") and bool(relations(audit, user) & RECORDERS)


def check_lines(
    audit: Audit, lines: Collection[DisputeLine], came: Mapping[str, Came], *, every: bool
) -> list[Checked]:
    """What became of each line, checked; `every` where none may be left open.

    Raises DisputeError with the field it is about: outcome__, grade__, why__ or despite__ and the line's code.
    """
    found = []
    for line in lines:
        given = came.get(line.code)
        if given is None or not given.outcome:
            if every:
                raise DisputeError("Say what became of this line.", field=f"outcome__{line.code}")
            continue
        found.append(_checked(audit, line, given))
    return found


def _checked(audit: Audit, line: DisputeLine, given: Came) -> Checked:
    if given.outcome not in Outcome.values:
        raise DisputeError("Say what became of this line.", field=f"outcome__{line.code}")
    if not given.why.strip():
        raise DisputeError("Write why.", field=f"why__{line.code}")
    why, grade_id = given.why.strip(), None
    if line.given_id is not None and given.outcome != Outcome.UPHELD:
        grade_id = _new_grade(audit, line, given)
        why = f"{why}\n{DESPITE}{given.despite.strip()}" if _is_capped(audit, line, grade_id) else why
    return Checked(line, given.outcome, grade_id, why)


def _new_grade(audit: Audit, line: DisputeLine, given: Came) -> int | None:
    choice = form_of(audit.template_version_id).grade(given.grade)
    if choice is None:
        if given.outcome == Outcome.PARTLY:
            return None  # the words change, not the grade
        raise DisputeError("Choose the new grade.", field=f"grade__{line.code}")
    if choice.pk == line.given_id:
        raise DisputeError("That is the grade it has. Choose another, or that it stays.", field=f"grade__{line.code}")
    if _is_capped(audit, line, choice.pk) and not given.despite.strip():
        raise DisputeError(
            "The outcomes are recorded as neither met nor on the way, and then an audit is not graded so high. "
            "Choose a lower grade, or say why this one is right all the same.",
            field=f"despite__{line.code}",
        )
    return choice.pk


def _is_capped(audit: Audit, line: DisputeLine, grade_id: int | None) -> bool:
    """Whether the outcomes speak against this overall grade (A10)."""
    if line.code != OVERALL or grade_id is None:
        return False
    return bool(against_outcomes(audit, Grade.objects.get(pk=grade_id)))


def change_grades(
    audit: Audit, checked: Collection[Checked], *, cause: Cause, by: User, at: datetime, today: date
) -> None:
    """Change the grades that these lines came to; sections first, so that the overall grade is the last word."""
    for each in sorted(checked, key=lambda one: one.line.code == OVERALL):
        if each.grade_id is None:
            continue
        section = "" if each.line.code == OVERALL else each.line.code
        to = Grade.objects.get(pk=each.grade_id)
        change(audit, to=to, section=section, cause=cause, reason=each.why, by=by, at=at, today=today)


def record(
    audit: Audit, *, meeting: Meeting, agreed: bool, came: Mapping[str, Came], by: User, at: datetime, today: date
) -> ReviewSession:
    """Record the session. Where it came to one view its grades count at once and the audit is with the team again.

    Where it did not, the lines that were agreed are on record but change nothing: either side raises it a second time,
    or it goes to mediation. Everybody concerned is told. Raises DisputeError, with the field that it is about.
    """
    with transaction.atomic():
        locked, last = disputes.lock(audit)
        if last is None or not may_record(locked, by, last=last):
            raise DisputeError("The review session is on record already, or somebody else has to record it.")
        _check_meeting(locked, meeting, dispute=last, today=today)
        checked = check_lines(locked, list(last.lines.all()), came, every=agreed)
        session = _write(last, meeting, agreed=agreed, by=by, at=at)
        _write_lines(checked)
        last.state, last.due_on = (State.SETTLED if agreed else State.OPEN), disputes.due_after(today)
        last.save(update_fields=["state", "due_on"])
        if agreed:
            change_grades(locked, checked, cause=Cause.REVIEW, by=by, at=at, today=today)
            due = disputes.part_b_due_again(locked, today=today)
            locked = move(locked, "settle", by=by, at=at, also={"part_b_due_on": due})
        messages_dispute.reviewed(last, locked, by=by, at=at, today=today)
        activity.record("recorded a review session", target=about(locked), by=by, at=at, round=last.round)
    return session


def _check_meeting(audit: Audit, meeting: Meeting, *, dispute: Dispute, today: date) -> None:
    if meeting.held_on > today:
        raise DisputeError("The day of the session must be today or in the past.", field="held_on")
    if meeting.held_on < london_date(dispute.raised_at):
        raise DisputeError("The session cannot have been before the disagreement was raised.", field="held_on")
    if len({person.pk for person in meeting.present}) + bool(meeting.others_present.strip()) < 2:
        raise DisputeError("Say who was there: two people at least.", field="present")
    if not meeting.note.strip():
        raise DisputeError("Write what was said, in a few sentences.", field="note")


def _write(dispute: Dispute, meeting: Meeting, *, agreed: bool, by: User, at: datetime) -> ReviewSession:
    session = ReviewSession.objects.create(
        dispute=dispute,
        held_on=meeting.held_on,
        others_present=meeting.others_present.strip(),
        agreed=agreed,
        note=meeting.note.strip(),
        recorded_by=by,
        recorded_at=at,
    )
    session.present.set(meeting.present)
    return session


def _write_lines(checked: Collection[Checked]) -> None:
    for each in checked:
        each.line.outcome, each.line.new_grade_id, each.line.why = each.outcome, each.grade_id, each.why
        each.line.save(update_fields=["outcome", "new_grade", "why"])
