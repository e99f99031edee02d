"""The emails about an action after its audit: one function per email. A reference and a link, no more."""

from __future__ import annotations

from datetime import date, datetime

from django.template.loader import render_to_string

from audits.after.action_rights import had_a_hand, may_verify
from audits.messages import about, head_of_service
from audits.models import ActionStep, SmartAction
from people import mail
from people.line_management import principal_social_worker, working
from people.models import OutgoingMail, User


def asked_to_verify(action: SmartAction, *, today: date) -> User | None:
    """Who is asked: the team manager, else the auditor, else the head of service, else the PSW; None where nobody can.

    Never the owner, nor who recorded it as done; leavers are passed over.
    """
    audit = action.audit
    near = [person for person in (audit.team_manager, audit.auditor) if person]
    for person in near:
        if working(person, today=today) and may_verify(action, person):
            return person
    above = (head_of_service(audit, today=today), principal_social_worker(today=today))
    return next((person for person in above if person and not had_a_hand(action, person)), None)


def _queue(
    action: SmartAction, person: User, step: ActionStep, *, name: str, subject: str, at: datetime
) -> OutgoingMail:
    """Queue email/<name>.txt about one step of an action; a step goes to a person once."""
    words = {"action": action, "person": person, "link": mail.link("audits:action", action.pk)}
    return mail.queue(
        person,
        key=f"{name}:{step.pk}:{person.pk}",
        kind=name,
        subject=subject,
        body=render_to_string(f"email/{name}.txt", words),
        at=at,
        about=about(action.audit),
    )


def to_verify(action: SmartAction, step: ActionStep, *, at: datetime, today: date) -> OutgoingMail | None:
    """Ask somebody else to verify an action that was recorded as done; not urgent."""
    person = asked_to_verify(action, today=today)
    if person is None:
        return None
    subject = f"An action from audit {action.audit.reference} is done: please verify it"
    return _queue(action, person, step, name="action_to_verify", subject=subject, at=at)


def sent_back(action: SmartAction, step: ActionStep, *, at: datetime) -> OutgoingMail:
    """Tell the owner that their action is not done yet."""
    subject = f"An action from audit {action.audit.reference} came back to you"
    return _queue(action, action.owner, step, name="action_sent_back", subject=subject, at=at)


def moved(action: SmartAction, step: ActionStep, *, at: datetime) -> OutgoingMail:
    """Tell the owner that the deadline moved."""
    subject = f"An action from audit {action.audit.reference} has a new deadline"
    return _queue(action, action.owner, step, name="action_moved", subject=subject, at=at)


def given(action: SmartAction, step: ActionStep, *, before: User, at: datetime) -> list[OutgoingMail]:
    """Tell both: the new owner that it is theirs, the old one that it no longer is."""
    subject = f"An action from audit {action.audit.reference} is now yours"
    gone = f"An action from audit {action.audit.reference} is no longer yours"
    return [
        _queue(action, action.owner, step, name="action_given", subject=subject, at=at),
        _queue(action, before, step, name="action_given_away", subject=gone, at=at),
    ]
