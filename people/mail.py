"""Queue one email to one person, once; send what is queued.

A row is written in the caller's transaction, so what happened and the mail about it stand or fall together (R8).
A sender claims rows with a lease, sends without holding a lock, and marks them (R9, R10). It needs no Redis.
"""

from __future__ import annotations

import logging
import random
import smtplib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import get_random_string

from people.models import OutgoingMail, User

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)  # longer than one conversation with a slow mail server, each step of which may take 20 s
LONGEST_WAIT = timedelta(minutes=5)
PERMANENT_AFTER = 10  # attempts at an address that the server refuses for good
MAIL_DOMAIN = "audit-portal.invalid"


@dataclass(frozen=True, slots=True)
class Draft:
    """One email to one person that is not queued yet."""

    recipient: User
    key: str
    kind: str
    subject: str
    body: str
    at: datetime
    about: str = ""
    urgent: bool = False
    calendar: str = ""  # an iCalendar entry that goes with it


def link(name: str, *args: object) -> str:
    """The full address of a page, for an email."""
    return settings.PUBLIC_URL.rstrip("/") + reverse(name, args=args)


def _values(draft: Draft) -> dict[str, Any]:
    """What the row of an email holds beside its key."""
    return {
        "kind": draft.kind,
        "recipient": draft.recipient,
        "address": draft.recipient.email,
        "subject": draft.subject,
        "body": draft.body,
        "attachment_name": "meeting.ics" if draft.calendar else "",
        "attachment": draft.calendar,
        "about": draft.about,
        "urgent": draft.urgent,
        "message_id": f"<{get_random_string(32)}@{MAIL_DOMAIN}>",
        "date_header": draft.at,
        "queued_at": draft.at,
        "next_attempt_at": draft.at,
    }


def queue_many(drafts: Iterable[Draft]) -> None:
    """Queue many emails in one statement; those whose key is there already are left as they are."""
    rows = [OutgoingMail(key=draft.key, **_values(draft)) for draft in drafts]
    OutgoingMail.objects.bulk_create(rows, ignore_conflicts=True)


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
    calendar: str = "",
) -> OutgoingMail:
    """Queue one email to one person; the same key queues it once and returns the row that is there.

    `body` is plain text with a reference and a link: no child's name, no grade, no finding. `calendar` is an
    iCalendar entry (RFC 5545) to attach, under the same rule.
    """
    draft = Draft(recipient, key, kind, subject, body, at, about, urgent, calendar)
    mail, _ = OutgoingMail.objects.get_or_create(key=key, defaults=_values(draft))
    return mail


def claim(*, at: datetime) -> OutgoingMail | None:
    """Lease the next row that is due, urgent ones first, or None; rows another sender holds are skipped."""
    with transaction.atomic():
        row = (
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(Q(leased_until__isnull=True) | Q(leased_until__lt=at), status="queued", next_attempt_at__lte=at)
            .order_by("-urgent", "next_attempt_at", "pk")
            .first()
        )
        if row is not None:
            row.leased_until, row.attempts = at + LEASE, row.attempts + 1
            row.save(update_fields=["leased_until", "attempts"])
    return row


def wait_after(attempts: int, *, spread: float) -> timedelta:
    """How long to wait after a failed attempt: doubling from two seconds, at most five minutes, `spread` 0–1 of it."""
    longest = min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts, 9)))
    return longest * (0.5 + spread / 2)


def is_permanent(error: Exception) -> bool:
    """Whether the server said that this address or this message will never do; trouble with the server is not."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 550


def _deliver(mail: OutgoingMail) -> None:
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.address],
        headers={"Message-ID": mail.message_id, "Date": format_datetime(mail.date_header)},
        connection=get_connection(),
    )
    if mail.attachment:
        method = "CANCEL" if "METHOD:CANCEL" in mail.attachment else "REQUEST"  # said again outside (RFC 6047 §2.4)
        message.attach(mail.attachment_name, mail.attachment, f"text/calendar; method={method}")
    message.send()


def _mark(mail: OutgoingMail, **values: Any) -> None:
    """Write the result, unless the lease ran out meanwhile and another sender has the row."""
    mine = OutgoingMail.objects.filter(pk=mail.pk, status="queued", leased_until=mail.leased_until)
    mine.update(leased_until=None, **values)


def _mark_failed(mail: OutgoingMail, error: Exception, *, at: datetime) -> None:
    given_up = is_permanent(error) and mail.attempts >= (PERMANENT_AFTER if mail.urgent else 3)
    spread = random.random()  # noqa: S311  # spreads retries out, guards nothing
    _mark(
        mail,
        status="failed" if given_up else "queued",
        last_error=f"{type(error).__name__}: {error}"[:300],
        next_attempt_at=at + wait_after(mail.attempts, spread=spread),
    )


def send_one(mail: OutgoingMail, *, now: Callable[[], datetime]) -> bool:
    """Send one claimed row and mark it; True when the mail server took it. One bad mail never holds up the others."""
    try:
        _deliver(mail)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is on the row and in the log, and the next mail goes
        logger.warning("mail %s (%s) was not sent: %s", mail.pk, mail.kind, type(error).__name__)
        _mark_failed(mail, error, at=now())
        return False
    _mark(mail, status="sent", sent_at=now(), last_error="")
    return True


def send_queued(*, now: Callable[[], datetime], limit: int = 20) -> int:
    """Claim and send what is due, one after the other, at most `limit`; returns how many the mail server took.

    Each row is leased for itself, so that a slow mail server never lets a lease run out on mail that still waits.
    """
    sent = 0
    for _ in range(limit):
        row = claim(at=now())
        if row is None:
            break
        sent += send_one(row, now=now)
    return sent
