"""How a month is going: its figures for the list of cycles, and a row for each audit with its mail and chases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q

from allocation.models import Allocation, Chase, Cycle
from audits.models import COMPLETED, UNFINISHED, Audit, Status
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


def progress_of(cycle: Cycle, *, user: User, today: date) -> list[AuditProgress]:
    """A row for each audit of a month that this person may see, by reference. Four queries, whatever the number."""
    audits = list(
        Audit.objects.visible_to(user)
        .in_month(cycle.month)
        .select_related("auditor", "team", "case")
        .order_by("reference")
    )
    mails, chases, reasons = _mail_about(audits), _chases_of(audits), _override_reasons(audits)
    return [
        AuditProgress(
            audit, audit.is_overdue(today), reasons.get(audit.pk, ""), mails[audit.reference], chases[audit.pk]
        )
        for audit in audits
    ]


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


def _override_reasons(audits: Iterable[Audit]) -> dict[int, str]:
    allocations = Allocation.objects.filter(audit__in=[audit.pk for audit in audits]).exclude(override_reason="")
    return dict(allocations.values_list("audit", "override_reason"))
