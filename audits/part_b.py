"""Part B: worker and team manager note the findings, answer each action and sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from audits import messages
from audits.deadlines import london_date
from audits.models import Audit, PartB, Status
from audits.permissions import may_answer_as_manager, may_answer_as_worker
from audits.smart_actions import close_when_done
from audits.workflow import move
from people import activity
from people.models import User


class PartBError(ValueError):
    """A Part B that cannot be signed; the message says what to do."""


def needs_worker(audit: Audit, *, today: date) -> bool:
    """Whether the worker signs too: not where the case has none or the worker has left."""
    worker = audit.worker
    return worker is not None and worker.is_active and (worker.leave_date is None or worker.leave_date > today)


def _lock(audit: Audit) -> tuple[Audit, PartB]:
    locked = Audit.objects.select_for_update(of=("self",)).select_related("worker").get(pk=audit.pk)
    part_b, _ = PartB.objects.get_or_create(audit=locked)
    return locked, part_b


def sign_as_manager(
    audit: Audit,
    *,
    comment: str,
    supervision_on: date,
    responses: Mapping[int, str],
    by: User,
    at: datetime,
    today: date,
) -> PartB:
    """Sign Part B as team manager: comment, the supervision's date, a response to each action by its number.

    Raises PartBError when it is not theirs to sign, is signed already, or something is missing.
    """
    with transaction.atomic():
        locked, part_b = _lock(audit)
        if not may_answer_as_manager(locked, by):
            raise PartBError("Only the team manager signs this part.")
        if part_b.manager_signed_at is not None:
            raise PartBError("The team manager’s part is signed already.")
        if not comment.strip():
            raise PartBError("Write what you make of the findings.")
        if supervision_on > today:
            raise PartBError("The supervision’s date must be today or in the past.")
        if supervision_on < london_date(_submitted_at(locked)):
            raise PartBError("The supervision’s date must not be before the audit was submitted.")
        for action in locked.smart_actions.all():
            response = responses.get(action.number, "").strip()
            if not response:
                raise PartBError(f"Write a response to action {action.number}.")
            action.response = response
            action.save(update_fields=["response"])
        part_b.manager_comment, part_b.supervision_on = comment.strip(), supervision_on
        part_b.manager_signed_at, part_b.manager_signed_by = at, by
        part_b.save()
        _after_signing(locked, part_b, by=by, at=at, today=today, part="manager")
    return part_b


def sign_as_worker(audit: Audit, *, comment: str, by: User, at: datetime, today: date) -> PartB:
    """Sign Part B as the worker. Raises PartBError as sign_as_manager."""
    with transaction.atomic():
        locked, part_b = _lock(audit)
        if not may_answer_as_worker(locked, by):
            raise PartBError("Only the worker signs this part.")
        if part_b.worker_signed_at is not None:
            raise PartBError("The worker’s part is signed already.")
        if not comment.strip():
            raise PartBError("Write what you make of the findings.")
        part_b.worker_comment = comment.strip()
        part_b.worker_signed_at, part_b.worker_signed_by = at, by
        part_b.save()
        _after_signing(locked, part_b, by=by, at=at, today=today, part="worker")
    return part_b


def _submitted_at(audit: Audit) -> datetime:
    assert audit.submitted_at is not None
    return audit.submitted_at


def settle(*, at: datetime, today: date) -> int:
    """Take on audits whose manager has signed and whose worker has left since; returns how many."""
    waiting = Audit.objects.filter(status=Status.WITH_TEAM, part_b__manager_signed_at__isnull=False)
    settled = 0
    for audit_id in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            locked = Audit.objects.select_for_update(of=("self",)).select_related("worker").get(pk=audit_id)
            if locked.status == Status.WITH_TEAM and not needs_worker(locked, today=today):
                close_when_done(move(locked, "answer", by=None, at=at), by=None, at=at)
                settled += 1
    return settled


def _after_signing(audit: Audit, part_b: PartB, *, by: User, at: datetime, today: date, part: str) -> None:
    activity.record("signed Part B", target=messages.about(audit), by=by, at=at, part=part)
    worker_done = part_b.worker_signed_at is not None or not needs_worker(audit, today=today)
    if part_b.manager_signed_at is None or not worker_done or audit.status != Status.WITH_TEAM:
        return
    answered = move(audit, "answer", by=by, at=at)
    close_when_done(answered, by=by, at=at)
