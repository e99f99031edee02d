"""A private note on the worker's own development (A15): from the auditor to the worker and the worker's line manager.

It is no part of the audit. No document, export, report or page about the audit reads it (R51), and no job opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.template.loader import render_to_string

from audits.deadlines import add_months, london_date
from audits.models import SET_ASIDE, Audit, DevelopmentNote
from people import mail
from people.line_management import managers_above, working
from people.models import PRIVATE_MAIL, User
from people.refusal import Refused

MONTHS_AFTER = 3  # a note belongs to the time in which the audit is talked over
SAME_WITHIN = timedelta(minutes=10)  # the same text again so soon is the same click again


class NoteError(Refused):
    """A note that cannot be sent; `field` is what a form shows the message beside."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Who can read a note beside its writer."""

    worker: User
    line_manager: User | None

    @property
    def people(self) -> list[User]:
        """The worker, and the line manager where there is one."""
        return [self.worker, *([self.line_manager] if self.line_manager else [])]


def may_write(audit: Audit, user: User, *, today: date) -> bool:
    """Whether this person may write a note: the auditor, until three months after the audit was submitted."""
    if audit.auditor_id != user.pk or audit.status in SET_ASIDE or audit.worker is None:
        return False
    if not working(audit.worker, today=today):
        return False
    return audit.submitted_at is None or today <= add_months(london_date(audit.submitted_at), MONTHS_AFTER)


def readers(audit: Audit, *, today: date) -> Readers:
    """The worker, and the nearest manager above who works here and is not the auditor. Raises NoteError."""
    worker = audit.worker
    if worker is None or not working(worker, today=today):
        raise NoteError("No worker is recorded for this case, or they have left.")
    above = managers_above(worker, today=today)
    return Readers(worker, next((person for person in above if person.pk != audit.auditor_id), None))


def send(audit: Audit, *, text: str, by: User, at: datetime, today: date) -> DevelopmentNote:
    """Write a note and tell its readers that there is one, in one transaction; it cannot be changed afterwards.

    The list of who did what does not say so: those who read that list may not know of notes. The same words within
    minutes are the same note, which comes back. Raises NoteError.
    """
    text = text.strip()
    if not text:
        raise NoteError("Write your note.", field="text")
    with transaction.atomic():
        rows = Audit.objects.select_for_update(of=("self",)).select_related("worker")
        locked = rows.get(pk=audit.pk)
        if not may_write(locked, by, today=today):
            raise NoteError("A note can be sent by the auditor, until three months after the audit was submitted.")
        sent = DevelopmentNote.objects.filter(audit=locked, written_by=by, text=text)
        known = sent.filter(written_at__gt=at - SAME_WITHIN).first()
        if known is not None:
            return known
        found = readers(locked, today=today)
        note = DevelopmentNote.objects.create(
            audit=locked,
            worker=found.worker,
            line_manager=found.line_manager,
            text=text,
            written_by=by,
            written_at=at,
        )
        for person in found.people:
            _tell(note, person, at=at)
    return note


def _tell(note: DevelopmentNote, person: User, *, at: datetime) -> None:
    """A mail that says only that there is a note: no audit, no child, not whom it is about."""
    link = mail.link("audits:development_note", note.pk)
    words = {"person": person, "author": note.written_by, "link": link}
    mail.queue(
        person,
        key=f"note:{note.pk}:{person.pk}",
        kind=PRIVATE_MAIL,
        subject="A note for you in the audit portal",
        body=render_to_string("email/note.txt", words),
        at=at,
    )
