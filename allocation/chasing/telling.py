"""The emails of chasing, for every subject: a reference and a link; no child's name, no grade, no reason (E1–E4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.template.loader import render_to_string

from allocation import messages
from allocation.chasing.ladder import ANSWERS
from allocation.chasing.waiting import Waiting
from allocation.models import Chase, Subject
from audits.models import Audit
from people import mail
from people.form_fields import day_in_words
from people.models import OutgoingMail, User

Stage = Chase.Stage


def what(waiting: Waiting) -> str:
    """What is waited for, with its reference."""
    reference = waiting.audit.reference
    return {
        Subject.AUDIT: f"Audit {reference}",
        Subject.PART_B: f"Part B of audit {reference}",
        Subject.ACTION: f"Action {waiting.key} of audit {reference}",
        Subject.NOTICE: f"The answer to urgent audit {reference}",
        Subject.RISK: f"The answer about a child at risk, audit {reference}",
        Subject.MODERATION: f"The moderation of audit {reference}",
    }[Subject(waiting.subject)]


def when(waiting: Waiting, *, today: date) -> str:
    """When it is or was due, or since when an answer is waited for."""
    day = day_in_words(waiting.counts_from)
    if waiting.subject in ANSWERS:
        return f"has been waited for since {day}"
    return f"{'was' if waiting.counts_from < today else 'is'} due on {day}"


def to_owner(
    waiting: Waiting, *, code: str, person: User, owner: User | None, at: datetime, today: date
) -> OutgoingMail:
    """Remind the person it waits for; where they have left, whoever is told instead."""
    audit = waiting.audit
    if waiting.subject == Subject.AUDIT and code == Stage.BEFORE:
        return messages.reminder_before(audit, person=person, at=at)
    if waiting.subject == Subject.AUDIT and code == Stage.ON_DUE_DATE:
        return messages.reminder_on_due_date(audit, person=person, at=at)
    peer = owner if owner is not None and owner != person else None
    return _queue(waiting, f"chase_owner:{code}", person, at=at, today=today, peer=peer)


def to_manager(
    waiting: Waiting, *, code: str, person: User, owner: User | None, again: bool, away: bool, at: datetime, today: date
) -> OutgoingMail:
    """Tell somebody above that something is late. For an audit they are asked why, so that it can be counted (E5)."""
    audit = waiting.audit
    if waiting.subject == Subject.AUDIT and code == Stage.LINE_MANAGER:
        return messages.late_to_line_manager(audit, person=person, away=away, at=at)
    if waiting.subject == Subject.AUDIT and code == Stage.NEXT_MANAGER:
        return messages.late_to_next_manager(audit, person=person, again=again, at=at)
    event = f"chase_manager:{code}"
    return _queue(waiting, event, person, at=at, today=today, peer=owner, again=again, away=away)


def told_owner(
    waiting: Waiting, *, code: str, owner: User, told: Sequence[User], at: datetime, today: date
) -> OutgoingMail:
    """Tell the person it waits for which managers are told of it: before or with them."""
    if waiting.subject == Subject.AUDIT:
        return messages.late_to_auditor(waiting.audit, told=list(told), stage=code, at=at)
    return _queue(waiting, f"chase_told:{code}", owner, at=at, today=today, told=told)


def _queue(waiting: Waiting, event: str, person: User, *, at: datetime, today: date, **context: object) -> OutgoingMail:
    """Queue the email whose text is email/<event>.txt; the same event of the same date goes once to a person."""
    kind, thing, words = event.split(":")[0], what(waiting), when(waiting, today=today)
    link = _link(waiting, person)
    body = render_to_string(
        f"email/{kind}.txt", {"person": person, "what": thing, "when": words, "link": link, **context}
    )
    key = f"{event}:{waiting.subject}:{waiting.audit.reference}:{waiting.key}:{waiting.counts_from}:{person.pk}"
    return mail.queue(
        person,
        key=key,
        kind=kind,
        subject=f"{thing} {words}",
        body=body,
        at=at,
        about=f"audit:{waiting.audit.reference}",
        urgent=waiting.subject in ANSWERS,
    )


def _link(waiting: Waiting, person: User) -> str:
    """The page where something can be done about it; for who may not open the audit, the start page."""
    if waiting.subject == Subject.ACTION:
        if waiting.owner_id == person.pk:
            return mail.link("audits:action", waiting.row.pk)
        return mail.link("audits:actions")
    if Audit.objects.visible_to(person).filter(pk=waiting.audit.pk).exists():
        return mail.link("audits:detail", waiting.audit.reference)
    return mail.link("home")
