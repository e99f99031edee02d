"""The emails about a concern: a reference and a link, nothing of what was said."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from audits.messages import about
from audits.models import Concern
from people import mail
from people.models import OutgoingMail, User


def raised(concern: Concern, person: User, *, at: datetime) -> OutgoingMail:
    """Tell the audit team that somebody is concerned about an audit."""
    return _queue(concern, person, "concern", f"A concern about audit {concern.audit.reference}", at=at)


def answered(concern: Concern, *, at: datetime) -> OutgoingMail:
    """Tell who raised it that it is answered."""
    subject = f"Your concern about audit {concern.audit.reference} is answered"
    return _queue(concern, concern.raised_by, "concern_answered", subject, at=at)


def _queue(concern: Concern, person: User, name: str, subject: str, *, at: datetime) -> OutgoingMail:
    words = {"audit": concern.audit, "person": person, "link": mail.link("audits:concern", concern.pk)}
    return mail.queue(
        person,
        key=f"{name}:{concern.audit.reference}:{concern.number}:{person.pk}",
        kind=name,
        subject=subject,
        body=render_to_string(f"email/{name}.txt", words),
        at=at,
        about=about(concern.audit),
    )
