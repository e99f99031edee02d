"""What is waited for, by whom it is owed and since when: one function for each subject, a query or two for each.

The state of the things themselves decides, never a list of what should be sent: what is done, let off or taken back
is not in the answer of these functions any more, and so is not chased (R18).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from allocation.models import AuditRequest, Chase, Handover, Subject
from audits import immediate_risks
from audits.after import notice_recipients, urgent_notices
from audits.after.part_b import needs_worker
from audits.deadlines import london_date
from audits.models import Audit, ModerationTask, SmartAction, Status, StatusChange
from audits.risk_recipients import MUST_ACKNOWLEDGE

Identity = tuple[int, str, str, date]
SIDES = ("manager", "worker")


@dataclass(frozen=True, slots=True)
class Look:
    """Up to which due day is looked, on which day, and at which audit (None: at all of them)."""

    today: date
    horizon: date
    audit_id: int | None = None

    def only(self, rows: QuerySet[Any], path: str) -> QuerySet[Any]:
        """Those of the audit that is looked at."""
        return rows if self.audit_id is None else rows.filter(**{path: self.audit_id})


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that is waited for, with the stages of it that were handled already."""

    audit: Audit
    subject: str
    key: str  # which of the audit's: an action's number, a side of Part B, who was told
    owner_id: int | None
    counts_from: date  # when it is due; for an answer, when they were told
    told_at: datetime  # when its owner was last told of the date
    row: Any = None  # what go_up needs of an answer
    recorded: frozenset[str] = frozenset()

    @property
    def identity(self) -> Identity:
        """What a recorded stage names it by."""
        return self.audit.pk, self.subject, self.key, self.counts_from


def with_told_at(audits: QuerySet[Audit]) -> QuerySet[Audit]:
    """Each audit with `told_at`: when its auditor was last told the due date, by mail.

    That is when it was given out, taken over from another auditor, or given the present due date as an extension.
    """
    extended = AuditRequest.objects.filter(
        audit=OuterRef("pk"), kind="extension", state="agreed", wanted_due_on=OuterRef("due_on")
    )
    handed_over = Handover.objects.filter(audit=OuterRef("pk"))
    return audits.annotate(
        told_at=Greatest(
            F("allocated_at"),
            Subquery(extended.order_by("-settled_at").values("settled_at")[:1]),
            Subquery(handed_over.order_by("-at").values("at")[:1]),
        )
    )


def audits(look: Look) -> list[Waiting]:
    """Audits that are not submitted, due until the horizon."""
    rows = with_told_at(look.only(Audit.objects.unfinished().filter(due_on__lte=look.horizon), "pk"))
    return [
        Waiting(audit, Subject.AUDIT, "", audit.auditor_id, audit.due_on, audit.told_at)  # type: ignore[attr-defined]  # annotated
        for audit in rows.order_by("due_on", "pk")
    ]


def part_bs(look: Look) -> list[Waiting]:
    """The sides of Part B that are not signed, while the audit is with the team; each time sent back it counts anew."""
    back = StatusChange.objects.filter(audit=OuterRef("pk"), to_status=Status.WITH_TEAM).order_by("-at")
    rows = look.only(Audit.objects.filter(status=Status.WITH_TEAM, part_b_due_on__lte=look.horizon), "pk")
    rows = rows.select_related("worker", "part_b").annotate(
        with_team_at=Coalesce(Subquery(back.values("at")[:1]), F("submitted_at")),
        **{f"{side}_back": Count("part_b__returns", filter=Q(part_b__returns__side=side)) for side in SIDES},
        **{f"{side}_back_at": Max("part_b__returns__at", filter=Q(part_b__returns__side=side)) for side in SIDES},
    )
    return [waiting for audit in rows.order_by("part_b_due_on", "pk") for waiting in _sides(audit, today=look.today)]


def _sides(audit: Any, *, today: date) -> list[Waiting]:
    part_b, found = getattr(audit, "part_b", None), []
    for side in SIDES:
        if part_b is not None and getattr(part_b, f"{side}_signed_at") is not None:
            continue
        times, back_at = getattr(audit, f"{side}_back"), getattr(audit, f"{side}_back_at")
        told_at = max(filter(None, (audit.submitted_at, audit.with_team_at, back_at)))
        if side == "worker" and not needs_worker(audit, today=today):
            continue
        key = f"{side}-{times + 1}" if times else side
        owner_id = audit.worker_id if side == "worker" else audit.team_manager_id
        found.append(Waiting(audit, Subject.PART_B, key, owner_id, audit.part_b_due_on, told_at))
    return found


def actions(look: Look) -> list[Waiting]:
    """Actions of submitted audits that are not done."""
    rows = look.only(SmartAction.objects.open().filter(due_on__lte=look.horizon), "audit").select_related("audit")
    rows = rows.annotate(changed_at=Max("steps__at", filter=Q(steps__kind__in=("moved", "given", "sent_back"))))
    found = []
    for row in rows.order_by("due_on", "pk"):
        told_at = max(filter(None, (row.audit.submitted_at, row.changed_at)))
        found.append(Waiting(row.audit, Subject.ACTION, str(row.number), row.owner_id, row.due_on, told_at, row))
    return found


def notices(look: Look) -> list[Waiting]:
    """Those whose own job it is to acknowledge an urgent audit and who have not; not once it is urgent no more."""
    rows = urgent_notices.unanswered().filter(part__in=notice_recipients.DUTY, told_at__date__lte=look.horizon)
    rows = look.only(rows.select_related("notice__audit"), "notice__audit")
    return [_answer(Subject.NOTICE, row, row.notice.audit, row.told_at) for row in rows]


def risks(look: Look) -> list[Waiting]:
    """Those whose own job it is to acknowledge a child at risk and who have not."""
    rows = immediate_risks.unanswered().filter(part__in=MUST_ACKNOWLEDGE, risk__raised_at__date__lte=look.horizon)
    rows = look.only(rows.select_related("risk__audit"), "risk__audit")
    return [_answer(Subject.RISK, row, row.risk.audit, row.risk.raised_at) for row in rows]


def _answer(subject: str, row: Any, audit: Audit, told_at: datetime) -> Waiting:
    return Waiting(audit, subject, str(row.pk), row.person_id, london_date(told_at), told_at, row)


def moderations(look: Look) -> list[Waiting]:
    """Audits given to a moderator who has not graded them."""
    rows = look.only(ModerationTask.objects.to_grade().filter(due_on__lte=look.horizon), "audit")
    return [
        Waiting(row.audit, Subject.MODERATION, "", row.moderator_id, row.due_on, row.given_at, row)
        for row in rows.select_related("audit").order_by("due_on", "pk")
    ]


READERS: dict[str, Callable[[Look], list[Waiting]]] = {
    Subject.AUDIT: audits,
    Subject.PART_B: part_bs,
    Subject.ACTION: actions,
    Subject.NOTICE: notices,
    Subject.RISK: risks,
    Subject.MODERATION: moderations,
}


def with_recorded(found: Iterable[Waiting]) -> list[Waiting]:
    """The same, each with the codes of its stages that were handled. One query."""
    waiting = list(found)
    recorded: dict[Identity, set[str]] = {}
    rows = Chase.objects.filter(audit__in={each.audit.pk for each in waiting}).order_by()
    for audit_id, subject, key, day, stage in rows.values_list("audit_id", "subject", "key", "counts_from", "stage"):
        recorded.setdefault((audit_id, subject, key, day), set()).add(stage)
    return [replace(each, recorded=frozenset(recorded.get(each.identity, ()))) for each in waiting]
