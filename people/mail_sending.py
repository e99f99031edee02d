"""Send what is queued: claim a row, send it without holding a lock, mark it.

Every attempt is a row written before it begins (R10). A sender needs no Redis, any number of them may run, and one
that is killed costs a lease: then another attempt goes out, with the same Message-ID and Date (R9, R11).
"""

from __future__ import annotations

import logging
import random
import smtplib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from people import mail_fallback
from people.mail_trouble import is_hopeless, kind_of, wait_after, words_of
from people.models import MailAttempt, OutgoingMail, Trouble

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)  # longer than mail_server.DEADLINE: a killed sender's mail leaves within two minutes
URGENT_STAND_IN_AFTER = timedelta(minutes=10)  # of a mail server that says "later"
PAUSES = (0.2, 0.5, 1, 2, 4, 8, 8)  # seconds between tries to write down what happened while the database restarts


@dataclass(frozen=True, slots=True)
class Claimed:
    """One email that is ours until its lease runs out, and the attempt that was written down with it."""

    mail: OutgoingMail
    attempt: MailAttempt


def claim(*, at: datetime) -> Claimed | None:
    """Lease the next row that is due, urgent ones first, or None; rows another sender holds are skipped.

    The attempt is written in the same short transaction: one that has no end was broken off, and is in doubt.
    """
    with transaction.atomic():
        row = (
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(
                Q(leased_until__isnull=True) | Q(leased_until__lt=at),
                status=OutgoingMail.Status.QUEUED,
                next_attempt_at__lte=at,
            )
            .order_by("-urgent", "next_attempt_at", "pk")
            .first()
        )
        if row is None:
            return None
        row.leased_until, row.attempts = at + LEASE, row.attempts + 1
        row.save(update_fields=["leased_until", "attempts"])
        return Claimed(row, MailAttempt.objects.create(mail=row, number=row.attempts, begun_at=at))


def send_queued(
    *, now: Callable[[], datetime], limit: int = 20, alive: Callable[[datetime], None] = lambda at: None
) -> int:
    """Claim and send what is due, one after the other, at most `limit`; returns how many the mail server took.

    Each row is leased for itself, so that no lease runs out on mail that still waits, and urgent mail that comes in
    meanwhile is next. `alive` is called after each look at the queue.
    """
    sent = 0
    way = get_connection()
    way.keep_open = True  # type: ignore[attr-defined]  # one connection for all of them; ours knows it
    try:
        for _ in range(limit):
            claimed = claim(at=now())
            alive(now())
            if claimed is None:
                break
            sent += send_one(claimed, now=now, way=way)
    finally:
        _close(way)
    return sent


def send_one(claimed: Claimed, *, now: Callable[[], datetime], way: Any = None) -> bool:
    """Send one claimed row and mark it; True when the mail server took it. One bad mail never holds up the others."""
    try:
        _deliver(claimed.mail, way or get_connection())
    except Exception as error:  # noqa: BLE001  # whatever it is, it is on the row and in the log, and the next mail goes
        logger.warning("mail %s (%s) was not sent: %s", claimed.mail.pk, claimed.mail.kind, type(error).__name__)
        _close(way)
        trouble, words, at = kind_of(error), words_of(error), now()
        _surely(lambda: _mark_failed(claimed, trouble, words, at=at))
        return False
    at = now()
    _surely(lambda: _mark_sent(claimed, at=at))
    return True


def _deliver(mail: OutgoingMail, way: Any) -> None:
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.address],
        headers={"Message-ID": mail.message_id, "Date": format_datetime(mail.date_header)},
        connection=way,
    )
    if mail.attachment:
        method = "CANCEL" if "METHOD:CANCEL" in mail.attachment else "REQUEST"  # said again outside (RFC 6047 §2.4)
        message.attach(mail.attachment_name, mail.attachment, f"text/calendar; method={method}")
    message.send()


def _close(way: Any) -> None:
    if way is not None:
        with suppress(OSError, smtplib.SMTPException):
            way.close()


def _surely(write: Callable[[], None]) -> None:
    """Write down what happened, waiting for a database that restarts: what was sent must not be sent again.

    Raises what the database raises where it is still away when the lease is nearly over.
    """
    for pause in (*PAUSES, None):
        try:
            return write()
        except (OperationalError, InterfaceError):
            if pause is None or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(pause)


def _mine(mail: OutgoingMail) -> OutgoingMail | None:
    """The row, locked, while the lease is still ours; None where it ran out and another sender has had it."""
    rows = OutgoingMail.objects.select_for_update(of=("self",)).select_related("recipient__team")
    return rows.filter(pk=mail.pk, status=OutgoingMail.Status.QUEUED, leased_until=mail.leased_until).first()


def _end(claimed: Claimed, *, outcome: str, at: datetime, trouble: str = "", error: str = "") -> None:
    """Write how our own attempt ended, also where the row is no longer ours: it is what happened."""
    mine = MailAttempt.objects.filter(pk=claimed.attempt.pk)
    mine.update(outcome=outcome, ended_at=at, trouble=trouble, error=error)


def _mark_sent(claimed: Claimed, *, at: datetime) -> None:
    with transaction.atomic():
        _end(claimed, outcome=MailAttempt.Outcome.TAKEN, at=at)
        row = _mine(claimed.mail)
        if row is not None:
            row.status, row.sent_at, row.leased_until = OutgoingMail.Status.SENT, at, None
            row.last_error, row.trouble, row.trouble_since = "", "", None
            row.save(update_fields=["status", "sent_at", "leased_until", "last_error", "trouble", "trouble_since"])


def _mark_failed(claimed: Claimed, trouble: Trouble, words: str, *, at: datetime) -> None:
    """Write down what went wrong and when to try again, or that it is given up.

    In the same transaction the next person in the line is told where it is given up, or where an urgent email has
    heard "later" for long (R12).
    """
    with transaction.atomic():
        _end(claimed, outcome=MailAttempt.Outcome.REFUSED, at=at, trouble=trouble, error=words)
        row = _mine(claimed.mail)
        if row is None:
            return
        row.trouble, row.last_error, row.leased_until = trouble, words, None
        row.trouble_since = row.trouble_since or at
        alike = MailAttempt.objects.filter(mail=row, ended_at__gte=row.trouble_since, trouble=trouble)
        failures, since = alike.aggregate(n=Count("pk"), since=Min("begun_at")).values()
        if is_hopeless(trouble, failures=failures, lasting=at - row.trouble_since, urgent=row.urgent):
            row.status = OutgoingMail.Status.FAILED
        spread = random.random()  # noqa: S311  # spreads retries out, guards nothing
        row.next_attempt_at = at + wait_after(trouble, failures, urgent=row.urgent, spread=spread)
        row.save()
        late = row.urgent and trouble == Trouble.SLOW and at - (since or at) >= URGENT_STAND_IN_AFTER
        if late or row.status == OutgoingMail.Status.FAILED:
            mail_fallback.queue_stand_in(row, at=at, today=timezone.localdate(at))


def give_up(row: OutgoingMail, *, words: str, at: datetime) -> None:
    """Mark an email as not delivered, for what its mail server reported afterwards; tell the next in the line.

    In the caller's transaction, which holds the row.
    """
    row.status, row.sent_at, row.leased_until = OutgoingMail.Status.FAILED, None, None
    row.trouble, row.last_error, row.trouble_since = Trouble.PERMANENT, words[:300], row.trouble_since or at
    row.save(update_fields=["status", "sent_at", "leased_until", "trouble", "last_error", "trouble_since"])
    mail_fallback.queue_stand_in(row, at=at, today=timezone.localdate(at))
