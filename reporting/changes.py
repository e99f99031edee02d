"""What happened to a month after its draw: cases given by hand, swapped, replaced, put off, and why some never came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields import TextField
from django.db.models.functions import Concat

from allocation.changes.request_counts import ReasonCount, counts_by_why
from allocation.models import Allocation, AuditRequest, Handover, Origin, Override
from audits.models.audit import AuditQuerySet
from people.models import Activity, User
from reporting import measures
from reporting.naming import names_a_child

GAVE = "gave a case by override"  # as allocation.overriding records it
PERSONAL = frozenset({AuditRequest.Why.LEAVE, AuditRequest.Why.SICKNESS, AuditRequest.Why.LEAVING})
PERSONAL_REASONS = "Personal reasons"  # reports are read widely, and audits are few: nobody's sickness shows in them
NO_LONGER_ASKED = (AuditRequest.State.WITHDRAWN, AuditRequest.State.OVERTAKEN)
NOT_RETURNED = (measures.OVERDUE, measures.EXEMPT, measures.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Changes:
    """How many times each thing happened."""

    by_hand: int  # given by a recorded decision with its reason (L2)
    in_spite_of_a_rule: int  # of those by hand
    swaps: int
    to_another: int  # given to another auditor, not by a swap
    from_reserve: int  # another case of the draw's reserve came in place of one that dropped out
    again: int  # the case of an exempt auditor, given to another one
    extensions: int

    @property
    def in_place_of_others(self) -> int:
        """Audits that were allocated in place of one that dropped out: both are allocated, one of them is not done."""
        return self.from_reserve + self.again


@dataclass(frozen=True, slots=True)
class NotReturned:
    """How many audits did not come back for one reason."""

    state: str
    why: str
    n: int


def changes(scope: AuditQuerySet, *, month: date) -> dict[str, Changes]:
    """What changed after the draws of a scope, of one month and of all of them. Three queries."""
    counted = _allocations(scope, month) | _handovers(scope, month) | _extensions(scope, month)
    names = Changes.__dataclass_fields__
    return {
        "month": Changes(**{name: counted[f"{name}_month"] for name in names}),
        "running": Changes(**{name: counted[name] for name in names}),
    }


def _both(rows: QuerySet[Any], month: date, **what: Q) -> dict[str, int]:
    """Each count twice: over all rows, and over those of one month's audits."""
    mine = Q(audit__month=month)
    counts: dict[str, Any] = {name: Count("pk", filter=wanted) for name, wanted in what.items()}
    counts |= {f"{name}_month": Count("pk", filter=wanted & mine) for name, wanted in what.items()}
    return dict(rows.order_by().aggregate(**counts))


def _allocations(scope: AuditQuerySet, month: date) -> dict[str, int]:
    rows = Allocation.objects.filter(audit__in=scope.order_by())
    by_hand, again, reserve = ~Q(override_reason=""), Q(origin=Origin.AGAIN), Q(origin=Origin.RESERVE)
    in_spite = by_hand & (Exists(_written_down()) | Exists(_given_at_once()))
    return _both(rows, month, by_hand=by_hand, in_spite_of_a_rule=in_spite, from_reserve=reserve, again=again)


def _written_down() -> QuerySet[Override]:
    """The override of an allocation that stood beside its draw, where something stood against the pair."""
    same_pair = Override.objects.filter(draw=OuterRef("draw"), case=OuterRef("case"), taken_back_at__isnull=True)
    return same_pair.exclude(against=[])


def _given_at_once() -> QuerySet[Activity]:
    """What is on record about an allocation made after its draw was published, where something stood against it."""
    about = Concat(Value("audit:"), OuterRef("audit__reference"))
    return Activity.objects.filter(verb=GAVE, target=about).exclude(detail__against=[])


def _handovers(scope: AuditQuerySet, month: date) -> dict[str, int]:
    rows = Handover.objects.filter(audit__in=scope.order_by())
    swap, other = Q(kind=Handover.Kind.SWAP), Q(kind=Handover.Kind.REPLACEMENT)
    return _both(rows, month, swaps=swap, to_another=other)


