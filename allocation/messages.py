"""The emails of a cycle and of chasing: one function per email. A reference and a link; no child's name, no grade."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string

from allocation.models import Cycle
from audits.models import Audit
from people import mail
from people.form_fields import day_in_words
from people.models import OutgoingMail, User


def month_in_words(month: date) -> str:
    """E.g. November 2026."""
    return day_in_words(month.replace(day=1)).removeprefix("1 ")


def _draft(person: User, *, event: str, about: str, subject: str, at: datetime, **context: Any) -> mail.Draft:
    """The email whose text is email/allocation_<event>.txt; the same event about the same thing goes once."""
    name = event.split(":")[0]
    body = render_to_string(f"email/allocation_{name}.txt", {"person": person, **context})
    return mail.Draft(person, f"{event}:{about}:{person.pk}", name, subject, body, at, about)


def _queue(person: User, *, event: str, about: str, subject: str, at: datetime, **context: Any) -> OutgoingMail:
    """Queue the email whose text is email/allocation_<event>.txt; the same event about the same thing goes once."""
    made = _draft(person, event=event, about=about, subject=subject, at=at, **context)
    return mail.queue(person, key=made.key, kind=made.kind, subject=subject, body=made.body, at=at, about=about)


def _about(audit: Audit) -> str:
    return f"audit:{audit.reference}"


def _of_due_date(event: str, audit: Audit) -> str:
    """Chasing begins anew with each due date that an audit is given."""
    return f"{event}:{audit.due_on}"


def about_cycle(cycle: Cycle) -> str:
    """How mail and activity name a cycle."""
    return f"cycle:{cycle.month:%Y-%m}"


def case_given(audit: Audit, *, at: datetime) -> mail.Draft:
    """What tells the auditor that a case is theirs to audit, and by when (L5)."""
    return _draft(
        audit.auditor,
        event="case_given",
        about=_about(audit),
        subject=f"Audit {audit.reference} is yours, due {day_in_words(audit.due_on)}",
        at=at,
        audit=audit,
        link=mail.link("audits:detail", audit.reference),
    )


def case_supervised(audit: Audit, *, supervisor: User, at: datetime, change: int | None = None) -> mail.Draft:
    """What tells a supervisor that an auditor who is still learning was given a case (P4).

    Once for each auditor, and once for each later change of the supervisor, which `change` numbers.
    """
    return _draft(
        supervisor,
        event=f"case_supervised:{audit.auditor_id}" + (f":{change}" if change else ""),
        about=_about(audit),
        subject=f"Audit {audit.reference} by {audit.auditor.name}: you supervise it",
        at=at,
        audit=audit,
        link=mail.link("audits:detail", audit.reference),
    )


def case_will_be_audited(audit: Audit, *, person: User, at: datetime) -> mail.Draft:
    """What tells the worker or the team manager that one of their cases will be audited (L5)."""
    return _draft(
        person,
        event="case_audited",
        about=_about(audit),
        subject=f"Audit {audit.reference}: a case that you or your team hold will be audited",
        at=at,
        audit=audit,
        link=mail.link("audits:detail", audit.reference),
    )


def draw_waits(cycle: Cycle, *, person: User, at: datetime) -> OutgoingMail:
    """Tell somebody who runs the programme that the timetable has proposed a draw and it waits for them."""
    month = month_in_words(cycle.month)
    return _queue(
        person,
        event="draw_waits",
        about=about_cycle(cycle),
        subject=f"The draw for {month} is ready for you to check",
        at=at,
        month=month,
        link=mail.link("allocation:cycle", cycle.month),
    )


def draw_impossible(month: date, *, person: User, why: str, at: datetime) -> OutgoingMail:
    """Tell somebody who runs the programme that the timetable could not propose a draw, and why."""
    return _queue(
        person,
        event="draw_impossible",
        about=f"cycle:{month:%Y-%m}",
        subject=f"The draw for {month_in_words(month)} could not be proposed",
        at=at,
        month=month_in_words(month),
        why=why,
        link=mail.link("allocation:cycles"),
    )


def reminder_before(audit: Audit, *, person: User, at: datetime) -> OutgoingMail:
    """Remind the auditor some days before the due date (E1)."""
    return _queue(
        person,
        event=_of_due_date("reminder_before", audit),
        about=_about(audit),
        subject=f"Audit {audit.reference} is due on {day_in_words(audit.due_on)}",
        at=at,
        audit=audit,
        link=mail.link("audits:detail", audit.reference),
    )


def reminder_on_due_date(audit: Audit, *, person: User, at: datetime) -> OutgoingMail:
    """Remind the auditor on the due date, or on the last working day before it (E1)."""
    return _queue(
        person,
        event=_of_due_date("reminder_on_due_date", audit),
        about=_about(audit),
        subject=f"Audit {audit.reference} is due on {day_in_words(audit.due_on)}: please finish it",
        at=at,
        audit=audit,
        link=mail.link("audits:detail", audit.reference),
    )


def late_to_line_manager(audit: Audit, *, person: User, at: datetime) -> OutgoingMail:
    """Tell the line manager that an audit is late (E2)."""
    return _queue(
        person,
        event=_of_due_date("late_to_line_manager", audit),
        about=_about(audit),
        subject=f"Audit {audit.reference} by {audit.auditor.name} is late",
        at=at,
        audit=audit,
        link=mail.link("allocation:late"),
    )


def late_to_next_manager(audit: Audit, *, person: User, again: bool, at: datetime) -> OutgoingMail:
    """Tell the manager above that an audit is late again, or still late (E3)."""
    return _queue(
        person,
        event=_of_due_date("late_to_next_manager", audit),
        about=_about(audit),
        subject=f"Audit {audit.reference} by {audit.auditor.name} is {'late again' if again else 'still late'}",
        at=at,
        audit=audit,
        again=again,
        link=mail.link("allocation:late"),
    )


def late_to_auditor(audit: Audit, *, told: list[User], stage: str, at: datetime) -> OutgoingMail:
    """Tell the auditor that the audit is late, and which managers have been told."""
    return _queue(
        audit.auditor,
        event=_of_due_date(f"late_to_auditor:{stage}", audit),
        about=_about(audit),
        subject=f"Audit {audit.reference} is late",
        at=at,
        audit=audit,
        told=told,
        link=mail.link("audits:detail", audit.reference),
    )
