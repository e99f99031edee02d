"""Disagree with an audit, line by line, while the team answers it: raised, taken back, raised once more (S3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from audits import messages_dispute
from audits.after import part_b_due
from audits.after.dispute_findings import Finding, by_code, findings_of
from audits.deadlines import add_working_days
from audits.messages import about
from audits.models import MOST_ROUNDS, Audit, Dispute, DisputeLine, Side, Status
from audits.permissions import Relation, relations
from audits.structure import AuditForm, form_of
from audits.workflow import move
from people import activity
from people.holidays import holiday_set
from people.models import User
from people.refusal import Refused
from people.roles import Permission

State = Dispute.State
UNDER_WAY = (State.OPEN, State.MEDIATION)
SHOWN = 20


class DisputeError(Refused):
    """A step of a disagreement that cannot be taken; `field` is what a form shows the message beside."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing not agreed with: its code, why, and for a grade the code of the one they would give."""

    code: str
    said: str
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A disagreement that waits for somebody, and what it waits for: review, hand_on, again or mediate."""

    dispute: Dispute
    what: str


def side_of(audit: Audit, user: User) -> Side | None:
    """Whether this person answers the audit as worker or as team manager; None for everybody else."""
    known = relations(audit, user)
    if Relation.WORKER in known:
        return Side.WORKER
    return Side.MANAGER if Relation.TEAM_MANAGER in known else None


def latest(audit: Audit) -> Dispute | None:
    """The last round about an audit, with its session, mediation and who raised it; None without one."""
    rows = Dispute.objects.filter(audit=audit).select_related("raised_by", "session", "mediation")
    return rows.order_by("-round").first()


def without_one_view(dispute: Dispute | None) -> bool:
    """Whether this round waits for what comes after a review session that did not come to one view."""
    if dispute is None or dispute.state != State.OPEN:
        return False
    session = getattr(dispute, "session", None)
    return session is not None and not session.agreed


def is_settled_for_good(dispute: Dispute | None) -> bool:
    """Whether nobody can disagree any more: mediation has decided, or both rounds are used."""
    if dispute is None or dispute.state in UNDER_WAY:
        return False
    return dispute.state == State.DECIDED or dispute.round >= MOST_ROUNDS


def why_not(audit: Audit, user: User, *, last: Dispute | None) -> str:
    """Why this person cannot disagree with this audit now; empty where they can. `last` is the latest round."""
    side = side_of(audit, user)
    if side is None:
        return "Only the worker and the team manager can disagree with an audit."
    if is_settled_for_good(last):
        return "The disagreement about this audit is settled, so it cannot be raised again."
    if audit.status == Status.DISPUTED and last is not None:
        return _why_not_again(last)
    if audit.status != Status.WITH_TEAM:
        return "An audit can be disagreed with while the team answers it, before Part B is signed."
    part_b = getattr(audit, "part_b", None)
    if part_b is not None and getattr(part_b, f"{side}_signed_at") is not None:
        return "You have signed your part of Part B, so you cannot disagree any more."
    return ""


def _why_not_again(last: Dispute) -> str:
    if not without_one_view(last):
        return f"{last.raised_by.name} has raised it already. The review session comes next."
    return "" if last.round < MOST_ROUNDS else "It was raised twice. Mediation comes next."


def may_raise(audit: Audit, user: User, *, last: Dispute | None) -> bool:
    """Whether this person can disagree with this audit now, for the first or the second time."""
    return not why_not(audit, user, last=last)


def due_after(today: date) -> date:
    """By when the next step of a disagreement is asked for, if this one is taken today."""
    holidays = holiday_set(today, today + timedelta(days=3 * settings.DISPUTE_WORKING_DAYS + 30))
    return add_working_days(today, settings.DISPUTE_WORKING_DAYS, holidays=holidays)


def part_b_due_again(audit: Audit, *, today: date) -> date:
    """When Part B is due once a disagreement has ended: as for an audit that is submitted today."""
    return part_b_due.due(urgent=bool(part_b_due.why_short(audit)), today=today)


def lock(audit: Audit) -> tuple[Audit, Dispute | None]:
    """The audit and its latest round as they are now, both locked, the audit first."""
    rows = Audit.objects.select_for_update(of=("self",)).select_related("worker", "team_manager", "auditor", "case")
    locked = rows.get(pk=audit.pk)
    Dispute.objects.select_for_update().filter(audit=locked).order_by("pk").first()
    return locked, latest(locked)


def raise_dispute(audit: Audit, *, lines: Sequence[Line], by: User, at: datetime, today: date) -> Dispute:
    """Disagree with an audit, line by line, and ask for a review session; a second time after the first one failed.

    The auditor and the other side are told by mail. Raises DisputeError, with the field that it is about.
    """
    with transaction.atomic():
        locked, last = lock(audit)
        refusal = why_not(locked, by, last=last)
        if refusal:
            raise DisputeError(refusal)
        again = locked.status == Status.DISPUTED
        if again and last is not None:
            last.state = State.SETTLED
            last.save(update_fields=["state"])
        dispute = Dispute.objects.create(
            audit=locked,
            round=last.round + 1 if last else 1,
            raised_by=by,
            side=side_of(locked, by) or Side.WORKER,
            raised_at=at,
            due_on=due_after(today),
        )
        DisputeLine.objects.bulk_create(_lines(locked, dispute, lines, today=today))
        moved = move(locked, "second round" if again else "disagree", by=by, at=at)
        messages_dispute.raised(dispute, moved, by=by, at=at, today=today)
        activity.record("disagreed with an audit", target=about(moved), by=by, at=at, round=dispute.round)
    return dispute


def _lines(audit: Audit, dispute: Dispute, lines: Sequence[Line], *, today: date) -> list[DisputeLine]:
    """The rows of what was said. Raises DisputeError where a line says too little or is about nothing there is."""
    if not lines:
        raise DisputeError("Say what you do not agree with: one line at least.")
    known, form = by_code(findings_of(audit, today=today)), form_of(audit.template_version_id)
    return [
        _line(dispute, line, known.get(line.code), form=form) for line in {each.code: each for each in lines}.values()
    ]


def _line(dispute: Dispute, line: Line, finding: Finding | None, *, form: AuditForm) -> DisputeLine:
    if finding is None:
        raise DisputeError("The audit has no such finding.", field=f"said__{line.code}")
    if not line.said.strip():
        raise DisputeError("Say why you see it differently.", field=f"said__{line.code}")
    wanted = form.grade(line.wanted) if finding.grade else None
    if finding.grade and wanted is None:
        raise DisputeError("Choose the grade that you would give.", field=f"wanted__{line.code}")
    if wanted is not None and wanted == finding.grade:
        raise DisputeError(
            "That is the grade it has. Choose the one that you would give.", field=f"wanted__{line.code}"
        )
    return DisputeLine(
        dispute=dispute,
        code=line.code,
        label=finding.label[:300],
        given_id=finding.grade.pk if finding.grade else None,
        wanted_id=wanted.pk if wanted else None,
        said=line.said.strip(),
    )


def may_take_back(dispute: Dispute | None, user: User) -> bool:
    """Whether this person can take this round back: who raised it, while it waits for the session or what follows."""
    return dispute is not None and dispute.state == State.OPEN and dispute.raised_by_id == user.pk


def take_back(audit: Audit, *, by: User, at: datetime, today: date) -> Dispute:
    """Take a disagreement back: the audit is with the team again and everybody is told. Raises DisputeError."""
    with transaction.atomic():
        locked, last = lock(audit)
        if last is None or not may_take_back(last, by):
            raise DisputeError("Only who raised a disagreement can take it back, while nothing is decided.")
        last.state = State.TAKEN_BACK
        last.save(update_fields=["state"])
        moved = move(locked, "take back", by=by, at=at, also={"part_b_due_on": part_b_due_again(locked, today=today)})
        messages_dispute.taken_back(last, moved, by=by, at=at, today=today)
        activity.record("took a disagreement back", target=about(moved), by=by, at=at, round=last.round)
    return last


def waiting_for(user: User, *, today: date) -> list[Waiting]:
    """The disagreements that wait for this person, the one due first first: at most twenty, one query."""
    auditor = Q(audit__auditor=user)
    if user.can(Permission.MANAGE_CYCLES):
        auditor |= Q(audit__auditor__is_active=False) | Q(audit__auditor__leave_date__lte=today)
    failed = Q(session__agreed=False)
    theirs = auditor | (failed & Q(raised_by=user))
    rows = Dispute.objects.filter(
        Q(state=State.OPEN) & theirs | Q(state=State.MEDIATION, mediation__mediators=user)
    ).select_related("audit", "raised_by", "session")
    return [Waiting(row, _what(row, user)) for row in rows.order_by(F("due_on"), "pk")[:SHOWN]]


def _what(dispute: Dispute, user: User) -> str:
    if dispute.state == State.MEDIATION:
        return "mediate"
    if not without_one_view(dispute):
        return "review"
    return "again" if dispute.raised_by_id == user.pk and dispute.round < MOST_ROUNDS else "hand_on"
