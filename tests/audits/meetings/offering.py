"""Meetings offered and agreed in one line each, and what was said of them to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from audits import meetings
from audits.meetings import Offer
from audits.models import Audit, Meeting
from people.models import OutgoingMail, User
from tests.conftest import NOW, TODAY

FIRST = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
SECOND = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def what(*times: datetime, **changes: Any) -> Offer:
    return Offer(**{"times": times or (FIRST, SECOND), "how": "in_person", "place": "Room 2", **changes})


def offer(audit: Audit, *times: datetime, at: datetime = NOW, **more: Any) -> Meeting:
    words = {"message": more.pop("message", "")}
    return meetings.offer(audit, what(*times, **words), by=audit.auditor, at=at, today=TODAY, **more)


def agreed(audit: Audit, worker: User, **more: Any) -> Meeting:
    return meetings.agree(offer(audit, **more), starts_at=FIRST, by=worker, at=LATER)


def mails(kind: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind=kind).order_by("pk"))


def told(kind: str) -> set[str]:
    return {mail.recipient.name for mail in OutgoingMail.objects.filter(kind=kind).select_related("recipient")}


def answer_of(meeting: Meeting, person: User) -> str:
    return meeting.guests.get(person=person).answer
