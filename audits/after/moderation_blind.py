"""Who must not see the grades of which audits: moderators and adjudicators who have not graded yet (S5).

Somebody who calibrates on a copy without names is not among them: a gap in the lists would tell them whose copy it is.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Value

from audits.models import Audit, ModerationTask
from audits.models.audit import AuditQuerySet
from audits.models.moderation import ModerationTaskQuerySet
from people.models import User
from people.roles import JobRole, Permission


def may_be_blind(user: User) -> bool:
    """Whether this person could moderate or adjudicate at all; asks the database nothing."""
    return user.can(Permission.MODERATE) or user.job_role == JobRole.HEAD_OF_SERVICE


def blind_tasks(user: User) -> ModerationTaskQuerySet:
    """The moderations that this person still has to grade or to decide without having seen a grade."""
    return ModerationTask.objects.blind_for(user)


def hides_judgement(audit: Audit, user: User) -> bool:
    """Whether the grades of this audit are kept from this person, because they are to grade it themselves. One query.

    None for those who could never moderate.
    """
    return may_be_blind(user) and blind_tasks(user).filter(audit=audit).exists()


def hidden_ids(user: User) -> list[int]:
    """The audits whose grades are kept from this person. One query, none for those who could never moderate."""
    return list(blind_tasks(user).values_list("audit_id", flat=True)) if may_be_blind(user) else []


def hidden_references(user: User) -> list[str]:
    """The same by reference, for what names audits by it: mail, activity."""
    if not may_be_blind(user):
        return []
    return list(blind_tasks(user).values_list("audit__reference", flat=True))


def hidden_mail(user: User) -> list[str]:
    """What mail is about that this person must not see now: its subject can tell how an audit was graded."""
    return [f"audit:{reference}" for reference in hidden_references(user)]


def mark_blind(rows: AuditQuerySet, *, viewer: User) -> AuditQuerySet:
    """These audits, each with `blind`: whether its grades are kept from this person. No query more."""
    if not may_be_blind(viewer):
        return rows.annotate(blind=Value(False))
    mine = blind_tasks(viewer).filter(audit=OuterRef("pk"))
    return rows.annotate(blind=Exists(mine))


def with_grades_seen(rows: AuditQuerySet, *, viewer: User) -> AuditQuerySet:
    """Only those of these audits whose grades this person may see: for lists that choose by grade."""
    if not may_be_blind(viewer):
        return rows
    return rows.exclude(pk__in=blind_tasks(viewer).values("audit"))
