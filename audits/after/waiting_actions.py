"""Which actions wait for whom: to be verified by somebody else, to be looked back on."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q, QuerySet

from audits.after import looking_back
from audits.after.action_rights import of_my_team
from audits.models import Helped, SmartAction, Status
from audits.models.smart_action import SmartActionQuerySet
from people.models import User
from people.roles import Permission

AT_MOST = 20
NAMED = ("audit__team", "owner", "done_by")


def to_verify(rows: SmartActionQuerySet) -> SmartActionQuerySet:
    """Those recorded as done that nobody has verified, of audits that are not closed."""
    return rows.to_verify().exclude(audit__status=Status.CLOSED)


def _nobody_nearer() -> Q:
    """Neither a team manager nor an auditor is left who could verify it."""
    manager, auditor = "audit__team_manager", "audit__auditor"
    return (_cannot(manager) | Q(audit__team_manager__isnull=True)) & _cannot(auditor)


def _cannot(who: str) -> Q:
    gone = Q(**{f"{who}__is_active": False}) | Q(**{f"{who}__leave_date__isnull": False})
    return gone | Q(owner=F(who)) | Q(done_by=F(who))


def to_verify_for(user: User) -> QuerySet[SmartAction]:
    """Those that this person is asked to verify: as team manager or auditor, and as manager of the service or programme
    where neither is left. Oldest first, at most twenty, in one query."""
    asked = Q(audit__auditor=user) | of_my_team(user)
    if user.can(Permission.MANAGE_CYCLES):
        asked |= _nobody_nearer()
    elif user.can(Permission.VIEW_SERVICE_AUDITS) and user.service_id:
        asked |= Q(audit__service_id=user.service_id) & _nobody_nearer()
    rows = to_verify(SmartAction.objects.visible_to(user)).filter(asked).exclude(owner=user).exclude(done_by=user)
    return rows.select_related(*NAMED).order_by("done_on", "pk")[:AT_MOST]


def looked_back_on(rows: SmartActionQuerySet, *, today: date) -> SmartActionQuerySet:
    """Those done and verified long enough ago, of which nobody has said for good whether they helped."""
    again = Q(helped=Helped.TOO_EARLY, helped_on__lte=today - looking_back.ASK_AGAIN_AFTER)
    return rows.filter(
        Q(helped="") | again,
        verified_on__isnull=False,
        done_on__lte=looking_back.asked_for_done_before(today=today),
    )


def to_look_back_on(user: User, *, today: date) -> QuerySet[SmartAction]:
    """Those that this person is asked to look back on, as owner or team manager. Oldest first, at most twenty."""
    rows = looked_back_on(SmartAction.objects.visible_to(user), today=today)
    mine = rows.filter(Q(owner=user) | of_my_team(user))
    return mine.select_related(*NAMED).order_by("done_on", "pk")[:AT_MOST]
