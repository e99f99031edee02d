"""How many requests gave which reason, and what became of them: for the programme's own page and for reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q

from allocation.models import Allocation, AuditRequest, Origin
from allocation.models.request import AuditRequestQuerySet

State, Why = AuditRequest.State, AuditRequest.Why
OVER = (State.WITHDRAWN, State.OVERTAKEN)


@dataclass(frozen=True)
class ReasonCount:
    """How many requests gave one reason, and what became of them."""

    why: str
    words: str
    asked: int
    agreed: int
    refused: int
    waiting: int
    withdrawn: int  # taken back, or no longer needed
    given_again: int = 0  # of the exemptions agreed: the case was given to somebody else, as a new audit


def counts_by_why(month: date, *, kind: str = "") -> list[ReasonCount]:
    """The requests about a month's audits by reason, most frequent first; of one kind or of both."""
    requests = AuditRequest.objects.filter(audit__month=month.replace(day=1))
    return count_by_why(requests.filter(kind=kind) if kind else requests)


def count_by_why(requests: AuditRequestQuerySet) -> list[ReasonCount]:
    """These requests by reason, most frequent first. `asked` is the sum of the others but for `given_again`."""
    waiting = AuditRequest.objects.waiting().values("pk")
    unsettled = Q(state__in=[State.WITH_LINE_MANAGER, State.WITH_PROGRAMME])
    rows = (
        requests.order_by()
        .values("why")
        .annotate(
            asked=Count("pk"),
            agreed=Count("pk", filter=Q(state=State.AGREED)),
            refused=Count("pk", filter=Q(state=State.REFUSED)),
            waiting=Count("pk", filter=Q(pk__in=waiting)),
            withdrawn=Count("pk", filter=Q(state__in=OVER) | (unsettled & ~Q(pk__in=waiting))),
            given_again=Count("pk", filter=Q(state=State.AGREED, kind=AuditRequest.Kind.EXEMPTION) & _given_again()),
        )
        .order_by("-asked", "why")
    )
    return [ReasonCount(words=str(Why(row["why"]).label), **row) for row in rows]


def _given_again() -> Q:
    """Whether the case of the audit that was asked about went to somebody else as a new audit."""
    return Q(Exists(Allocation.objects.filter(replaces__audit=OuterRef("audit"), origin=Origin.AGAIN)))
