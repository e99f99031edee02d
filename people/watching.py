"""Whether the portal's processes do their work and its mail leaves: signs of life, and what is wrong, in words (R20).

A sign of life is a row that a process writes when it has done a piece of real work. Nothing here needs the queue or
the mail server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone

from people.form_fields import day_in_words
from people.models import PRIVATE_MAIL, Heartbeat, OutgoingMail

SENDER, WORKER, BEAT = "sender", "worker", "beat"
EVERY = timedelta(seconds=20)  # a process that is busy writes its sign of life no more often
URGENT_AFTER = timedelta(minutes=5)
SILENT_AFTER = {SENDER: timedelta(minutes=2), WORKER: timedelta(minutes=5), BEAT: timedelta(minutes=5)}
MEANING = {
    SENDER: (
        "The mail sender",
        "Mail waits in the portal and is not lost. The background worker sends it once a minute meanwhile.",
    ),
    WORKER: ("The background worker", "Reports, the month’s draw and reminders wait. They are caught up later."),
    BEAT: ("The timetable", "Nothing is chased. What falls due is caught up later."),
}
WHAT_TO_START = {SENDER: "mail sender", WORKER: "worker", BEAT: "beat"}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong: what, and what to do about it."""

    code: str
    sentence: str
    do: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How mail stands: what waits, and what failed."""

    waiting: int
    urgent_waiting: int
    oldest_urgent: datetime | None
    held: int
    failed: int
    urgent_failed: int


def beat(name: str, *, at: datetime) -> None:
    """Write that a process has done a piece of work. One statement."""
    row = Heartbeat(name=name, at=at)
    Heartbeat.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=["at"])


def figures() -> Figures:
    """Count the mail that has not gone; private mail that failed is its recipient's business. One query."""
    waits, failed = Q(status=OutgoingMail.Status.QUEUED), Q(status=OutgoingMail.Status.FAILED, settled_at__isnull=True)
    urgent = Q(urgent=True)
    here = OutgoingMail.objects.exclude(status__in=(OutgoingMail.Status.SENT, OutgoingMail.Status.GATHERED))
    found = here.exclude(failed, kind=PRIVATE_MAIL).aggregate(
        waiting=Count("pk", filter=waits),
        urgent_waiting=Count("pk", filter=waits & urgent),
        oldest_urgent=Min("queued_at", filter=waits & urgent),
        held=Count("pk", filter=Q(status=OutgoingMail.Status.HELD)),
        failed=Count("pk", filter=failed),
        urgent_failed=Count("pk", filter=failed & urgent),
    )
    return Figures(**found)


def look(*, at: datetime) -> list[Alarm]:
    """Everything that is wrong, the worst first; empty where all is well. Two queries."""
    now = figures()
    alarms = [*_urgent_mail(now, at=at), *_silent(at=at)]
    if now.failed > now.urgent_failed:
        number = now.failed - now.urgent_failed
        alarms.append(
            Alarm(
                "mail failed",
                f"{_emails(number)} could not be delivered, and nobody has seen to {_it(number)}.",
                "Open Mail, see which, and tell these people another way.",
            )
        )
    return alarms


def _urgent_mail(now: Figures, *, at: datetime) -> list[Alarm]:
    alarms = []
    if now.urgent_failed:
        alarms.append(
            Alarm(
                "urgent mail failed",
                f"{_emails(now.urgent_failed, 'urgent ')} could not be delivered, "
                f"and nobody has seen to {_it(now.urgent_failed)}.",
                "Open Mail, and ring these people today.",
            )
        )
    if now.oldest_urgent is not None and now.oldest_urgent <= at - URGENT_AFTER:
        alarms.append(
            Alarm(
                "urgent mail waits",
                f"Urgent mail does not leave: the oldest waits since {_moment(now.oldest_urgent)}.",
                "Open Mail and ring the people it is for. Ask IT to look at the mail server and the mail sender.",
            )
        )
    return alarms


def _silent(*, at: datetime) -> list[Alarm]:
    seen = dict(Heartbeat.objects.values_list("name", "at"))
    alarms = []
    for name, after in SILENT_AFTER.items():
        last = seen.get(name)
        if last is None or last <= at - after:
            since = f"since {_moment(last)}" if last else "so far"
            who, meaning = MEANING[name]
            what = f"Ask IT to start the process “{WHAT_TO_START[name]}” again."
            alarms.append(Alarm(f"{name} silent", f"{who} has done nothing {since}. {meaning}", what))
    return alarms


def _emails(number: int, urgent: str = "") -> str:
    return f"{number} {urgent}email{'' if number == 1 else 's'}"


def _it(number: int) -> str:
    return "it" if number == 1 else "them"


def _moment(value: datetime) -> str:
    local = timezone.localtime(value)
    return f"{day_in_words(local.date())} at {local:%H:%M}"
