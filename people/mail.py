"""Queue one email to one person, once; send what is queued.

A row is written in the caller's transaction, so what happened and the mail about it stand or fall together (R8).
A sender claims rows with a lease, sends without holding a lock, and marks them (R9, R10). It needs no Redis.
"""

from __future__ import annotations

import random
import smtplib
from datetime import datetime, timedelta
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, Q
from django.utils.crypto import get_random_string

from people.models import OutgoingMail, User

LEASE = timedelta(seconds=60)  # longer than the SMTP timeout, so that no two senders hold one row
LONGEST_WAIT = timedelta(minutes=5)
PERMANENT_AFTER = 10  # attempts at an address that the server refuses for good
MAIL_DOMAIN = "audit-portal.invalid"


def queue(
    recipient: User,
    *,
    key: str,
    kind: str,
    subject: str,
    body: str,
    at: datetime,
    about: str = "",
    urgent: bool = False,
) -> OutgoingMail:
    """Queue one email to one person; the same key queues it once and returns the row that is there.

    `body` is plain text with a reference and a link: no child's name, no grade, no finding.
    """
    mail, _ = OutgoingMail.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "recipient": recipient,
            "address": recipient.email,
            "subject": subject,
            "body": body,
            "about": about,
            "urgent": urgent,
            "message_id": f"<{get_random_string(32)}@{MAIL_DOMAIN}>",
            "date_header": at,
            "queued_at": at,
            "next_attempt_at": at,
        },
    )
    return mail


def claim(*, at: datetime, limit: int = 20) -> list[OutgoingMail]:
    """Lease up to `limit` rows that are due, urgent ones first; rows another sender holds are skipped."""
    with transaction.atomic():
        rows = list(
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(
                Q(leased_until__isnull=True) | Q(leased_until__lt=at),
                status="queued",
                next_attempt_at__lte=at,
            )
            .order_by("-urgent", "next_attempt_at", "pk")[:limit]
        )
        OutgoingMail.objects.filter(pk__in=[row.pk for row in rows]).update(
            leased_until=at + LEASE, attempts=F("attempts") + 1
        )
    for row in rows:
        row.attempts += 1
    return rows


def wait_after(attempts: int, *, spread: float) -> timedelta:
    """How long to wait after a failed attempt: doubling from two seconds, at most five minutes, `spread` 0–1 of it."""
    longest = min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts, 9)))
    return longest * (0.5 + spread / 2)


def is_permanent(error: Exception) -> bool:
    """Whether the server said that this address will never do (5xx about the recipient)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 550


def _deliver(mail: OutgoingMail) -> None:
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.address],
        headers={"Message-ID": mail.message_id, "Date": format_datetime(mail.date_header)},
        connection=get_connection(),
    )
    message.send()


def _mark_failed(mail: OutgoingMail, error: Exception, *, at: datetime) -> None:
    given_up = is_permanent(error) and mail.attempts >= (PERMANENT_AFTER if mail.urgent else 3)
    spread = random.random()  # noqa: S311  # spreads retries out, guards nothing
    OutgoingMail.objects.filter(pk=mail.pk).update(
        status="failed" if given_up else "queued",
        last_error=f"{type(error).__name__}: {error}"[:300],
        leased_until=None,
        next_attempt_at=at + wait_after(mail.attempts, spread=spread),
    )


def send_one(mail: OutgoingMail, *, at: datetime) -> bool:
    """Send one claimed row and mark it; True when the mail server took it."""
    try:
        _deliver(mail)
    except (OSError, smtplib.SMTPException) as error:
        _mark_failed(mail, error, at=at)
        return False
    OutgoingMail.objects.filter(pk=mail.pk).update(status="sent", sent_at=at, leased_until=None, last_error="")
    return True


def send_queued(*, at: datetime, limit: int = 20) -> int:
    """Claim and send what is due; returns how many the mail server took."""
    return sum(send_one(mail, at=at) for mail in claim(at=at, limit=limit))
