"""Who is told when an audit is submitted, as what, and by which kind of mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from audits import sharing
from audits.messages import head_of_service, team_recipients
from audits.models import Audit, Share
from people.models import User
from people.roles import JobRole

URGENT, ANSWER, COPY = "urgent", "answer", "copy"
KINDS = {"urgent": URGENT, "submitted": ANSWER, "copy": COPY}  # by the kind of OutgoingMail


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who is told, what they are to the audit (a key of audits.sharing.WORDS), and the kind of mail."""

    person: User
    part: str
    mail: str

    @property
    def mail_words(self) -> str:
        """What the mail asks of them, for people."""
        return {
            URGENT: "an urgent email: act today",
            ANSWER: "an email: read it and answer Part B",
            COPY: "a short email: a copy to read",
        }.get(self.mail, "")


def who_is_told(audit: Audit, *, urgent: bool, today: date) -> list[Told]:
    """Worker and team manager, or who stands in for them; a copy for the managers of the service (A19, A20, S1).

    Sources: 000 §2.10 and §2.13, 001 ("send it to the worker, their manager, the group manager"), 003 §8, and 004: the
    head of service gets a copy of each audit. Where the audit is urgent the head of service gets the urgent mail.
    Nobody is named twice; the auditor and who supervises the auditor need no copy.
    """
    kind = URGENT if urgent else ANSWER
    told = [Told(person, part_of(audit, person), kind) for person in team_recipients(audit, today=today)]
    head = head_of_service(audit, today=today)
    copies = [head, _service_manager(audit, today=today)]
    for person in copies:
        known = {audit.auditor_id, audit.supervisor_id, *(each.person.pk for each in told)}
        if person and person.pk not in known:
            told.append(Told(person, part_of(audit, person), URGENT if urgent and person == head else COPY))
    return told


@dataclass(frozen=True, slots=True)
class WasTold:
    """Whom the portal told of an audit: when it was submitted, and apart from that of risks raised in it."""

    finished: list[Told]
    risks: list[Share]


def who_was_told(audit: Audit) -> WasTold:
    """Whom the portal told, from the record of sharing and the email that went. Two queries."""
    shares = list(audit.shares.filter(how=Share.How.PORTAL).select_related("person").order_by("pk"))
    risks = [share for share in shares if sharing.OF_RISK in share.part]
    finished = [share for share in shares if share not in risks]
    emails = sharing.emails_of(audit, finished)
    kinds = {share.pk: KINDS.get(emails[share.pk].kind, "") for share in finished if share.pk in emails}
    told = [Told(share.person, share.part, kinds.get(share.pk, "")) for share in finished if share.person]
    return WasTold(told, risks)


def part_of(audit: Audit, person: User) -> str:
    """What somebody who is told is to the audit, as a key of audits.sharing.WORDS."""
    if person.pk == audit.worker_id:
        return "worker"
    if person.pk == audit.team_manager_id:
        return "team_manager"
    if person.job_role in {JobRole.HEAD_OF_SERVICE, JobRole.SERVICE_MANAGER}:
        return str(person.job_role)
    return "programme"


def _service_manager(audit: Audit, *, today: date) -> User | None:
    """The manager of the service that holds the case, the one above the team first; None where it has none."""
    if audit.service_id is None:
        return None
    managers = User.objects.working_on(today).filter(job_role=JobRole.SERVICE_MANAGER, service_id=audit.service_id)
    above = audit.team_manager.line_manager_id if audit.team_manager else None
    found = list(managers.order_by("pk"))
    return min(found, key=lambda person: person.pk != above, default=None)
