"""A moderation step by step: given, graded blind, talked over, decided by a third person, settled (S5).

Every step locks the audit's row first and looks again. The first grade is never touched; what changes the grade that
stands goes through audits.after.grade_changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from audits import messages_moderation as mails
from audits.after import grade_changes
from audits.after.moderation import (
    HAD_PART,
    ModerationError,
    check_grade,
    had_part,
    may_adjudicate,
    may_moderate,
    points_apart,
    tolerance,
)
from audits.messages import about
from audits.models import Audit, Cause, Dispute, Grade, ModeratedSection, Moderation, ModerationTask, Why
from audits.structure import form_of
from people import activity
from people.models import User

State = ModerationTask.State
NOT_GRADED = (State.WAITING, State.GIVEN)
MEANWHILE = "This moderation is {} meanwhile. Look at it again."


def make(audit: Audit, *, why: Sequence[str], late: bool = False, due_on: date, at: datetime) -> ModerationTask:
    """That an audit is to be moderated, for these reasons; one that is there gets the new reasons on top.

    One that was dropped waits for a moderator again. In the caller's transaction.
    """
    found = ModerationTask.objects.select_for_update(of=("self",)).filter(audit=audit).first()
    if found is None:
        return ModerationTask.objects.create(audit=audit, why=list(why), late=late, made_at=at, due_on=due_on)
    before = [] if found.state == State.DROPPED else found.why
    found.why = [*before, *(each for each in why if each not in before)]
    if found.state == State.DROPPED:
        found.state, found.moderator, found.given_at = State.WAITING, None, None
        found.due_on, found.late, found.dropped_why = due_on, late, ""
    found.save()
    return found


def ask_by_hand(audit: Audit, *, due_on: date, by: User, at: datetime) -> ModerationTask:
    """Have an audit moderated for a reason of one's own. Raises ModerationError where it is on the way already."""
    with transaction.atomic():
        locked = Audit.objects.select_for_update(of=("self",)).get(pk=audit.pk)
        if not locked.is_submitted or locked.overall_grade_id is None:
            raise ModerationError("Only an audit that is submitted and has an overall grade can be moderated.")
        there = ModerationTask.objects.filter(audit=locked).exclude(state=State.DROPPED).exists()
        if there or Moderation.objects.filter(audit=locked).exists():
            raise ModerationError("This audit is up for moderation already.")
        task = make(locked, why=[Why.ASKED], due_on=due_on, at=at)
        activity.record("asked for a moderation", target=about(locked), by=by, at=at)
    return task


def give(task: ModerationTask, *, to: User, due_on: date, by: User | None, at: datetime) -> ModerationTask:
    """Give it to a moderator, who gets an email; also to another one as long as nobody has graded.

    `by` None: the portal itself. Raises ModerationError for somebody with a part in the audit.
    """
    with transaction.atomic():
        locked = _locked(task, *NOT_GRADED)
        if locked.moderator_id == to.pk and locked.state == State.GIVEN:
            raise ModerationError(f"{to.name} has it already.", field="to")
        _check_free(locked.audit, to, allowed=may_moderate(locked.audit, to))
        locked.state, locked.moderator, locked.given_at, locked.due_on = State.GIVEN, to, at, due_on
        locked.save()
        mails.given(locked, at=at)
        activity.record("gave an audit to moderate", target=about(locked.audit), by=by, at=at, to=to.name)
    return locked


def take_away(task: ModerationTask, *, by: User | None, at: datetime) -> ModerationTask:
    """Let it wait for somebody again, because its moderator cannot do it."""
    with transaction.atomic():
        locked = _locked(task, State.GIVEN)
        locked.state, locked.moderator, locked.given_at = State.WAITING, None, None
        locked.save()
        activity.record("took a moderation back", target=about(locked.audit), by=by, at=at)
    return locked


def drop(task: ModerationTask, *, reason: str, by: User | None, at: datetime) -> ModerationTask:
    """Not moderate it after all; refused once somebody has graded it. Raises ModerationError."""
    if len(reason.strip()) < 10:
        raise ModerationError("Say in at least 10 characters why it is not moderated.", field="reason")
    with transaction.atomic():
        locked = _locked(task, *NOT_GRADED)
        locked.state, locked.dropped_why = State.DROPPED, reason.strip()[:300]
        locked.save()
        activity.record("dropped a moderation", target=about(locked.audit), by=by, at=at, reason=reason.strip())
    return locked


def grade(
    task: ModerationTask,
    *,
    grade: Grade,
    sections: Mapping[str, Grade],
    reason: str,
    on_the_audit: str = "",
    by: User,
    at: datetime,
) -> Moderation:
    """Record the moderator's grades, given before the auditor's were shown; once.

    Within the tolerance it is done and the first grade stands; beyond it is to be talked over with the auditor.
    Raises ModerationError.
    """
    if not reason.strip():
        raise ModerationError("Write what you saw in the practice that leads to your grade.", field="reason")
    with transaction.atomic():
        locked = _locked(task, State.GIVEN)
        if locked.moderator_id != by.pk:
            raise ModerationError("Somebody else moderates this audit now.")
        audit = locked.audit
        check_grade(audit, grade)
        form = form_of(audit.template_version_id)
        apart = points_apart(form, first=audit.overall_grade_id, second=grade.pk)
        near = abs(apart) <= tolerance()
        found = {"difference": apart, "within_tolerance": near, "settled_at": at if near else None}
        said = {"reason": reason.strip(), "on_the_audit": on_the_audit.strip()}
        made = Moderation.objects.create(audit=audit, moderator=by, grade=grade, moderated_at=at, **said, **found)
        _keep_sections(made, sections, codes={section.code for section in form.sections})
        _to(locked, State.DONE if near else State.TALK)
        if near:
            mails.settled(locked, at=at)
        activity.record("moderated an audit", target=about(audit), by=by, at=at)
    return made


