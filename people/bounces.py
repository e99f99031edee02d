"""Mail that came back: reads what a mail server reports afterwards, and treats it as not delivered (R12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message

from django.db import transaction

from people import mail_sending
from people.models import OutgoingMail

MESSAGE_ID = re.compile(r"<[^<>\s]+>")
COUNTS = (OutgoingMail.Status.SENT, OutgoingMail.Status.QUEUED)


@dataclass(frozen=True, slots=True)
class Bounce:
    """That an email was not delivered: which, and what the mail server said."""

    message_ids: tuple[str, ...]
    words: str


def read(content: bytes) -> Bounce | None:
    """What a delivery status notification (RFC 3464) says; None where it is none, or nothing failed for good."""
    message = message_from_bytes(content, policy=policy.compat32)
    if message.get_content_type() != "multipart/report":
        return None
    failed = [fields for fields in _recipients(message) if str(fields.get("Action", "")).strip().casefold() == "failed"]
    ids = _message_ids(message)
    return Bounce(ids, _words(failed[0])) if failed and ids else None


def _recipients(message: Message) -> list[Message]:
    """The fields of each recipient; the first group of fields is about the whole message."""
    groups = []
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list):
            groups += [group for group in part.get_payload() if isinstance(group, Message) and group.get("Action")]
    return groups


def _message_ids(message: Message) -> tuple[str, ...]:
    """Of which email it speaks: the Message-ID of what came back, else what it answers to."""
    for part in message.walk():
        kind = part.get_content_type()
        if part is message or kind not in {"message/rfc822", "text/rfc822-headers"}:
            continue
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) else None
        text = inner.get("Message-ID", "") if isinstance(inner, Message) else _header_in(str(payload))
        if found := MESSAGE_ID.findall(str(text)):
            return tuple(found)
    answered = f"{message.get('In-Reply-To', '')} {message.get('References', '')}"
    return tuple(MESSAGE_ID.findall(answered))


def _header_in(text: str) -> str:
    match = re.search(r"^Message-ID:\s*(<[^<>\s]+>)", text, re.IGNORECASE | re.MULTILINE)
    return match.group(1) if match else ""


def _words(fields: Message) -> str:
    said = str(fields.get("Diagnostic-Code") or fields.get("Status") or "no reason given").partition(";")
    text = (said[2] or said[0]).replace("\x00", "")
    return f"Came back: {' '.join(text.split())}"[:300]


@transaction.atomic
def take(content: bytes, *, at: datetime) -> OutgoingMail | None:
    """Mark the email that came back as not delivered, and tell the next in the line.

    Returns it, or None where the content is no such report, or speaks of no email that counts as gone.
    """
    bounce = read(content)
    if bounce is None:
        return None
    rows = OutgoingMail.objects.select_for_update(of=("self",)).select_related("recipient__team")
    row = rows.filter(message_id__in=bounce.message_ids, status__in=COUNTS).first()
    if row is not None:
        mail_sending.give_up(row, words=bounce.words, at=at)
    return row
