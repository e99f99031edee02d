"""The emails about who audits what after publishing: swaps, another auditor, a case that is not audited after all.

One function per email. A reference, a name of staff and a link; no child's name, no reason, nobody's message.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from allocation.models import Handover, Swap
from audits.models import Audit
from people import mail
from people.form_fields import day_in_words
from people.models import OutgoingMail, User


def _queue(
    person: User, *, event: str, number: int, audit: Audit, subject: str, at: datetime, **context: Any
) -> OutgoingMail:
    """Queue the email whose text is email/allocation_<event>.txt; one for each swap, handover or audit it is about."""
    body = render_to_string(f"email/allocation_{event}.txt", {"person": person, "audit": audit, **context})
    key = f"{event}:{number}:{person.pk}"
    about = f"audit:{audit.reference}"
    return mail.queue(person, key=key, kind=event, subject=subject, body=body, at=at, about=about)


def swap_asked(swap: Swap, *, at: datetime) -> OutgoingMail:
    """Tell a peer that they are asked to swap."""
    return _queue(
        swap.peer,
        event="swap_asked",
        number=swap.pk,
        audit=swap.audit,
        subject=f"{swap.asked_by.name} asks you to swap audit {swap.audit.reference}",
        at=at,
        peer=swap.asked_by,
        link=mail.link("allocation:swap", swap.pk),
    )


def swap_accepted(swap: Swap, *, back_in: str, at: datetime) -> OutgoingMail:
    """Tell whoever asked that the swap is done; `back_in` is the month of the place they get, empty for an exchange."""
    return _queue(
        swap.asked_by,
        event="swap_accepted",
        number=swap.pk,
        audit=swap.audit,
        subject=f"{swap.peer.name} has taken audit {swap.audit.reference}",
        at=at,
        peer=swap.peer,
        month=back_in,
        link=mail.link("home"),
    )


def swap_declined(swap: Swap, *, at: datetime) -> OutgoingMail:
    """Tell whoever asked that a peer does not want to swap."""
    return _queue(
        swap.asked_by,
        event="swap_declined",
        number=swap.pk,
        audit=swap.audit,
        subject=f"{swap.peer.name} cannot swap audit {swap.audit.reference}",
        at=at,
        peer=swap.peer,
        link=mail.link("allocation:swap_audit", swap.audit.reference),
    )


def swap_lapsed(swap: Swap, *, person: User, at: datetime) -> OutgoingMail:
    """Tell one of the two that a swap nobody answered is no longer possible."""
    return _queue(
        person,
        event="swap_lapsed",
        number=swap.pk,
        audit=swap.audit,
        subject=f"The swap of audit {swap.audit.reference} is no longer possible",
        at=at,
        peer=swap.asked_by if person.pk == swap.peer_id else swap.peer,
        link=mail.link("allocation:swap", swap.pk),
    )


def no_longer_supervised(audit: Audit, *, number: int, person: User, at: datetime) -> OutgoingMail:
    """Tell a supervisor that they no longer go along with an audit; `number` is that of the change on record."""
    return _queue(
        person,
        event="no_longer_supervised",
        number=number,
        audit=audit,
        subject=f"Audit {audit.reference}: you no longer supervise it",
        at=at,
        link=mail.link("home"),
    )


def now_yours(handover: Handover, *, at: datetime) -> OutgoingMail:
    """Tell the new auditor that an audit is theirs from now on, and by when."""
    audit = handover.audit
    return _queue(
        handover.to_auditor,
        event="now_yours",
        number=handover.pk,
        audit=audit,
        subject=f"Audit {audit.reference} is yours, due {day_in_words(audit.due_on)}",
        at=at,
        before=handover.from_auditor,
        link=mail.link("audits:detail", audit.reference),
    )


def no_longer_yours(handover: Handover, *, at: datetime) -> OutgoingMail:
    """Tell the auditor so far that somebody else does the audit."""
    audit = handover.audit
    return _queue(
        handover.from_auditor,
        event="no_longer_yours",
        number=handover.pk,
        audit=audit,
        subject=f"Audit {audit.reference} is no longer yours to do",
        at=at,
        link=mail.link("home"),
    )


def auditor_changed(handover: Handover, *, person: User, at: datetime) -> OutgoingMail:
    """Tell the worker or the team manager who audits their case now."""
    audit = handover.audit
    return _queue(
        person,
        event="auditor_changed",
        number=handover.pk,
        audit=audit,
        subject=f"Audit {audit.reference}: {handover.to_auditor.name} is the auditor now",
        at=at,
        before=handover.from_auditor,
        link=mail.link("audits:detail", audit.reference),
    )