def _extensions(scope: AuditQuerySet, month: date) -> dict[str, int]:
    rows = AuditRequest.objects.filter(audit__in=scope.order_by(), kind=AuditRequest.Kind.EXTENSION)
    return _both(rows, month, extensions=Q(state=AuditRequest.State.AGREED))


# ------------------------------------------------------------------ why audits did not come back


def not_returned(scope: AuditQuerySet, *, as_of: date) -> list[NotReturned]:
    """The overdue, exempt and withdrawn audits of a scope by the reason that is known, most frequent first (R2).

    An exempt one by what its auditor asked for, an overdue one by the latest request about it; personal reasons are
    counted together. One query.
    """
    asked = AuditRequest.objects.filter(audit=OuterRef("pk")).exclude(state__in=NO_LONGER_ASKED).order_by("-pk")
    exempted = asked.filter(kind=AuditRequest.Kind.EXEMPTION, state=AuditRequest.State.AGREED)
    rows = (
        scope.order_by()
        .annotate(state=measures.state_on(as_of))
        .filter(state__in=NOT_RETURNED)
        .annotate(
            asked=Subquery(asked.values("why")[:1]),
            exempted=Subquery(exempted.values("why")[:1]),
            replaced=Exists(Allocation.objects.filter(replaces__audit=OuterRef("pk"))),
        )
        .values_list("state", "asked", "exempted", "replaced")
        .annotate(n=Count("pk"))
    )
    counts: dict[tuple[str, str], int] = {}
    for state, why, exempt_for, replaced, n in rows:
        key = (state, _reason(state, exempt_for if state == measures.EXEMPT else why, replaced=replaced))
        counts[key] = counts.get(key, 0) + n
    found = [NotReturned(state, why, n) for (state, why), n in counts.items()]
    return sorted(found, key=lambda row: (NOT_RETURNED.index(row.state), -row.n, row.why))


def _reason(state: str, why: str | None, *, replaced: bool) -> str:
    if state == measures.WITHDRAWN:
        return "Another case came in its place" if replaced else "Taken back without another case"
    if why in PERSONAL:
        return PERSONAL_REASONS
    if why:
        return str(AuditRequest.Why(why).label)
    return "Decided without a request" if state == measures.EXEMPT else "No reason known"


def requests_by_reason(month: date) -> dict[str, list[ReasonCount]]:
    """What auditors asked for about a month's audits, by kind and reason, with personal reasons counted together."""
    return {kind: _folded(counts_by_why(month, kind=kind)) for kind in AuditRequest.Kind.values}


def _folded(rows: list[ReasonCount]) -> list[ReasonCount]:
    personal = [row for row in rows if row.why in PERSONAL]
    others = [row for row in rows if row.why not in PERSONAL]
    if personal:
        names = ("asked", "agreed", "refused", "waiting", "withdrawn", "given_again")
        sums = {name: sum(getattr(row, name) for row in personal) for name in names}
        others.append(ReasonCount(why="personal", words=PERSONAL_REASONS, **sums))
    return sorted(others, key=lambda row: (-row.asked, row.why))


# ------------------------------------------------------------------ given by hand


def reasons_by_hand(month: date) -> list[str]:
    """Why each case of a month was given in spite of a rule, for senior managers: no child, no member of staff named.

    A reason that holds a name is not shown. One query, and two for each reason.
    """
    given = Allocation.objects.filter(audit__month=month).exclude(override_reason="")
    return [_without_names(reason) for reason in given.order_by("pk").values_list("override_reason", flat=True)]


def _without_names(reason: str) -> str:
    if names_a_child(reason) or _names_staff(reason):
        return "Not shown here, because the reason names somebody. It is on the page of the month’s draw."
    return reason


def _names_staff(words: str) -> bool:
    known = User.objects.annotate(words=Value(words, output_field=TextField()))
    return known.filter(words__icontains=F("name")).exists()
