"""The emails between a learning auditor and the supervisor (P4): ready for your agreement; agreed; not yet."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from audits.messages import about
from audits.models import Audit
from people import mail
from people.models import OutgoingMail, User


def asked(audit: Audit, supervisor: User, *, at: datetime) -> OutgoingMail:
    """Tell the supervisor that the learner has finished and asks for agreement; once for each time it is asked."""
    return _queue(audit, supervisor, "agreement_asked", f"Audit {audit.reference} is ready for your agreement", at=at)


def agreed(audit: Audit, *, at: datetime) -> OutgoingMail:
    """Tell the learner that the supervisor agreed, so that the audit can be submitted."""
    return _queue(audit, audit.auditor, "agreement_given", f"Audit {audit.reference}: your supervisor agrees", at=at)


def not_yet(audit: Audit, *, at: datetime) -> OutgoingMail:
    """Tell the learner that the supervisor would change something first; what it is stands in the portal only."""
    subject = f"Audit {audit.reference}: your supervisor would change something first"
    return _queue(audit, audit.auditor, "agreement_not_yet", subject, at=at)


def _queue(audit: Audit, person: User, name: str, subject: str, *, at: datetime) -> OutgoingMail:
    link = mail.link("audits:check", audit.reference)
    return mail.queue(
        person,
        key=f"{name}:{audit.reference}:{person.pk}:{at:%Y%m%dT%H%M%S%f}",
        kind=name,
        subject=subject,
        body=render_to_string(f"email/{name}.txt", {"audit": audit, "person": person, "link": link}),
        at=at,
        about=about(audit),
    )
