"""Audits whose grade is urgent, and whether the emails about them went (S1)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from audits.models import Audit, SafeNow, SectionGrade
from audits.models.audit import AuditQuerySet
from people.models import OutgoingMail


@dataclass(frozen=True, slots=True)
class UrgentAudit:
    """An audit and the emails that were queued because of its grade."""

    audit: Audit
    mails: list[OutgoingMail] = field(default_factory=list)

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


def only_urgent(scope: AuditQuerySet) -> AuditQuerySet:
    """The submitted audits of a scope that had to be acted on at once, as audits.pages.is_urgent decided (S1).

    The child was not safe, or the overall grade is urgent; under a template without one, the grade of any section.
    """
    urgent_section = SectionGrade.objects.filter(audit=OuterRef("pk"), grade__is_urgent=True)
    by_section = Q(overall_grade__isnull=True) & Exists(urgent_section)
    return scope.completed().filter(Q(overall_grade__is_urgent=True) | Q(safe_now=SafeNow.NO) | by_section)


def urgent_audits(scope: AuditQuerySet, *, limit: int = 10) -> list[UrgentAudit]:
    """The latest urgent audits of a scope with their emails, newest first. Two queries."""
    found = only_urgent(scope).select_related("team").only("reference", "submitted_at", "team__name")
    audits = list(found.order_by("-submitted_at")[:limit])
    mails: dict[str, list[OutgoingMail]] = defaultdict(list)
    about = [f"audit:{audit.reference}" for audit in audits]
    queued = OutgoingMail.objects.filter(kind="urgent", about__in=about).select_related("recipient")
    for mail in queued.only("about", "status", "sent_at", "recipient__name").order_by("pk"):
        mails[mail.about].append(mail)
    return [UrgentAudit(audit, mails[f"audit:{audit.reference}"]) for audit in audits]
