"""Mediation by the head of service, the quality assurance service or both: what they decide is binding (S4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from audits import messages_dispute
from audits.after import disputes
from audits.after.disputes import DisputeError, State
from audits.after.reviewing import RECORDERS, Came, Checked, change_grades, check_lines
from audits.messages import about
from audits.models import Audit, Cause, Dispute, Mediation, Moderation, ModerationTask, PartB, ReviewSession, Status
from audits.permissions import Relation, relations
from audits.workflow import move
from people import activity
from people.models import User
from people.roles import JobRole, Permission, roles_with


def with_a_part(audit: Audit) -> set[int]:
    """Everybody who had a part in the audit, its Part B or its disagreement: they never mediate. Six queries."""
    ids = {audit.auditor_id, audit.supervisor_id, audit.worker_id, audit.team_manager_id, audit.case.chair_id}
    ids |= set(Dispute.objects.filter(audit=audit).values_list("raised_by", flat=True))
    for pair in PartB.objects.filter(audit=audit).values_list("manager_signed_by", "worker_signed_by"):
        ids |= set(pair)
    sessions = ReviewSession.objects.filter(dispute__audit=audit)
    for pair in sessions.values_list("recorded_by", "present"):
        ids |= set(pair)
    ids |= set(Moderation.objects.filter(audit=audit).values_list("moderator", flat=True))
    for pair in ModerationTask.objects.filter(audit=audit).values_list("moderator", "adjudicator"):
        ids |= set(pair)
    return {pk for pk in ids if pk is not None}


def candidates(audit: Audit, *, today: date) -> list[User]:
    """Who could mediate, the ones to ask first first: the head of the case’s service, then quality assurance (S4).

    Nobody with a part in the audit, of its team, or who manages its auditor or is managed by them. Where that leaves
    nobody: the assistant directors, and at last whoever runs the programme, so that it ends at a person.
    """
    free = User.objects.working_on(today).exclude(pk__in=with_a_part(audit)).exclude(line_manager=audit.auditor_id)
    if audit.team_id is not None:
        free = free.exclude(team_id=audit.team_id)
    if audit.auditor.line_manager_id is not None:
        free = free.exclude(pk=audit.auditor.line_manager_id)
    head = Q(job_role=JobRole.HEAD_OF_SERVICE, service_id=audit.service_id, service_id__isnull=False)
    quality = Q(job_role__in=roles_with(Permission.MODERATE))
    for who in (head | quality, Q(job_role=JobRole.ASSISTANT_DIRECTOR), Q(job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)):
        found = list(free.filter(who))
        if found:
            return sorted(found, key=_order)
    return []


def _order(person: User) -> tuple[int, str]:
    first = {JobRole.HEAD_OF_SERVICE: 0, JobRole.QA_OFFICER: 1}
    return first.get(JobRole(person.job_role), 2), person.name


def proposed(found: Collection[User]) -> list[User]:
    """Whom the portal proposes: the head of service and the first of quality assurance, or whoever there is."""
    heads = [person for person in found if person.job_role == JobRole.HEAD_OF_SERVICE][:1]
    quality = [person for person in found if person.job_role == JobRole.QA_OFFICER][:1]
    return heads + quality or list(found)[:1]


def may_ask(audit: Audit, user: User, *, last: Dispute | None) -> bool:
    """Whether this person can say who mediates now: auditor or programme, once a session came to no one view.

    In mediation the programme alone may ask others, so that it does not wait for somebody who left.
    """
    if audit.status == Status.MEDIATION:
        return Relation.PROGRAMME in relations(audit, user)
    failed = audit.status == Status.DISPUTED and disputes.without_one_view(last)
    return failed and bool(relations(audit, user) & RECORDERS)


def ask(
    audit: Audit, *, mediators: Collection[User], instead: bool = False, by: User, at: datetime, today: date
) -> Mediation:
    """Hand a disagreement to these mediators, who are asked by mail. Raises DisputeError.

    `instead` where it is in mediation and others are to decide it.
    """
    with transaction.atomic():
        locked, last = disputes.lock(audit)
        if last is None or not may_ask(locked, by, last=last) or instead != (last.state == State.MEDIATION):
            raise DisputeError("It is in mediation already, or a review session has to be recorded first.")
        allowed = {person.pk for person in candidates(locked, today=today)}
        if not mediators:
            raise DisputeError("Choose who mediates.", field="mediators")
        if not {person.pk for person in mediators} <= allowed:
            raise DisputeError("Choose people of the list: nobody who had a part mediates.", field="mediators")
        last.state, last.due_on = State.MEDIATION, disputes.due_after(today)
        last.save(update_fields=["state", "due_on"])
        made, is_new = Mediation.objects.get_or_create(dispute=last, defaults={"asked_by": by, "asked_at": at})
        made.mediators.set(mediators)
        moved = move(locked, "mediate", by=by, at=at) if is_new else locked
        messages_dispute.mediation_asked(last, moved, mediators, by=by, at=at, today=today)
        activity.record("asked for mediation", target=about(moved), by=by, at=at, round=last.round)
    return made


def may_decide(audit: Audit, user: User, *, last: Dispute | None) -> bool:
    """Whether this person can decide now: one of the mediators, who still has no part in the audit."""
    if audit.status != Status.MEDIATION or last is None or last.state != State.MEDIATION:
        return False
    return last.mediation.mediators.filter(pk=user.pk).exists() and user.pk not in with_a_part(audit)


def decide(audit: Audit, *, came: Mapping[str, Came], note: str, by: User, at: datetime, today: date) -> Mediation:
    """Decide every line, with the reason; it binds everybody. Changed grades count at once. Raises DisputeError."""
    with transaction.atomic():
        locked, last = disputes.lock(audit)
        if last is None or not may_decide(locked, by, last=last):
            raise DisputeError("Somebody else has decided it meanwhile, or it is not yours to decide.")
        if not note.strip():
            raise DisputeError("Write what you decided, and why, for everybody to read.", field="note")
        checked = check_lines(locked, list(last.lines.all()), came, every=True)
        made = last.mediation
        made.note, made.decided_by, made.decided_at = note.strip(), by, at
        made.save(update_fields=["note", "decided_by", "decided_at"])
        _write_lines(checked)
        change_grades(locked, checked, cause=Cause.MEDIATION, by=by, at=at, today=today)
        due = disputes.part_b_due_again(locked, today=today)
        moved = move(locked, "decide", by=by, at=at, also={"part_b_due_on": due})
        last.state = State.DECIDED
        last.save(update_fields=["state"])
        messages_dispute.decided(last, moved, made.mediators.all(), by=by, at=at, today=today)
        activity.record("decided in mediation", target=about(moved), by=by, at=at, round=last.round)
    return made


def _write_lines(checked: Collection[Checked]) -> None:
    for each in checked:
        each.line.decided, each.line.decided_grade_id, each.line.decided_why = each.outcome, each.grade_id, each.why
        each.line.save(update_fields=["decided", "decided_grade", "decided_why"])
