"""Who may do what with an action after its audit was submitted: by relation to the audit and to the action."""

from __future__ import annotations

from django.db.models import Q

from audits.models import Audit, SmartAction, Status
from audits.permissions import Relation, may_complete_action, relations
from people.models import User
from people.roles import Permission

IN_CHARGE = frozenset({Relation.TEAM_MANAGER, Relation.PROGRAMME})
may_complete = may_complete_action


def _manages_service(audit: Audit, user: User) -> bool:
    of_service = user.can(Permission.VIEW_SERVICE_AUDITS) and audit.service_id is not None
    return of_service and audit.service_id == user.service_id


def had_a_hand(action: SmartAction, user: User) -> bool:
    """Whether the action is theirs, or they recorded it as done: then somebody else verifies it (S7)."""
    return user.pk in (action.owner_id, action.done_by_id)


def may_check(action: SmartAction, user: User) -> bool:
    """Whether this person may verify an action of this audit, had they no hand in it.

    The team manager, the managers of the service, the auditor and whoever runs the programme.
    """
    known = relations(action.audit, user)
    return bool(known & (IN_CHARGE | {Relation.AUDITOR})) or _manages_service(action.audit, user)


def may_verify(action: SmartAction, user: User) -> bool:
    """Whether this person may verify it now: recorded as done, by somebody else, and not verified yet."""
    waits = action.done_on is not None and action.verified_on is None
    return waits and not had_a_hand(action, user) and may_check(action, user)


def may_send_back(action: SmartAction, user: User) -> bool:
    """Whether this person may say that it is not done after all; never once the audit is closed."""
    return may_verify(action, user) and action.audit.status != Status.CLOSED


def may_steer(action: SmartAction, user: User) -> bool:
    """Whether this person may move its deadline or give it to somebody else: the team manager or the programme."""
    return action.audit.is_submitted and action.done_on is None and bool(relations(action.audit, user) & IN_CHARGE)


def may_look_back(action: SmartAction, user: User) -> bool:
    """Whether this person may say if it helped the child: its owner or the team manager, once it is verified."""
    if action.verified_on is None:
        return False
    return action.owner_id == user.pk or Relation.TEAM_MANAGER in relations(action.audit, user)


def of_my_team(user: User) -> Q:
    """Actions of audits that this person answers as team manager; what `relations` says, as a filter."""
    if not user.can(Permission.ANSWER_PART_B_AS_MANAGER):
        return Q(pk__in=[])
    mine = Q(audit__team_manager=user)
    if user.team_id:
        mine |= Q(audit__team_id=user.team_id)
    return mine & without_a_part(user)


def without_a_part(user: User) -> Q:
    """Actions of audits in which this person was neither auditor, supervisor nor worker."""
    return ~Q(audit__auditor=user) & ~Q(audit__supervisor=user) & ~Q(audit__worker=user)
