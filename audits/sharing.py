"""With whom an audit was shared, and when (A20): written as the portal sends, completed by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from audits.deadlines import london_date
from audits.messages import about
from audits.models import Audit, Share
from audits.permissions import Relation, relations
from people import activity
from people.models import OutgoingMail, User

WORDS = {  # to whom an audit is usually given (003 §8), as the log names them
    "worker": "Worker",
    "team_manager": "Team manager",
    "service_manager": "Service manager",
    "head_of_service": "Head of service",
    "chair": "Reviewing officer or conference chair",
    "programme": "Principal social worker",
}


MAIL_KINDS = ("submitted", "urgent", "copy", "child at risk")  # by which the portal shares an audit
OF_RISK = ", told of a child at risk"  # after the part of somebody who was told before the audit was finished


class ShareError(ValueError):
    """A sharing that cannot be recorded; `field` is the input it belongs to."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def record(
    audit: Audit,
    *,
    person: User | None,
    part: str,
    how: str = Share.How.PORTAL,
    at: datetime,
    today: date,
    by: User | None = None,
    name: str = "",
    occasion: str = "",
) -> Share:
    """Write down that an audit was shared with somebody; once for the same person as the same part, however often told.

    A sharing on another `occasion`, such as a second risk, is a row of its own. `part` is what they are to the audit,
    in words; `name` is somebody who has no account. `by` is None where the portal shared it itself. Returns the row
    that is there.
    """
    who = person.name if person else name
    values = {
        "person": person,
        "name": who,
        "part": part,
        "how": how,
        "shared_on": today,
        "shared_by": by,
        "recorded_at": at,
    }
    share, _ = Share.objects.get_or_create(
        audit=audit, key=_key(part, person, name, *([occasion] if occasion else [])), defaults=values
    )
    return share


def _key(part: str, person: User | None, name: str, *more: str) -> str:
    """One event for one person, in a length that a name of any length cannot break."""
    who = f"person {person.pk}" if person else f"name {name.strip().casefold()}"
    return hashlib.sha256("\n".join((part, who, *more)).encode()).hexdigest()


def emails_of(audit: Audit, shares: Iterable[Share]) -> dict[int, OutgoingMail]:
    """The email that went with each sharing by the portal, by the sharing's pk; nothing for those without. One query.

    Both were written in the same moment, which is how they are put together; other mail may be of that moment too.
    """
    by_portal = [share for share in shares if share.how == Share.How.PORTAL and share.person_id]
    people = {share.person_id for share in by_portal}
    mails = OutgoingMail.objects.filter(about=about(audit), recipient__in=people, kind__in=MAIL_KINDS)
    found: dict[tuple[int | None, datetime], OutgoingMail] = {
        (mail.recipient_id, mail.queued_at): mail for mail in mails.defer("body", "attachment")
    }
    pairs = ((share.pk, found.get((share.person_id, share.recorded_at))) for share in by_portal)
    return {pk: mail for pk, mail in pairs if mail is not None}


def how_words(share: Share) -> str:
    """How it was shared, as page and documents say it: what the portal shares is an email with a link."""
    return "An email with a link" if share.how == Share.How.PORTAL else str(share.get_how_display())


def told_of(share: Share) -> tuple[str, str]:
    """What somebody is to the audit, and what they were told of, as the record shows it."""
    role, risk, _ = share.part.partition(OF_RISK)
    return role, "A child at risk" if risk else "The finished audit"


def by_person(shares: Iterable[Share]) -> list[list[Share]]:
    """The sharings of each person together, in the order in which each was first told."""
    found: dict[object, list[Share]] = {}
    for share in shares:
        found.setdefault(share.person_id or share.name.casefold(), []).append(share)
    return list(found.values())


def may_record(audit: Audit, user: User) -> bool:
    """Whether this person completes the log by hand: the auditor or the programme, once the audit is submitted."""
    return audit.is_submitted and bool(relations(audit, user) & {Relation.AUDITOR, Relation.PROGRAMME})


def record_by_hand(
    audit: Audit,
    *,
    person: User | None,
    name: str,
    part: str,
    how: str,
    shared_on: date,
    by: User,
    at: datetime,
    today: date,
) -> Share:
    """Record that the audit was talked over with somebody or given to them; each day and way once.

    Raises ShareError where it is not theirs to record, nobody is named, or the day is not between the day it was
    given out and today.
    """
    if not (person or name.strip()):
        raise ShareError("Choose a person, or write the name", field="name")
    if not part.strip():
        raise ShareError("Say what they are to the child or the case", field="part")
    with transaction.atomic():
        locked = Audit.objects.select_for_update(of=("self",)).select_related("team_manager").get(pk=audit.pk)
        if not may_record(locked, by):
            raise ShareError("Only the auditor or the audit programme completes this record.")
        _check_day(locked, shared_on, today=today)
        values = {
            "person": person,
            "name": person.name if person else name.strip(),
            "part": part.strip(),
            "how": how,
            "shared_on": shared_on,
            "shared_by": by,
            "recorded_at": at,
        }
        key = _key(part.strip(), person, name, how, shared_on.isoformat())
        share, new = Share.objects.get_or_create(audit=locked, key=key, defaults=values)
        if new:
            activity.record("recorded with whom an audit was shared", target=about(locked), by=by, at=at)
    return share


def _check_day(audit: Audit, day: date, *, today: date) -> None:
    if day > today:
        raise ShareError("The day must be today or in the past", field="shared_on")
    if london_date(audit.allocated_at) > day:
        raise ShareError("The day must not be before the audit was given out", field="shared_on")
