"""The daily email: whoever chose it gets what is not urgent as one list of links each working morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from people import activity, mail
from people.holidays import SATURDAY, holiday_set
from people.mail import Draft
from people.mail_fallback import link_in
from people.models import MailChoice, OutgoingMail, User

DAILY = "daily"  # the kind of mail that the daily email is
FROM = time(7, 30)  # London time
MOST = 100  # lines of one email; what is more comes the next day


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in the daily email."""

    subject: str
    link: str


def gather(*, at: datetime) -> int:
    """Write today's daily emails from what is held; returns how many.

    Only on working days from half past seven in London. One email for each person and day (the key says so), so it
    may run any number of times, also at once: whoever comes second finds nothing held, or waits for tomorrow.
    """
    local = timezone.localtime(at)
    today = local.date()
    if local.time() < FROM or today.weekday() >= SATURDAY or today in holiday_set(today, today):
        return 0
    held = OutgoingMail.objects.filter(status=OutgoingMail.Status.HELD)
    people = User.objects.filter(pk__in=held.values("recipient")).order_by("pk")
    return sum(_gather_for(person, at=at, today=today) for person in people)


@transaction.atomic
def _gather_for(person: User, *, at: datetime, today: date) -> bool:
    """Write one person's email of the day; False where there is one already, or nothing is held any more."""
    key = f"daily:{person.pk}:{today.isoformat()}"
    rows = list(
        OutgoingMail.objects.select_for_update()
        .filter(status=OutgoingMail.Status.HELD, recipient=person)
        .order_by("queued_at", "pk")[:MOST]
    )
    if not rows or OutgoingMail.objects.filter(key=key).exists():
        return False
    daily = mail.queue_draft(_draft(person, rows, key=key, at=at))
    OutgoingMail.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=OutgoingMail.Status.GATHERED, gathered_in=daily
    )
    return True


def _draft(person: User, rows: list[OutgoingMail], *, key: str, at: datetime) -> Draft:
    number = len(rows)
    return Draft(
        recipient=person,
        key=key,
        kind=DAILY,
        subject=f"{number} {'thing' if number == 1 else 'things'} for you in the case file audits",
        body=render_to_string(
            "email/daily.txt",
            {
                "person": person,
                "lines": [Line(row.subject, link_in(row)) for row in rows],
                "link": mail.link("people:mail_choice", person.pk),
            },
        ),
        at=at,
        at_once=True,
    )


@transaction.atomic
def choose(person: User, *, choice: str, by: User, at: datetime) -> int:
    """Set how somebody gets what is not urgent. Single emails release what is held at once; returns how many."""
    row = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if row.mail_choice != choice:
        row.mail_choice = choice
        row.save(update_fields=["mail_choice"])
        activity.record("chose how to get email", target=f"person:{row.pk}", by=by, at=at, choice=choice)
    if choice == MailChoice.DAILY:
        return 0
    held = OutgoingMail.objects.filter(status=OutgoingMail.Status.HELD, recipient=row)
    return held.update(status=OutgoingMail.Status.QUEUED, next_attempt_at=at)
