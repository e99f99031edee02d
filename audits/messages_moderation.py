"""The emails about a moderation: a reference and a link; nothing about grades or findings."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from audits.messages import about
from audits.models import ModerationTask
from people import mail
from people.models import OutgoingMail, User


def given(task: ModerationTask, *, at: datetime) -> OutgoingMail:
    """Tell the moderator that an audit is theirs to moderate."""
    assert task.moderator is not None
    subject = f"Audit {task.audit.reference} is yours to moderate"
    return _queue(task, task.moderator, "moderation", subject, "audits:moderate", at=at)


def to_decide(task: ModerationTask, *, at: datetime) -> OutgoingMail:
    """Tell a third person that they are asked to decide."""
    assert task.adjudicator is not None
    subject = f"Audit {task.audit.reference}: you are asked to decide"
    return _queue(task, task.adjudicator, "moderation_decide", subject, "audits:moderate", at=at)


def settled(task: ModerationTask, *, at: datetime) -> OutgoingMail:
    """Tell the auditor that the moderation of their audit is done."""
    subject = f"The moderation of audit {task.audit.reference} is done"
    return _queue(task, task.audit.auditor, "moderation_done", subject, "audits:detail", at=at)


def _queue(task: ModerationTask, person: User, name: str, subject: str, page: str, *, at: datetime) -> OutgoingMail:
    """Queue email/<name>.txt; the moment is in the key, because a moderation can come back to the same person."""
    link = mail.link(page, task.audit.reference)
    return mail.queue(
        person,
        key=f"{name}:{task.audit.reference}:{person.pk}:{at.isoformat()}",
        kind=name,
        subject=subject,
        body=render_to_string(f"email/{name}.txt", {"audit": task.audit, "person": person, "link": link}),
        at=at,
        about=about(task.audit),
    )
