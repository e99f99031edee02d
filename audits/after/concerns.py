"""Concerns about the quality of an audit: raised to the audit team, answered, counted (S8, source 002)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Q

from audits import messages_concern
from audits.messages import about as named
from audits.models import Audit, Concern
from audits.permissions import Relation, relations
from people import activity
from people.line_management import principal_social_worker
from people.models import User
from people.refusal import Refused
from people.roles import Permission

SHOWN = 20


class ConcernError(Refused):
    """A concern that cannot be raised or answered; `field` is what a form shows the message beside."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many concerns were raised about one thing, and what became of them."""

    about: str
    label: str
    raised: int
    upheld: int  # agreed with, wholly or partly
    waiting: int


def may_raise(audit: Audit, user: User) -> bool:
    """Whether this person may raise one: whoever may read the audit, once it is submitted, but not who wrote it."""
    return audit.is_submitted and not relations(audit, user) & {Relation.AUDITOR, Relation.SUPERVISOR}


def may_answer(concern: Concern, user: User) -> bool:
    """Whether this person answers it: the audit team, unless they raised it or the audit is theirs."""
    had_part = {concern.raised_by_id, concern.audit.auditor_id, concern.audit.supervisor_id}
    return user.can(Permission.MANAGE_CYCLES) and user.pk not in had_part and concern.answered_at is None


def raise_concern(audit: Audit, *, about: str, text: str, by: User, at: datetime) -> Concern:
    """Write a concern down and tell the audit team. The same words by the same person are one. Raises ConcernError."""
    text = text.strip()
    if about not in Concern.About.values:
        raise ConcernError("Say what it is about.", field="about")
    if not text:
        raise ConcernError("Say what you are concerned about.", field="text")
    with transaction.atomic():
        locked = Audit.objects.select_for_update().get(pk=audit.pk)
        if not may_raise(locked, by):
            raise ConcernError("A concern can be raised by those who read a finished audit that is not their own.")
        same = Concern.objects.filter(audit=locked, raised_by=by, about=about, text=text, answered_at__isnull=True)
        known = same.first()
        if known is not None:
            return known
        last = Concern.objects.filter(audit=locked).aggregate(last=Max("number"))["last"] or 0
        values = {"number": last + 1, "about": about, "text": text, "raised_by": by, "raised_at": at}
        concern = Concern.objects.create(audit=locked, **values)
        team = principal_social_worker(today=at.date())
        if team is not None and team.pk != by.pk:
            messages_concern.raised(concern, team, at=at)
        activity.record("raised a concern about an audit", target=named(locked), by=by, at=at, concern=concern.number)
    return concern


def answer(concern: Concern, *, outcome: str, text: str, by: User, at: datetime) -> Concern:
    """Answer a concern, once; who raised it is told. Raises ConcernError."""
    text = text.strip()
    if outcome not in Concern.Outcome.values:
        raise ConcernError("Say whether you agree.", field="outcome")
    if not text:
        raise ConcernError("Write what you found, and what follows from it.", field="answer")
    with transaction.atomic():
        rows = Concern.objects.select_for_update(of=("self",)).select_related("audit", "raised_by")
        locked = rows.get(pk=concern.pk)
        if locked.answered_at is not None:
            if (locked.outcome, locked.answer, locked.answered_by_id) == (outcome, text, by.pk):
                return locked  # pressed twice
            raise ConcernError("Somebody else has answered it meanwhile. Their answer stands.")
        if not may_answer(locked, by):
            raise ConcernError("The audit team answers this: somebody who neither raised it nor wrote the audit.")
        locked.outcome, locked.answer, locked.answered_by, locked.answered_at = outcome, text, by, at
        locked.save(update_fields=["outcome", "answer", "answered_by", "answered_at"])
        messages_concern.answered(locked, at=at)
        activity.record("answered a concern", target=named(locked.audit), by=by, at=at, concern=locked.number)
    return locked


def waiting_for(user: User) -> list[Concern]:
    """The concerns that wait for an answer of this person, the longest waiting first. One query, none for most."""
    if not user.can(Permission.MANAGE_CYCLES):
        return []
    rows = Concern.objects.visible_to(user).waiting().exclude(raised_by=user).exclude(audit__auditor=user)
    return list(rows.select_related("audit", "raised_by").order_by("raised_at", "pk")[:SHOWN])


def counted(concerns: Iterable[int] | None = None) -> list[Counted]:
    """What concerns were about, the most frequent first; of these pks, or of all. One query."""
    rows = Concern.objects.order_by() if concerns is None else Concern.objects.filter(pk__in=concerns).order_by()
    agreed = Q(outcome__in=[Concern.Outcome.UPHELD, Concern.Outcome.PARTLY])
    found = rows.values("about").annotate(
        raised=Count("pk"),
        upheld=Count("pk", filter=agreed),
        waiting=Count("pk", filter=Q(answered_at__isnull=True)),
    )
    labels = dict(Concern.About.choices)
    lines = [Counted(row["about"], labels[row["about"]], row["raised"], row["upheld"], row["waiting"]) for row in found]
    return sorted(lines, key=lambda line: (-line.raised, line.label))
