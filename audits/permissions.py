"""Who may view, complete, answer and close an audit: by relation to the audit and by job role."""

from __future__ import annotations

from enum import StrEnum

from audits.models import Audit, SmartAction
from people.models import User
from people.roles import Permission


class Relation(StrEnum):
    """What a person is to one audit."""

    AUDITOR = "the auditor"
    SUPERVISOR = "the supervisor of the auditor"
    WORKER = "the worker"
    TEAM_MANAGER = "the team manager"
    PROGRAMME = "whoever runs the programme"
    ACTION_OWNER = "the owner of one of its actions"
    READER = "somebody who may read it"


def relations(audit: Audit, user: User) -> frozenset[Relation]:
    """What this person is to this audit. Nobody is their own team manager, and an auditor is nothing else to it.

    A supervisor of the auditor (P4) answers nothing about the audit either, but may run the programme.
    """
    if audit.auditor_id == user.pk:
        return frozenset({Relation.AUDITOR})
    found = set()
    if audit.supervisor_id == user.pk:
        found.add(Relation.SUPERVISOR)
    elif audit.worker_id == user.pk:
        found.add(Relation.WORKER)
    elif _manages_team(audit, user):
        found.add(Relation.TEAM_MANAGER)
    if user.can(Permission.MANAGE_CYCLES):
        found.add(Relation.PROGRAMME)
    return frozenset(found or {Relation.READER})


def _manages_team(audit: Audit, user: User) -> bool:
    if _needs_stand_in(audit) and _stands_in(audit, user):
        return True
    if not user.can(Permission.ANSWER_PART_B_AS_MANAGER):
        return False
    return audit.team_manager_id == user.pk or (audit.team_id is not None and audit.team_id == user.team_id)


def _needs_stand_in(audit: Audit) -> bool:
    """Whether the team has no manager who could answer: none on record, leaving, or with a part in the audit."""
    manager = audit.team_manager
    with_a_part = {audit.worker_id, audit.auditor_id, audit.supervisor_id}
    return manager is None or manager.leave_date is not None or manager.pk in with_a_part


def _stands_in(audit: Audit, user: User) -> bool:
    """The managers of the service, and whoever runs the programme, so that no audit is stuck for ever."""
    of_service = user.can(Permission.VIEW_SERVICE_AUDITS) and audit.service_id is not None
    return user.can(Permission.MANAGE_CYCLES) or (of_service and audit.service_id == user.service_id)


def may_write(audit: Audit, user: User) -> bool:
    """Whether this person may fill it in now: the auditor, or a learner’s supervisor, until it is submitted (P4)."""
    return user.pk in {audit.auditor_id, audit.supervisor_id} and audit.is_unfinished


def may_submit(audit: Audit, user: User) -> bool:
    """Whether this person may submit it now: only the auditor, who answers for it."""
    return audit.auditor_id == user.pk and audit.is_unfinished


def may_read_answers(audit: Audit, user: User) -> bool:
    """Whether this person, who may see the audit, may read what is in it.

    The auditor always, the supervisor of the auditor while it is written (P4), everybody else once it is submitted.
    """
    if audit.supervisor_id == user.pk and audit.is_unfinished:
        return True
    return audit.auditor_id == user.pk or audit.is_submitted


def may_answer_as_manager(audit: Audit, user: User) -> bool:
    """Whether this person answers Part B as team manager."""
    return audit.is_submitted and Relation.TEAM_MANAGER in relations(audit, user)


def may_answer_as_worker(audit: Audit, user: User) -> bool:
    """Whether this person answers Part B as the worker."""
    return audit.is_submitted and Relation.WORKER in relations(audit, user)


def may_complete_action(action: SmartAction, user: User) -> bool:
    """Whether this person may record an action as done: its owner or the team manager, once the audit is submitted."""
    if not action.audit.is_submitted or action.done_on is not None:
        return False
    return action.owner_id == user.pk or Relation.TEAM_MANAGER in relations(action.audit, user)
