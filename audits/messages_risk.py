"""The emails about a child at risk: a reference and a link, nothing of the child or of what was seen."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from audits.messages import about
from audits.models import ImmediateRisk
from audits.risk_recipients import Told
from people import mail
from people.models import OutgoingMail, User


def raised(risk: ImmediateRisk, told: Told, *, at: datetime) -> OutgoingMail:
    """Tell one person, urgently, that something was raised: to act and acknowledge, or to know of it (A16, R8)."""
    audit = risk.audit.reference
    act = f"Urgent: audit {audit} needs you now"
    to_know = f"To know: something urgent was raised in audit {audit}"
    name, subject = ("risk", act) if told.must_acknowledge else ("risk_to_know", to_know)
    return mail.queue(
        told.person,
        key=f"risk:{audit}:{risk.number}:{told.person.pk}",
        kind="child at risk",
        subject=subject,
        body=render_to_string(f"email/{name}.txt", _words(risk, told.person)),
        at=at,
        about=about(risk.audit),
        urgent=True,
    )


def acknowledged(risk: ImmediateRisk, *, by: User, at: datetime) -> OutgoingMail:
    """Tell who raised it that somebody has seen it and what they do can be read."""
    person = risk.raised_by
    return mail.queue(
        person,
        key=f"risk seen:{risk.audit.reference}:{risk.number}:{by.pk}",
        kind="risk seen",
        subject=f"Audit {risk.audit.reference}: {by.name} has seen what you raised",
        body=render_to_string("email/risk_seen.txt", {**_words(risk, person), "manager": by}),
        at=at,
        about=about(risk.audit),
    )


def _words(risk: ImmediateRisk, person: User) -> dict[str, object]:
    link = mail.link("audits:risk", risk.pk)
    return {"audit": risk.audit, "person": person, "raised_by": risk.raised_by, "link": link}
