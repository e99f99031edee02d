"""The emails about an audit that has to be acted on today: a reference and a link, nothing of child or grade."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from audits.messages import about
from audits.models import NoticeRecipient
from people import mail
from people.models import OutgoingMail, User


def urgent(row: NoticeRecipient, *, at: datetime) -> OutgoingMail:
    """Tell one person, urgently: to act and to say what they do, or to know that others were told (S1, R8)."""
    reference = row.notice.audit.reference
    if row.must_acknowledge:
        name, subject = "urgent", f"Urgent: audit {reference} needs action today"
    else:
        name, subject = "urgent_to_know", f"To know: audit {reference} needs action today"
    return _queue(row, row.person, name, subject, kind="urgent", at=at)


def gone_up(row: NoticeRecipient, *, at: datetime) -> OutgoingMail:
    """Tell a manager higher up, urgently and once, that somebody who was told has not answered (R13)."""
    subject = f"Urgent: nobody has answered about audit {row.notice.audit.reference}"
    return _queue(row, row.person, "urgent_gone_up", subject, kind="urgent", at=at)


def corrected(row: NoticeRecipient, *, at: datetime) -> OutgoingMail:
    """Tell somebody who was told to act that the audit is not urgent any more (R14); as sure to come as the first."""
    subject = f"Audit {row.notice.audit.reference} is not urgent any more"
    return _queue(row, row.person, "not_urgent", subject, kind="not urgent", at=at)


def acknowledged(row: NoticeRecipient, *, to: User, at: datetime) -> OutgoingMail:
    """Tell who wrote the audit that somebody has answered, and that what they do can be read."""
    subject = f"Audit {row.notice.audit.reference}: {row.person.name} has answered"
    return _queue(row, to, "urgent_seen", subject, kind="urgent seen", at=at, urgent=False)


def _queue(
    row: NoticeRecipient, to: User, name: str, subject: str, *, kind: str, at: datetime, urgent: bool = True
) -> OutgoingMail:
    """Queue email/<name>.txt about what one recipient was told; once for each of them."""
    notice = row.notice
    link = mail.link("audits:notice", notice.pk)
    words = {"audit": notice.audit, "person": to, "manager": row.person, "link": link}
    return mail.queue(
        to,
        key=f"{name}:{notice.audit.reference}:{notice.number}:{row.person_id}",
        kind=kind,
        subject=subject,
        body=render_to_string(f"email/{name}.txt", words),
        at=at,
        about=about(notice.audit),
        urgent=urgent,
    )
