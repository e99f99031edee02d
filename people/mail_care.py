"""What people do about mail in trouble: send it again, send it to somebody else, say that it is seen to."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from people import activity, mail_fallback
from people.line_management import working
from people.mail import is_for_recipient_only
from people.models import OutgoingMail, User
from people.refusal import Refused
from people.roles import Permission

MOST_ON_HOME = 20


class MailCareError(Refused):
    """Something that cannot be done with an email; `field` is what a form shows the message beside."""


def may_care(user: User) -> bool:
    """Whether somebody may act on mail in trouble: whoever runs the programme."""
    return user.can(Permission.VIEW_MAIL) and user.can(Permission.MANAGE_CYCLES)


def waiting_for(user: User, *, at: datetime) -> list[OutgoingMail]:
    """The mail in trouble that waits for this person, urgent mail first, at most twenty; one query, or none."""
    if not may_care(user):
        return []
    rows = OutgoingMail.objects.visible_to(user).in_trouble(at).select_related("recipient")
    return list(rows.order_by("-urgent", "queued_at", "pk")[:MOST_ON_HOME])


def _locked(found: OutgoingMail) -> OutgoingMail:
    rows = OutgoingMail.objects.select_for_update(of=("self",)).select_related("recipient__team")
    return rows.get(pk=found.pk)


@transaction.atomic
def send_again(found: OutgoingMail, *, by: User, at: datetime) -> OutgoingMail:
    """Queue an email that failed again, to the address that its recipient has now; same Message-ID and Date.

    Raises MailCareError where it does not count as failed any more.
    """
    row = _locked(found)
    if row.status != OutgoingMail.Status.FAILED:
        raise MailCareError("This email is being sent again already, or has gone.")
    row.status, row.address = OutgoingMail.Status.QUEUED, row.recipient.email
    row.next_attempt_at, row.leased_until = at, None
    row.trouble, row.trouble_since, row.last_error = "", None, ""
    row.settled_at, row.settled_by, row.settled_how = None, None, ""
    row.save()
    activity.record("sent an email again", target=f"mail:{row.pk}", by=by, at=at)
    return row


@transaction.atomic
def send_to(found: OutgoingMail, *, person: User, by: User, at: datetime, today: date) -> OutgoingMail:
    """Tell somebody else, whom a person chose, that an email did not reach its recipient; returns what is queued.

    Raises MailCareError for the recipient, a leaver, somebody who was told already, and mail only its recipient may
    know of.
    """
    row = _locked(found)
    if is_for_recipient_only(row.kind, row.body):
        raise MailCareError("This email is private. Only its recipient may get it.")
    if person.pk in {row.recipient_id, mail_fallback.first_of(row).recipient_id}:
        raise MailCareError(f"It is {person.name} whom the email does not reach.", field="person")
    if not working(person, today=today):
        raise MailCareError(f"{person.name} does not work here today.", field="person")
    if row.stand_ins.filter(recipient=person).exists():
        raise MailCareError(f"{person.name} was told already.", field="person")
    queued = mail_fallback.send_instead(row, to=person, key=f"stand_in:{row.pk}:{person.pk}", at=at)
    activity.record("sent an email to somebody else", target=f"mail:{row.pk}", by=by, at=at, to=person.name)
    return queued


@transaction.atomic
def settle(found: OutgoingMail, *, how: str, by: User, at: datetime) -> OutgoingMail:
    """Write down that somebody has seen to an email that could not be delivered, and how.

    Raises MailCareError where somebody has done so already, or it has gone meanwhile.
    """
    row = _locked(found)
    if row.status != OutgoingMail.Status.FAILED:
        raise MailCareError("This email does not count as undelivered any more.")
    if row.settled_at is not None:
        raise MailCareError("Somebody has seen to this email already.")
    row.settled_at, row.settled_by, row.settled_how = at, by, " ".join(how.split())
    row.save(update_fields=["settled_at", "settled_by", "settled_how"])
    activity.record("saw to an email that could not be delivered", target=f"mail:{row.pk}", by=by, at=at)
    return row
