"""Give one case to one auditor: the audit is made, with team, worker and manager as they are on that day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from audits.deadlines import review_window
from audits.models import Audit, Case, Status, StatusChange, TemplateVersion
from people.line_management import team_manager_of
from people.models import User


class AllocatingError(ValueError):
    """A case that cannot be given to this auditor; the message says why."""


def allocate(
    case: Case,
    *,
    auditor: User,
    month: date,
    selection: str,
    template_version: TemplateVersion,
    due_on: date,
    number: int,
    by: User | None,
    at: datetime,
    today: date,
    reason: str = "",
) -> Audit:
    """Make the audit of a case by an auditor. `number` makes the reference, e.g. 2026-11-0007.

    Conflicts other than the auditor being the child's own worker are the draw's business (allocation). Raises
    AllocatingError for the auditor's own work, a closed case, or a due date before today.
    """
    _check(case, auditor=auditor, due_on=due_on, today=today)
    with transaction.atomic():
        audit = Audit.objects.create(
            reference=f"{month:%Y-%m}-{number:04d}",
            case=case,
            month=month,
            selection=selection,
            template_version=template_version,
            auditor=auditor,
            **_as_of_today(case, today=today),
            status=Status.ALLOCATED,
            allocated_at=at,
            due_on=due_on,
        )
        StatusChange.objects.create(
            audit=audit, step="allocate", to_status=Status.ALLOCATED, by=by, at=at, reason=reason
        )
    return audit


def _check(case: Case, *, auditor: User, due_on: date, today: date) -> None:
    if case.worker_id == auditor.pk:
        raise AllocatingError(f"{auditor} is the worker of case {case.reference}, and nobody audits their own work.")
    if case.closed_on is not None and case.closed_on <= today:
        raise AllocatingError(f"Case {case.reference} is closed.")
    if due_on < today:
        raise AllocatingError("The due date must be today or later.")


def _as_of_today(case: Case, *, today: date) -> dict[str, Any]:
    """What the audit keeps of the case as it stands on the day of allocation, and the time under review (C4)."""
    window = review_window(today, case.referral_date)
    return {
        "worker": case.worker,
        "team_manager": team_manager_of(case.team_id, today=today),
        "team": case.team,
        "service": case.team.service if case.team else None,
        "plan": case.plan,
        "window_start": window.start,
        "window_end": window.end,
    }
