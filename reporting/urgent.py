"""Audits that had to be acted on at once: whether the emails about them went, and who has not answered (S1)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery

from audits.after.urgent_notices import CORRECTED, URGENT, unanswered
from audits.models import Audit, SafeNow, SectionGrade, UrgentNotice
from audits.models.audit import AuditQuerySet
from people.models import OutgoingMail


@dataclass(frozen=True, slots=True)
class UrgentAudit:
    """An audit and the emails that were queued because of its grade."""

    audit: Audit
    mails: list[OutgoingMail] = field(default_factory=list)
    notice_pk: int | None = None  # the last notice of the audit
    is_over: bool = False  # found not to be urgent any more
    awaiting: tuple[str, ...] = ()  # whose answer is still waited for, by name

    @property
    def state(self) -> str:
        """Where the emails stand together: failed before queued before sent; "missing" where there are none."""
        states = {mail.status for mail in self.mails}
        return next((state for state in ("failed", "queued", "sent") if state in states), "missing")

    @property
    def words(self) -> str:
        """The state as people read it."""
        return {
            "sent": "Emails sent",
            "queued": "Waiting to be sent",
            "failed": "An email could not be delivered",
            "missing": "No email was queued",
        }[self.state]

    @property
    def is_settled(self) -> bool:
        """Whether every email went and nobody's answer is waited for."""
        return self.state == "sent" and not self.awaiting

    @property
    def answers(self) -> str:
        """Whether those who must act have answered, for people; empty where nobody was told through a notice."""
        if self.notice_pk is None:
            return ""
        if self.is_over:
            return "Not urgent any more"
        return "Waiting for " + " and ".join(self.awaiting) if self.awaiting else "Answered"


def only_urgent(scope: AuditQuerySet) -> AuditQuerySet:
    """The submitted audits of a scope that had to be acted on at once, as audits.pages.is_urgent decided (S1).

    The child was not safe, or the overall grade is urgent; under a template without one, the grade of any section.
    And those that became urgent later, because a grade was changed.
    """
    urgent_section = SectionGrade.objects.filter(audit=OuterRef("pk"), grade__is_urgent=True)
    by_section = Q(overall_grade__isnull=True) & Exists(urgent_section)
    told = Exists(UrgentNotice.objects.filter(audit=OuterRef("pk"), kind=URGENT))
    return scope.completed().filter(Q(overall_grade__is_urgent=True) | Q(safe_now=SafeNow.NO) | by_section | told)


def urgent_audits(scope: AuditQuerySet, *, limit: int = 10) -> list[UrgentAudit]:
    """The latest urgent audits of a scope with their emails and who has not answered, newest first. Two queries."""
    found = only_urgent(scope).select_related("team").only("reference", "submitted_at", "team__name")
    last = UrgentNotice.objects.filter(audit=OuterRef("pk")).order_by("-number")
    silent = unanswered().filter(notice__audit=OuterRef("pk")).values("person__name")
    noticed = found.annotate(
        last_notice=Subquery(last.values("pk")[:1]),
        last_kind=Subquery(last.values("kind")[:1]),
        silent=ArraySubquery(silent),
    )
    audits: list[Any] = list(noticed.order_by("-submitted_at")[:limit])
    mails: dict[str, list[OutgoingMail]] = defaultdict(list)
    about = [f"audit:{audit.reference}" for audit in audits]
    queued = OutgoingMail.objects.filter(kind="urgent", about__in=about).select_related("recipient")
    for mail in queued.only("about", "status", "sent_at", "recipient__name").order_by("pk"):
        mails[mail.about].append(mail)
    return [
        UrgentAudit(
            audit,
            mails[f"audit:{audit.reference}"],
            audit.last_notice,
            audit.last_kind == CORRECTED,
            tuple(audit.silent),
        )
        for audit in audits
    ]
