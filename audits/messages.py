"""The emails about an audit: one function per email. A reference and a link; no child's name, no grade, no finding."""

from __future__ import annotations

from datetime import date, datetime

from django.template.loader import render_to_string

from audits.models import Audit, RiskRecipient, SmartAction
from audits.risk_recipients import MUST_ACKNOWLEDGE
from people import mail
from people.line_management import principal_social_worker
from people.models import OutgoingMail, User
from people.roles import JobRole


def about(audit: Audit) -> str:
    """How mail and activity name an audit."""
    return f"audit:{audit.reference}"


def team_recipients(audit: Audit, *, today: date) -> list[User]:
    """The worker and the team manager of an audit; where neither can be reached, the head of service, else the PSW.

    Leavers are passed over. Nobody is named twice.
    """
    found = [person for person in (audit.worker, audit.team_manager) if person and _reachable(person, today=today)]
    if not any(person.pk == audit.team_manager_id for person in found):
        found += [person for person in [head_of_service(audit, today=today)] if person]
    if not found:
        found = [person for person in [principal_social_worker(today=today)] if person]
    return list({person.pk: person for person in found}.values())


def _reachable(person: User, *, today: date) -> bool:
    return person.is_active and (person.leave_date is None or person.leave_date > today)


def head_of_service(audit: Audit, *, today: date) -> User | None:
    """The head of the service the case belongs to, or None."""
    if audit.service_id is None:
        return None
    heads = User.objects.working_on(today).filter(job_role=JobRole.HEAD_OF_SERVICE, service_id=audit.service_id)
    return heads.order_by("pk").first()


def submitted(audit: Audit, *, at: datetime, today: date) -> list[OutgoingMail]:
    """Tell worker and team manager that an audit is finished and Part B is theirs to answer."""
    return [
        mail.queue(
            person,
            key=f"submitted:{audit.reference}:{person.pk}",
            kind="submitted",
            subject=f"Audit {audit.reference} is ready for your response",
            body=render_to_string(
                "email/submitted.txt",
                {"audit": audit, "person": person, "link": mail.link("audits:part_b", audit.reference)},
            ),
            at=at,
            about=about(audit),
        )
        for person in team_recipients(audit, today=today)
    ]


def copied(audit: Audit, person: User, *, at: datetime) -> OutgoingMail:
    """Send a manager of the service word of a finished audit: a copy to read, nothing to do (A20, 001, 004)."""
    link = mail.link("audits:detail", audit.reference)
    risk = _risk_to_acknowledge(audit, person)
    risk_link = mail.link("audits:risk", risk) if risk else ""
    words = {"audit": audit, "person": person, "link": link, "risk_link": risk_link}
    return mail.queue(
        person,
        key=f"copy:{audit.reference}:{person.pk}",
        kind="copy",
        subject=f"Audit {audit.reference} is finished: your copy",
        body=render_to_string("email/copy.txt", words),
        at=at,
        about=about(audit),
    )


def _risk_to_acknowledge(audit: Audit, person: User) -> int | None:
    """The first risk raised in an audit that this person still has to acknowledge, by its pk."""
    waiting = RiskRecipient.objects.filter(risk__audit=audit, person=person, part__in=MUST_ACKNOWLEDGE)
    return waiting.filter(acknowledged_at__isnull=True).order_by("pk").values_list("risk_id", flat=True).first()


def urgent(audit: Audit, *, at: datetime, today: date) -> list[OutgoingMail]:
    """Tell worker and team manager at once, head of service in copy, that an audit needs action today (S1)."""
    people = team_recipients(audit, today=today)
    head = head_of_service(audit, today=today)
    if head and head.pk not in {person.pk for person in people}:
        people.append(head)
    return [
        mail.queue(
            person,
            key=f"urgent:{audit.reference}:{person.pk}",
            kind="urgent",
            subject=f"Urgent: audit {audit.reference} needs action today",
            body=render_to_string(
                "email/urgent.txt",
                {"audit": audit, "person": person, "link": mail.link("audits:detail", audit.reference)},
            ),
            at=at,
            about=about(audit),
            urgent=True,
        )
        for person in people
    ]


def withdrawn(audit: Audit, *, at: datetime, today: date) -> list[OutgoingMail]:
    """Tell auditor, worker and team manager that an audit is taken back and the case not audited this time."""
    people = [person for person in (audit.worker, audit.team_manager) if person and person.pk != audit.auditor_id]
    told = {person.pk: person for person in people if _reachable(person, today=today)}
    subject = f"Audit {audit.reference}: the case is not audited after all"
    return [
        *_need_not_be_done(audit, exempt=False, at=at, today=today),
        *(_queue_set_aside(audit, person, "not_audited", subject, at=at) for person in told.values()),
    ]


def exempted(audit: Audit, *, at: datetime, today: date) -> list[OutgoingMail]:
    """Tell the auditor that they need not do an audit. Worker and manager wait: somebody else may get the case."""
    return _need_not_be_done(audit, exempt=True, at=at, today=today)


def _need_not_be_done(audit: Audit, *, exempt: bool, at: datetime, today: date) -> list[OutgoingMail]:
    if not _reachable(audit.auditor, today=today):
        return []
    subject = f"Audit {audit.reference} need not be done"
    return [_queue_set_aside(audit, audit.auditor, "set_aside", subject, at=at, exempt=exempt)]


def _queue_set_aside(
    audit: Audit, person: User, name: str, subject: str, *, at: datetime, exempt: bool = False
) -> OutgoingMail:
    """Queue email/<name>.txt; an audit is set aside once, so it goes once."""
    words = {"audit": audit, "person": person, "exempt": exempt, "link": mail.link("audits:detail", audit.reference)}
    body = render_to_string(f"email/{name}.txt", words)
    key = f"{name}:{audit.reference}:{person.pk}"
    return mail.queue(person, key=key, kind=name, subject=subject, body=body, at=at, about=about(audit))


def action_set(action: SmartAction, *, at: datetime) -> OutgoingMail:
    """Tell the owner of an action that it is theirs."""
    return mail.queue(
        action.owner,
        key=f"action:{action.audit.reference}:{action.number}:{action.owner_id}",
        kind="action",
        subject=f"An action from audit {action.audit.reference} is yours",
        body=render_to_string("email/action.txt", {"action": action, "link": mail.link("audits:action", action.pk)}),
        at=at,
        about=about(action.audit),
    )
