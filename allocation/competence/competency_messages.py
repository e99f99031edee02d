"""The emails about learning to audit: to the learner and to the supervisor. A template's name and a link, no more."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from allocation.models import Competency
from people import mail
from people.models import User


def learning(record: Competency, *, at: datetime) -> None:
    """Tell a learner and the supervisor that they audit together from now on."""
    if record.supervisor is None:
        return
    for person in (record.user, record.supervisor):
        _queue(record, person, "competency_learning", f"Learning to audit: {record.template.name}", at=at)


def signed_off(record: Competency, *, supervisor: User | None, at: datetime) -> None:
    """Tell an auditor, and who supervised, that the leadership team has signed the auditor off."""
    for person in filter(None, (record.user, supervisor)):
        _queue(record, person, "competency_signed_off", f"Signed off to audit: {record.template.name}", at=at)


def _queue(record: Competency, person: User, name: str, subject: str, *, at: datetime) -> None:
    link = mail.link("allocation:competency_record", record.pk)
    words = {"person": person, "learner": record.user, "supervisor": record.supervisor, "link": link}
    about = f"competency:{record.pk}"
    mail.queue(
        person,
        key=f"{name}:{about}:{at.isoformat()}:{person.pk}",
        kind=name,
        subject=subject,
        body=render_to_string(f"email/allocation_{name}.txt", words | {"template": record.template.name}),
        at=at,
        about=about,
    )
