"""Who is told instead when an email cannot reach somebody: the chain of R12, one person after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import chain

from django.conf import settings
from django.template.loader import render_to_string

from people import activity, mail
from people.line_management import managers_above, principal_social_worker
from people.mail import Draft
from people.models import OutgoingMail, User
from people.roles import JobRole

STAND_IN = "stand_in"  # the kind of mail that goes to somebody instead
JUST_SENT = timedelta(hours=1)  # before a failed email: whoever got one about the same thing knows already
LONGEST_CHAIN = 20


def line_for(recipient: User, *, today: date) -> Iterator[User]:
    """Everybody who may stand in for a person, nearest first, working here on this day, nobody twice.

    The manager and the deputies of their team, the head of their service, the managers above them, and last the
    principal social worker.
    """
    here = User.objects.working_on(today).exclude(pk=recipient.pk).order_by("pk")
    service = recipient.service_id or (recipient.team.service_id if recipient.team else None)
    team = here.filter(team_id=recipient.team_id) if recipient.team_id else here.none()
    heads = here.filter(job_role=JobRole.HEAD_OF_SERVICE, service_id=service) if service else here.none()
    everybody = chain(
        team.filter(job_role=JobRole.TEAM_MANAGER),
        team.filter(job_role=JobRole.DEPUTY_TEAM_MANAGER),
        heads,
        managers_above(recipient, today=today),
        filter(None, [principal_social_worker(today=today)]),
    )
    seen = {recipient.pk}
    for person in everybody:
        if person.pk not in seen:
            seen.add(person.pk)
            yield person


def stand_in(recipient: User, *, passed_over: frozenset[int] | set[int] = frozenset(), today: date) -> User | None:
    """The next person in the line for a recipient, without those passed over; None where nobody is left."""
    return next((person for person in line_for(recipient, today=today) if person.pk not in passed_over), None)


def first_of(failed: OutgoingMail) -> OutgoingMail:
    """The email that all stand-ins began with."""
    current = failed
    for _ in range(LONGEST_CHAIN):
        if current.stands_in_for is None:
            break
        current = current.stands_in_for
    return current


def knows_already(failed: OutgoingMail) -> set[int]:
    """Whom it would be no use to ask: those tried for this email, and those just told about the same thing."""
    first = first_of(failed)
    tried = {first.recipient_id}
    level = [first.pk]
    for _ in range(LONGEST_CHAIN):
        rows = list(OutgoingMail.objects.filter(stands_in_for__in=level).values_list("pk", "recipient"))
        if not rows:
            break
        level = [pk for pk, _ in rows]
        tried |= {person for _, person in rows}
    if first.about:
        told = OutgoingMail.objects.filter(about=first.about, queued_at__gte=first.queued_at - JUST_SENT)
        tried |= set(told.values_list("recipient", flat=True))
    return tried


def queue_stand_in(failed: OutgoingMail, *, at: datetime, today: date) -> OutgoingMail | None:
    """Tell the next person in the line that an email did not reach somebody; once for one email, however often called.

    In the caller's transaction, which holds the failed row. None where nobody is left, or nobody else may know of it.
    """
    first = first_of(failed)
    if mail.is_for_recipient_only(first.kind, first.body):
        return None
    key = f"stand_in:{failed.pk}"
    there = OutgoingMail.objects.filter(key=key).first()
    if there is not None:
        return there
    person = stand_in(first.recipient, passed_over=knows_already(failed), today=today)
    _record(failed, person, at=at)
    return send_instead(failed, to=person, key=key, at=at) if person else None


def send_instead(failed: OutgoingMail, *, to: User, key: str, at: datetime) -> OutgoingMail:
    """Queue an email to somebody that says whom one did not reach, with the page it was about."""
    first = first_of(failed)
    draft = Draft(
        recipient=to,
        key=key,
        kind=STAND_IN,
        subject=f"An email did not reach {first.recipient.name}"[:200],
        body=render_to_string("email/stand_in.txt", {"person": to, "missed": first.recipient, "link": link_in(first)}),
        at=at,
        about=first.about,
        urgent=first.urgent,
        at_once=True,
    )
    return mail.queue_draft(draft, stands_in_for=failed)


def link_in(found: OutgoingMail) -> str:
    """The page that an email is about: the first address of the portal in its text, else the portal's front page."""
    home = settings.PUBLIC_URL.rstrip("/") + "/"
    match = re.search(re.escape(home) + r"\S*", found.body)
    return match.group() if match and found.kind != "daily" else home


def _record(failed: OutgoingMail, person: User | None, *, at: datetime) -> None:
    activity.record(
        "could not deliver an email",
        target=f"mail:{failed.pk}",
        by=None,
        at=at,
        recipient=failed.recipient.name,
        told_instead=person.name if person else "nobody",
    )
