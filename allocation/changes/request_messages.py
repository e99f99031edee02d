"""The emails about exemptions and extensions: one function per email. A reference and a link; never the reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.template.loader import render_to_string

from allocation.models import AuditRequest
from people import mail
from people.models import OutgoingMail, User


def what(request: AuditRequest) -> str:
    """What is asked for, as a sentence uses it."""
    return "an exemption from" if request.kind == AuditRequest.Kind.EXEMPTION else "more time for"


def _queue(
    request: AuditRequest, person: User, *, event: str, subject: str, at: datetime, **context: Any
) -> OutgoingMail:
    """Queue the email whose text is email/allocation_request_<event>.txt; each goes once per request and person."""
    shown = {
        "person": person,
        "audit": request.audit,
        "what": what(request),
        "link": mail.link("allocation:request", request.pk),
        **context,
    }
    return mail.queue(
        person,
        key=f"request_{event}:{request.pk}:{person.pk}",
        kind=f"request_{event}",
        subject=subject,
        body=render_to_string(f"email/allocation_request_{event}.txt", shown),
        at=at,
        about=f"audit:{request.audit.reference}",
    )


def _asks(request: AuditRequest) -> str:
    return f"{request.asked_by.name} asks for {what(request)} audit {request.audit.reference}"


def to_line_manager(request: AuditRequest, *, person: User, at: datetime) -> OutgoingMail:
    """Ask the line manager for the first answer."""
    return _queue(request, person, event="to_line_manager", subject=_asks(request), at=at)


def to_programme(request: AuditRequest, *, person: User, manager: User | None, at: datetime) -> OutgoingMail:
    """Ask somebody who runs the programme: after the line manager's yes, or where no line manager can answer."""
    return _queue(request, person, event="to_programme", subject=_asks(request), at=at, manager=manager)


def agreed(request: AuditRequest, *, by: User, at: datetime) -> OutgoingMail:
    """Tell the auditor that it is agreed, and what that means."""
    subject = f"Audit {request.audit.reference}: your request is agreed"
    exempt = request.kind == AuditRequest.Kind.EXEMPTION
    return _queue(request, request.asked_by, event="agreed", subject=subject, at=at, manager=by, exempt=exempt)


def refused(request: AuditRequest, *, by: User, at: datetime) -> OutgoingMail:
    """Tell the auditor that it is not agreed; why is on the page."""
    subject = f"Audit {request.audit.reference}: your request is not agreed"
    return _queue(request, request.asked_by, event="refused", subject=subject, at=at, manager=by)


def agreed_by_line_manager(request: AuditRequest, *, person: User, manager: User, at: datetime) -> OutgoingMail:
    """Tell whoever runs the programme that a line manager has given an auditor more time."""
    subject = f"Audit {request.audit.reference} has a new due date"
    return _queue(request, person, event="extended", subject=subject, at=at, manager=manager)


def asked_to_answer(request: AuditRequest) -> QuerySet[User]:
    """Whom a mail has told that a request waits for their answer."""
    told = Q(key__startswith=f"request_to_line_manager:{request.pk}:")
    told |= Q(key__startswith=f"request_to_programme:{request.pk}:")
    return User.objects.filter(pk__in=OutgoingMail.objects.filter(told).values("recipient")).order_by("pk")


def overtaken(request: AuditRequest, *, person: User, at: datetime) -> OutgoingMail:
    """Tell somebody who was asked to answer that they need not: the audit is done, taken back or somebody else's."""
    subject = f"Audit {request.audit.reference}: the request needs no answer any more"
    return _queue(request, person, event="overtaken", subject=subject, at=at, peer=request.asked_by)
