"""The email about a part of Part B that was sent back: a reference and a link, nothing of what was said."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from audits.messages import about
from audits.models import Audit
from people import mail
from people.models import OutgoingMail, User


def sent_back(audit: Audit, person: User, *, number: int, by: User, at: datetime) -> OutgoingMail:
    """Tell who has to write again; `number` is the round that ended with it."""
    words = {"audit": audit, "person": person, "by": by, "link": mail.link("audits:part_b", audit.reference)}
    return mail.queue(
        person,
        key=f"part_b_back:{audit.reference}:{number}:{person.pk}",
        kind="part_b_back",
        subject=f"Part B of audit {audit.reference} came back to you",
        body=render_to_string("email/part_b_back.txt", words),
        at=at,
        about=about(audit),
    )
