"""Why audits did not come back by their due date: said by auditor, manager or programme, counted each month (E5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import TruncDate

from allocation.chasing.escalation import followed_by
from allocation.models import NonReturn
from allocation.month_lock import CycleError
from audits.deadlines import LONDON, london_date
from audits.models import COMPLETED, UNFINISHED, Audit
from audits.models.audit import AuditQuerySet
from people import activity
from people.models import User

Reason = NonReturn.Reason


@dataclass(frozen=True, slots=True)
class Reasons:
    """How many audits did not come back in time, and why: each reason, and of how many nobody has said it."""

    missed: int = 0  # n of `allocated`
    allocated: int = 0
    rows: list[tuple[str, int]] = field(default_factory=list)  # in words, the most frequent first; they sum to `missed`
    unsaid: list[str] = field(default_factory=list)  # the references of those of which nobody has said it


def was_missed(audit: Audit, *, today: date) -> bool:
    """Whether an audit did not come back by its due date: late now, or submitted late."""
    if audit.submitted_at is not None:
        return audit.is_submitted and london_date(audit.submitted_at) > audit.due_on
    return audit.is_overdue(today)


def may_say(audit: Audit, user: User) -> bool:
    """Whether this person may say why: the auditor, managers, who was told of it, the programme. One query."""
    return audit.auditor_id == user.pk or followed_by(user, Audit.objects.filter(pk=audit.pk)).exists()


def record(audit: Audit, *, reason: str, note: str, by: User, at: datetime, today: date) -> NonReturn:
    """Record why an audit did not come back in time; a later word corrects an earlier one, which stays.

    Raises CycleError where this person has no say in it, where it was in time, without a reason, and where another
    reason is not said. The same again changes nothing.
    """
    note = " ".join(note.split())
    if reason not in Reason.values:
        raise CycleError("Choose the reason that fits best.", field="reason")
    if reason == Reason.OTHER and not note:
        raise CycleError("Say in a few words what the reason was.", field="note")
    with transaction.atomic():
        locked = Audit.objects.select_for_update().get(pk=audit.pk)
        if not may_say(locked, by):
            raise CycleError("Only the auditor, their managers and whoever runs the programme say why.")
        if not was_missed(locked, today=today):
            raise CycleError(f"Audit {locked.reference} did not miss its due date, so there is nothing to explain.")
        last = said_last([locked.pk]).get(locked.pk)
        if last is not None and (last.due_on, last.reason, last.note) == (locked.due_on, reason, note):
            return last
        activity.record("said why an audit is late", target=f"audit:{locked.reference}", by=by, at=at, reason=reason)
        return NonReturn.objects.create(
            audit=locked, due_on=locked.due_on, auditor=locked.auditor, reason=reason, note=note, by=by, at=at
        )


def said_last(audit_ids: Iterable[int]) -> dict[int, NonReturn]:
    """What was said last of each of these audits about its present due date. One query."""
    rows = NonReturn.objects.filter(audit__in=list(audit_ids), due_on=F("audit__due_on")).select_related("by")
    return {row.audit_id: row for row in rows.order_by("at", "pk")}


def missed(scope: AuditQuerySet, *, today: date) -> AuditQuerySet:
    """Of these audits, those that did not come back by their due date; exempt and withdrawn ones are not among them."""
    submitted_on = TruncDate("submitted_at", tzinfo=LONDON)
    late_now = Q(status__in=UNFINISHED, due_on__lt=today)
    found: AuditQuerySet = scope.annotate(submitted_on=submitted_on).filter(
        late_now | Q(status__in=COMPLETED, submitted_on__gt=F("due_on"))
    )
    return found


def counts_by_reason(scope: AuditQuerySet, *, today: date) -> Reasons:
    """Why the audits of a month, or of any others, did not come back in time: n of N for each reason (E5). Two queries.

    An audit counts once, with what was said last about its present due date.
    """
    last = NonReturn.objects.filter(audit=OuterRef("pk"), due_on=OuterRef("due_on")).order_by("-at", "-pk")
    late = missed(scope.order_by(), today=today).annotate(said=Subquery(last.values("reason")[:1]))
    said = list(late.order_by("reference").values_list("reference", "said"))
    counts = Counter(reason for _, reason in said)
    words = dict(Reason.choices)
    rows = [(str(words[reason]), n) for reason, n in counts.most_common() if reason is not None]
    if counts[None]:
        rows.append(("Nobody has said why", counts[None]))
    given = scope.filter(status__in=(*UNFINISHED, *COMPLETED)).count()
    return Reasons(counts.total(), given, rows, [reference for reference, reason in said if reason is None])


def waiting_for(user: User, *, today: date) -> list[Audit]:
    """Late audits of people this person manages, of which nobody has said why; at most twenty, the oldest first.

    One query.
    """
    said = NonReturn.objects.filter(audit=OuterRef("pk"), due_on=OuterRef("due_on"))
    late = (
        Audit.objects.overdue(today).filter(auditor__line_manager=user).annotate(said=Subquery(said.values("pk")[:1]))
    )
    return list(late.filter(said__isnull=True).select_related("auditor").order_by("due_on", "reference")[:20])