def _keep_sections(made: Moderation, sections: Mapping[str, Grade], *, codes: set[str]) -> None:
    for given in sections.values():
        check_grade(made.audit, given)
    rows = [ModeratedSection(moderation=made, section=code, grade=sections[code]) for code in sections if code in codes]
    ModeratedSection.objects.bulk_create(rows)


def talk_over(
    task: ModerationTask,
    *,
    talked_on: date,
    note: str,
    auditor_view: str,
    by: User,
    at: datetime,
    today: date,
) -> Moderation:
    """Record the talk with the auditor: when, what was said, how the auditor sees it.

    Where the auditor agrees the moderator's grade stands from now on; otherwise a third person has to decide. Raises
    ModerationError.
    """
    with transaction.atomic():
        locked = _locked(task, State.TALK)
        record = locked.audit.moderation
        if record.talked_on is not None:
            raise ModerationError("The talk is recorded already. A third person is being asked to decide.")
        if locked.moderator_id != by.pk:
            raise ModerationError("The moderator records the talk.")
        _check_talk(record, talked_on=talked_on, note=note, today=today)
        record.talked_on, record.talked_note, record.auditor_view = talked_on, note.strip(), auditor_view
        if auditor_view == Moderation.View.AGREES:
            record.settled_at = at
        record.save()
        activity.record("talked a moderation over with the auditor", target=about(locked.audit), by=by, at=at)
        if auditor_view == Moderation.View.AGREES:
            _let_stand(locked, record.grade, reason=record.reason, by=by, at=at, today=today)
    return record


def _check_talk(record: Moderation, *, talked_on: date, note: str, today: date) -> None:
    if not note.strip():
        raise ModerationError("Write in short what you talked over.", field="note")
    if talked_on > today:
        raise ModerationError("The talk’s date must be today or in the past.", field="talked_on")
    if talked_on < record.moderated_at.date():
        raise ModerationError("The talk’s date must not be before you graded it.", field="talked_on")


def ask_to_decide(task: ModerationTask, *, to: User, by: User, at: datetime) -> ModerationTask:
    """Ask a third person without a part in the audit to decide; another one as long as nobody has. Raises as `give`."""
    with transaction.atomic():
        locked = _locked(task, State.TALK, State.ADJUDICATION)
        if locked.audit.moderation.talked_on is None:
            raise ModerationError("Auditor and moderator talk it over first.")
        allowed = may_adjudicate(locked.audit, to) and to.pk not in {locked.moderator_id, by.pk}
        _check_free(locked.audit, to, allowed=allowed)
        locked.state, locked.adjudicator = State.ADJUDICATION, to
        locked.save()
        mails.to_decide(locked, at=at)
        activity.record("asked somebody to decide", target=about(locked.audit), by=by, at=at, to=to.name)
    return locked


def adjudicate(task: ModerationTask, *, grade: Grade, reason: str, by: User, at: datetime, today: date) -> Moderation:
    """Decide as the third person, having read the audit without either grade. The grade given here stands.

    Raises ModerationError.
    """
    if not reason.strip():
        raise ModerationError("Write why you decide so.", field="reason")
    with transaction.atomic():
        locked = _locked(task, State.ADJUDICATION)
        if locked.adjudicator_id != by.pk:
            raise ModerationError("Somebody else was asked to decide this.")
        check_grade(locked.audit, grade)
        record = locked.audit.moderation
        record.adjudicated_by, record.adjudicated_at, record.adjudicated_grade = by, at, grade
        record.adjudication, record.settled_at = reason.strip(), at
        record.save()
        activity.record("decided about a moderation", target=about(locked.audit), by=by, at=at)
        _let_stand(locked, grade, reason=record.adjudication, by=by, at=at, today=today)
    return record


def _let_stand(task: ModerationTask, grade: Grade, *, reason: str, by: User, at: datetime, today: date) -> None:
    """Settle it; the grade stands from now on, unless mediation has decided, which binds everybody (S4)."""
    bound = task.audit.disputes.filter(state=Dispute.State.DECIDED).exists()
    _to(task, State.DONE)
    if not bound:
        grade_changes.change(task.audit, to=grade, cause=Cause.MODERATION, reason=reason, by=by, at=at, today=today)
    mails.settled(task, at=at)


def _locked(task: ModerationTask, *states: str) -> ModerationTask:
    """The task with its audit, both locked. Raises ModerationError where it is in none of these states any more."""
    Audit.objects.select_for_update(of=("self",)).get(pk=task.audit_id)
    rows = ModerationTask.objects.select_for_update(of=("self",))
    locked = rows.select_related("audit__overall_grade", "audit__auditor", "moderator", "adjudicator").get(pk=task.pk)
    if locked.state not in states:
        raise ModerationError(MEANWHILE.format(f"“{locked.get_state_display().lower()}”"))
    return locked


def _check_free(audit: Audit, person: User, *, allowed: bool) -> None:
    if not allowed or person.pk in had_part([audit.pk])[audit.pk]:
        raise ModerationError(HAD_PART.format(person.name), field="to")


def _to(task: ModerationTask, state: str) -> None:
    task.state = state
    task.save(update_fields=["state"])
