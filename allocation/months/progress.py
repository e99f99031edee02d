"""How a month is going: its figures, and a row for each audit with how it came, its mail and its chases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q

from allocation.models import Allocation, AuditRequest, Chase, Cycle, Handover, Origin, Swap
from audits.models import COMPLETED, UNFINISHED, Audit, Status
from audits.models.audit import AuditQuerySet
from people.models import OutgoingMail, User

MAIL_WORDS = {"sent": "sent", "queued": "waiting", "failed": "could not be delivered"}


@dataclass(frozen=True)
class MonthFigures:
    """The audits of a month: all of them, and how many are where."""

    allocated: int = 0
    completed: int = 0
    in_progress: int = 0  # not finished and not late
    overdue: int = 0
    set_aside: int = 0  # exempt or taken back

    @property
    def unfinished(self) -> int:
        """How many are not submitted, late or not."""
        return self.in_progress + self.overdue


@dataclass(frozen=True)
class AuditProgress:
    """One audit of a month, what mail went about it and how it was chased."""

    audit: Audit
    late: bool
    override_reason: str
    mail: Counter[str] = field(default_factory=Counter)
    chases: list[Chase] = field(default_factory=list)
    came: str = ""  # how the case came to be audited
    moves: list[str] = field(default_factory=list)  # how it came from one auditor to another
    instead: str = ""  # the audit that came in its place

    @property
    def mail_in_words(self) -> list[tuple[str, int]]:
        """How many mails are sent, waiting or failed."""
        return [(words, self.mail[status]) for status, words in MAIL_WORDS.items() if self.mail[status]]


def figures(months: Collection[date], *, user: User, today: date) -> dict[date, MonthFigures]:
    """The figures of each of these months, of the audits this person may see. One query."""
    late = Q(status__in=UNFINISHED, due_on__lt=today)
    rows = (
        Audit.objects.visible_to(user)
        .filter(month__in=months)
        .order_by()
        .values("month")
        .annotate(
            allocated=Count("pk"),
            completed=Count("pk", filter=Q(status__in=COMPLETED)),
            in_progress=Count("pk", filter=Q(status__in=UNFINISHED) & ~late),
            overdue=Count("pk", filter=late),
            set_aside=Count("pk", filter=Q(status__in=[Status.EXEMPT, Status.WITHDRAWN])),
        )
    )
    return {row.pop("month"): MonthFigures(**row) for row in rows}  # type: ignore[misc]  # the rest are counts


def audits_of(cycle: Cycle, *, user: User) -> AuditQuerySet:
    """The audits of a month that this person may see, by reference."""
    return _with_people(Audit.objects.visible_to(user).in_month(cycle.month))


def progress_of(audits: Sequence[Audit], *, today: date) -> list[AuditProgress]:
    """A row for each of these audits, in their order. Four queries, whatever the number."""
    return _rows(audits, today=today)


def carried_over(cycle: Cycle, *, user: User, today: date) -> list[AuditProgress]:
    """A row for each unfinished audit of an earlier month that is over (P7), the oldest first. Five queries."""
    before = min(cycle.month, today.replace(day=1))
    return _rows(list(_with_people(Audit.objects.visible_to(user).unfinished().filter(month__lt=before))), today=today)


def _with_people(audits: AuditQuerySet) -> AuditQuerySet:
    return audits.select_related("auditor", "team", "case").order_by("month", "reference")


def _rows(audits: Sequence[Audit], *, today: date) -> list[AuditProgress]:
    mails, chases, given, moves = _mail_about(audits), _chases_of(audits), _given(audits), _moves(audits)
    instead = {each.replaces_id: each.audit.reference for each in given.values() if each.replaces_id}
    rows = []
    for audit in audits:
        allocation = given.get(audit.pk)
        rows.append(
            AuditProgress(
                audit,
                audit.is_overdue(today),
                allocation.override_reason if allocation else "",
                mails[audit.reference],
                chases[audit.pk],
                came_in_words(allocation) if allocation else "",
                moves[audit.pk],
                instead.get(allocation.pk, "") if allocation else "",
            )
        )
    return rows


def came_in_words(allocation: Allocation) -> str:
    """How a case came to be audited. Needs the audit, and the audit it replaces."""
    words = str(allocation.get_origin_display())
    if allocation.origin == Origin.OVERRIDE:
        return f"{words}: {allocation.override_reason}"
    if allocation.replaces is not None:
        return f"{words}, in place of {allocation.replaces.audit.reference}"
    return words


@dataclass(frozen=True)
class OpenBusiness:
    """What waits for somebody's answer about the audits of a month."""

    requests: int
    swaps: int


def open_business(cycle: Cycle, *, today: date) -> OpenBusiness:
    """How many requests and swaps wait for an answer in a month. Two queries."""
    return OpenBusiness(
        requests=AuditRequest.objects.filter(audit__month=cycle.month).waiting().count(),
        swaps=Swap.objects.filter(audit__month=cycle.month).waiting(today=today).count(),
    )


def _mail_about(audits: Iterable[Audit]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    about = [f"audit:{audit.reference}" for audit in audits]
    rows = (
        OutgoingMail.objects.filter(about__in=about).order_by().values_list("about", "status").annotate(n=Count("pk"))
    )
    for name, status, n in rows:
        found[name.removeprefix("audit:")][status] += n
    return found


def _chases_of(audits: Iterable[Audit]) -> dict[int, list[Chase]]:
    found: dict[int, list[Chase]] = defaultdict(list)
    sent = Chase.objects.filter(audit__in=[audit.pk for audit in audits], superseded=False)
    for chase in sent.select_related("recipient").order_by("due_on", "pk"):
        found[chase.audit_id].append(chase)
    return found


def _given(audits: Iterable[Audit]) -> dict[int, Allocation]:
    rows = Allocation.objects.filter(audit__in=[audit.pk for audit in audits])
    return {each.audit_id: each for each in rows.select_related("audit", "replaces__audit")}


def _moves(audits: Iterable[Audit]) -> dict[int, list[str]]:
    """How each audit came from one auditor to another, in words, in the order in which it happened."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Handover.objects.filter(audit__in=[audit.pk for audit in audits])
    for each in rows.select_related("from_auditor").order_by("at", "pk"):
        swap = each.kind == Handover.Kind.SWAP
        how = "Swapped with" if swap else "Taken over from"
        reason = "" if swap else f": {each.reason}"
        found[each.audit_id].append(f"{how} {each.from_auditor}{reason}")
    return found
