"""The emails about a disagreement: who did which step, and a link; no grade, no finding, no reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.template.loader import render_to_string

from audits.messages import about, team_recipients
from audits.models import Audit, Dispute
from people import mail
from people.form_fields import day_in_words
from people.line_management import principal_social_worker, working
from people.models import OutgoingMail, User


def concerned(audit: Audit, dispute: Dispute, *, but: Collection[int], today: date) -> list[User]:
    """Who is told of a step: the auditor (else the PSW), worker and team manager, who raised it; never who took it."""
    auditor = audit.auditor if working(audit.auditor, today=today) else principal_social_worker(today=today)
    people = [auditor, *team_recipients(audit, today=today), dispute.raised_by]
    told = [person for person in people if person and person.pk not in but and working(person, today=today)]
    return list({person.pk: person for person in told}.values())


def raised(dispute: Dispute, audit: Audit, *, by: User, at: datetime, today: date) -> list[OutgoingMail]:
    """Tell the auditor and the other side that somebody disagrees and asks for a review session."""
    people = concerned(audit, dispute, but={by.pk}, today=today)
    subject = f"Audit {audit.reference}: a review session is asked for"
    return _queue(people, "dispute_raised", subject, dispute, audit, at=at)


def taken_back(dispute: Dispute, audit: Audit, *, by: User, at: datetime, today: date) -> list[OutgoingMail]:
    """Tell the same people that it was taken back."""
    people = concerned(audit, dispute, but={by.pk}, today=today)
    subject = f"Audit {audit.reference}: the disagreement was taken back"
    return _queue(people, "dispute_taken_back", subject, dispute, audit, at=at)


def reviewed(dispute: Dispute, audit: Audit, *, by: User, at: datetime, today: date) -> list[OutgoingMail]:
    """Tell everybody concerned that the review session is on record, and what comes next."""
    people = concerned(audit, dispute, but={by.pk}, today=today)
    name = "dispute_settled" if dispute.state == Dispute.State.SETTLED else "dispute_not_settled"
    return _queue(people, name, f"Audit {audit.reference}: the review session is on record", dispute, audit, at=at)


def mediation_asked(
    dispute: Dispute, audit: Audit, mediators: Iterable[User], *, by: User, at: datetime, today: date
) -> list[OutgoingMail]:
    """Ask the mediators to decide, and tell everybody else that it is with them."""
    asked = list(mediators)
    subject = f"Audit {audit.reference}: you are asked to mediate"
    made = _queue(asked, "dispute_mediate", subject, dispute, audit, at=at)
    others = concerned(audit, dispute, but={by.pk, *(person.pk for person in asked)}, today=today)
    return made + _queue(
        others, "dispute_in_mediation", f"Audit {audit.reference} is in mediation", dispute, audit, at=at
    )


def decided(
    dispute: Dispute, audit: Audit, mediators: Iterable[User], *, by: User, at: datetime, today: date
) -> list[OutgoingMail]:
    """Tell everybody concerned, the other mediators too, that mediation has decided."""
    others = [person for person in mediators if person.pk != by.pk and working(person, today=today)]
    known = {by.pk, *(person.pk for person in others)}
    people = [*others, *concerned(audit, dispute, but=known, today=today)]
    subject = f"Audit {audit.reference}: mediation has decided"
    return _queue(people, "dispute_decided", subject, dispute, audit, at=at)


def _queue(
    people: Iterable[User], name: str, subject: str, dispute: Dispute, audit: Audit, *, at: datetime
) -> list[OutgoingMail]:
    words = {"audit": audit, "link": mail.link("audits:disagreement", audit.reference)}
    words |= {"raised_by": dispute.raised_by, "when": day_in_words(dispute.due_on)}
    return [
        mail.queue(
            person,
            key=f"{name}:{audit.reference}:{dispute.round}:{person.pk}",
            kind=name,
            subject=subject,
            body=render_to_string(f"email/{name}.txt", {**words, "person": person}),
            at=at,
            about=about(audit),
        )
        for person in people
    ]
