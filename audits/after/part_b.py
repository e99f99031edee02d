"""Part B: worker and team manager note the findings, answer findings and actions, and sign (S2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from audits import messages
from audits.after.following_actions import close_when_done
from audits.after.part_b_drafts import draft_of, put_draft, save_draft
from audits.after.part_b_due import due
from audits.after.part_b_record import (
    PartBError,
    action_code,
    graded,
    is_signed,
    lock,
    must_answer,
    needs_worker,
    refuse_unless_open,
)
from audits.after.part_b_returns import may_send_back, send_back
from audits.deadlines import london_date
from audits.models import Audit, FindingResponse, PartB, PartBReturn, Side, Status
from audits.permissions import may_answer_as_manager, may_answer_as_worker
from audits.workflow import move
from people import activity
from people.models import User
from people.roles import Permission

__all__ = [
    "PartBError",
    "draft_of",
    "due",
    "may_send_back",
    "must_answer",
    "needs_worker",
    "save_draft",
    "send_back",
    "settle",
    "sign_as_manager",
    "sign_as_worker",
    "waiting_for",
]
SHOWN = 20
NO_COMMENT = "Write what you make of the findings."


def sign_as_manager(
    audit: Audit,
    *,
    comment: str,
    supervision_on: date,
    responses: Mapping[int, str],
    findings: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
    today: date,
) -> PartB:
    """Sign Part B as team manager: comment, the supervision's date, a response to each action by its number.

    `findings` are the responses to findings by code; those that are not good have to be answered. Raises PartBError
    when it is not theirs to sign, is signed already, a disagreement is being settled, or something is missing.
    """
    with transaction.atomic():
        locked, part_b = lock(audit)
        if not may_answer_as_manager(locked, by):
            raise PartBError("Only the team manager signs this part.")
        _refuse_signing(locked, part_b, Side.MANAGER, comment=comment)
        _check_supervision(locked, supervision_on, today=today)
        for action in locked.smart_actions.all():
            response = responses.get(action.number, "").strip()
            if not response:
                raise PartBError(f"Write a response to action {action.number}.", field=f"response_{action.number}")
            action.response = response
            action.save(update_fields=["response"])
        _answer_findings(locked, part_b, findings or {})
        part_b.supervision_on = supervision_on
        _sign(locked, part_b, Side.MANAGER, comment=comment, by=by, at=at, today=today)
    return part_b


def sign_as_worker(
    audit: Audit,
    *,
    comment: str,
    responses: Mapping[int, str] | None = None,
    findings: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
    today: date,
) -> PartB:
    """Sign Part B as the worker: a comment, and what they want to say to findings and actions.

    Raises PartBError as sign_as_manager.
    """
    with transaction.atomic():
        locked, part_b = lock(audit)
        if not may_answer_as_worker(locked, by):
            raise PartBError("Only the worker signs this part.")
        _refuse_signing(locked, part_b, Side.WORKER, comment=comment)
        numbers = locked.smart_actions.values_list("number", flat=True)
        said = {code: text for code, text in (findings or {}).items() if code in graded(locked)}
        said |= {action_code(number): (responses or {}).get(number, "") for number in numbers}
        _write(part_b, Side.WORKER, said)
        _sign(locked, part_b, Side.WORKER, comment=comment, by=by, at=at, today=today)
    return part_b


def _refuse_signing(audit: Audit, part_b: PartB, side: Side, *, comment: str) -> None:
    refuse_unless_open(audit)
    if is_signed(part_b, side):
        whose = "The worker’s part" if side == Side.WORKER else "The team manager’s part"
        raise PartBError(f"{whose} is signed already.")
    if not comment.strip():
        raise PartBError(NO_COMMENT, field="comment")


def _check_supervision(audit: Audit, supervision_on: date, *, today: date) -> None:
    assert audit.submitted_at is not None
    if supervision_on > today:
        raise PartBError("The supervision’s date must be today or in the past.", field="supervision_on")
    if supervision_on < london_date(audit.submitted_at):
        raise PartBError("The supervision’s date must not be before the audit was submitted.", field="supervision_on")


def _answer_findings(audit: Audit, part_b: PartB, findings: Mapping[str, str]) -> None:
    known = graded(audit)
    for code, choice in known.items():
        if not choice.point.is_good and not findings.get(code, "").strip():
            raise PartBError("Write a response to each finding that is not good.", field=f"finding_{code}")
    _write(part_b, Side.MANAGER, {code: text for code, text in findings.items() if code in known})


def _write(part_b: PartB, side: Side, said: Mapping[str, str]) -> None:
    rows = [FindingResponse(part_b=part_b, side=side, code=c, text=t.strip()) for c, t in said.items() if t.strip()]
    FindingResponse.objects.bulk_create(rows)


def _sign(audit: Audit, part_b: PartB, side: Side, *, comment: str, by: User, at: datetime, today: date) -> None:
    """Write the signature; the draft has become what is signed. The audit goes on once nobody has to sign any more."""
    for name, value in (("comment", comment.strip()), ("signed_at", at), ("signed_by", by)):
        setattr(part_b, f"{side}_{name}", value)
    put_draft(part_b, side, typed={}, by=None, at=None)
    part_b.save()
    activity.record("signed Part B", target=messages.about(audit), by=by, at=at, part=str(side))
    worker_done = part_b.worker_signed_at is not None or not needs_worker(audit, today=today)
    if part_b.manager_signed_at is not None and worker_done:
        close_when_done(move(audit, "answer", by=by, at=at), by=by, at=at)


def settle(*, at: datetime, today: date) -> int:
    """Take on audits whose manager has signed and whose worker has left since; returns how many."""
    waiting = Audit.objects.filter(status=Status.WITH_TEAM, part_b__manager_signed_at__isnull=False)
    settled = 0
    for audit_id in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            locked, part_b = lock(Audit(pk=audit_id))
            signed = is_signed(part_b, Side.MANAGER)
            if signed and locked.status == Status.WITH_TEAM and not needs_worker(locked, today=today):
                close_when_done(move(locked, "answer", by=None, at=at), by=None, at=at)
                settled += 1
    return settled


def waiting_for(user: User, *, today: date) -> list[Audit]:
    """The audits whose Part B waits for this person, the first due first; `sent_back` where it came back to them.

    Those whose manager is leaving wait for the managers of the service too. One query, at most twenty rows.
    """
    as_worker = Q(worker=user, part_b__worker_signed_at__isnull=True)
    as_manager = Q(part_b__manager_signed_at__isnull=True) & _managed_by(user) & ~_is(worker=user)
    rows = Audit.objects.filter(as_worker | as_manager, status=Status.WITH_TEAM)
    rows = rows.exclude(auditor=user).exclude(_is(supervisor=user)).select_related("team", "worker", "part_b")
    rows = rows.annotate(my_side=Case(When(worker=user, then=Value(Side.WORKER)), default=Value(Side.MANAGER)))
    back = PartBReturn.objects.filter(part_b__audit=OuterRef("pk"), side=OuterRef("my_side"))
    return list(rows.annotate(sent_back=Exists(back)).order_by("part_b_due_on", "reference")[:SHOWN])


def _is(**who: User) -> Q:
    """That somebody is somebody; false, and not unknown, where nobody is named."""
    name = next(iter(who))
    return Q(**who, **{f"{name}__isnull": False})


def _managed_by(user: User) -> Q:
    """The audits that this person answers as team manager, in the database's words (audits.permissions)."""
    found = Q(pk__in=[])
    if user.can(Permission.ANSWER_PART_B_AS_MANAGER):
        found |= Q(team_manager=user)
        if user.team_id:
            found |= Q(team_id=user.team_id)
    if user.can(Permission.MANAGE_CYCLES):
        found |= _needs_stand_in()
    elif user.can(Permission.VIEW_SERVICE_AUDITS) and user.service_id:
        found |= _needs_stand_in() & Q(service_id=user.service_id)
    return found


def _needs_stand_in() -> Q:
    with_a_part = Q(team_manager=F("worker")) | Q(team_manager=F("auditor")) | Q(team_manager=F("supervisor"))
    return Q(team_manager__isnull=True) | Q(team_manager__leave_date__isnull=False) | with_a_part
