"""Queue one email to one person, once.

A row is written in the caller's transaction, so what happened and the mail about it stand or fall together (R8).
people.mail_sending sends what is queued.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import get_random_string

from people.models import PRIVATE_MAIL, MailChoice, OutgoingMail, User

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
    at_once: bool = False  # by itself, also to somebody who chose the daily email


def link(name: str, *args: object) -> str:
    """The full address of a page, for an email."""
    return settings.PUBLIC_URL.rstrip("/") + reverse(name, args=args)


def is_for_recipient_only(kind: str, body: str) -> bool:
    """Whether nobody else may learn of it: a private note, or a link to a new password."""
    return kind == PRIVATE_MAIL or "password" in kind.casefold() or "/password/" in body


def waits_for_daily(draft: Draft) -> bool:
    """Whether an email waits for the next daily one: not urgent, nothing attached, not private, and so chosen."""
    by_itself = draft.urgent or draft.at_once or draft.calendar or is_for_recipient_only(draft.kind, draft.body)
    return not by_itself and draft.recipient.mail_choice == MailChoice.DAILY


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
        "status": OutgoingMail.Status.HELD if waits_for_daily(draft) else OutgoingMail.Status.QUEUED,
        "message_id": f"<{get_random_string(32)}@{MAIL_DOMAIN}>",
        "date_header": draft.at,
        "queued_at": draft.at,
        "next_attempt_at": draft.at,
    }


def queue_many(drafts: Iterable[Draft]) -> None:
    """Queue many emails in one statement; those whose key is there already are left as they are."""
    rows = [OutgoingMail(key=draft.key, **_values(draft)) for draft in drafts]
    OutgoingMail.objects.bulk_create(rows, ignore_conflicts=True)


def queue_draft(draft: Draft, **more: Any) -> OutgoingMail:
    """Queue a draft once, with `more` fields of its row; returns the row, or the one that has its key already."""
    mail, _ = OutgoingMail.objects.get_or_create(key=draft.key, defaults={**_values(draft), **more})
    return mail


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
    iCalendar entry (RFC 5545) to attach, under the same rule. What is neither urgent nor has something attached waits
    for the daily email of those who chose one (people.mail_daily).
    """
    return queue_draft(Draft(recipient, key, kind, subject, body, at, about, urgent, calendar))
