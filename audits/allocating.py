"""Give cases to auditors: each audit is made, with team, worker and manager as they are on that day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from audits.deadlines import review_window
from audits.models import Audit, Case, Status, StatusChange, TemplateVersion
from people.line_management import team_managers_of
from people.models import User


class AllocatingError(ValueError):
    """A case that cannot be given to this auditor; the message says why."""


@dataclass(frozen=True, slots=True)
class Giving:
    """A case that is to go to an auditor. `number` makes the reference, e.g. 2026-11-0007.

    `supervisor` is that of an auditor who is still learning (P4), `re_audit_of` the audit of the same case that is
    looked at again (L6).
    """

    case: Case
    auditor: User
    selection: str
    number: int
    due_on: date
    reason: str = ""
    supervisor: User | None = None
    re_audit_of: Audit | None = None


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
    supervisor: User | None = None,
    re_audit_of: Audit | None = None,
    questions: Sequence[str] = (),
) -> Audit:
    """Make the audit of a case by an auditor, as allocate_many does; raises what it raises."""
    giving = Giving(case, auditor, selection, number, due_on, reason, supervisor, re_audit_of)
    (audit,) = allocate_many(
        [giving], month=month, template_version=template_version, by=by, at=at, today=today, questions=questions
    )
    return audit


def allocate_many(
    givings: Sequence[Giving],
    *,
    month: date,
    template_version: TemplateVersion,
    by: User | None,
    at: datetime,
    today: date,
    questions: Sequence[str] = (),
) -> list[Audit]:
    """Make the audits of cases, all or none; three statements, however many they are.

    `questions` are those of the month's theme (L3). Conflicts other than the auditor or the supervisor being the
    child's own worker are the draw's business (allocation). Raises AllocatingError for one's own work, a closed case,
    a due date before today, or an earlier audit of another case.
    """
    for giving in givings:
        _check(giving.case, auditor=giving.auditor, due_on=giving.due_on, today=today)
        _check_others(giving)
    teams = {giving.case.team_id for giving in givings if giving.case.team_id is not None}
    managers = team_managers_of(teams, today=today)
    shared: dict[str, Any] = {
        "month": month,
        "template_version": template_version,
        "questions": list(questions),
        "status": Status.ALLOCATED,
        "allocated_at": at,
    }
    audits = [
        _audit(giving, **shared, **_as_of_today(giving.case, managers=managers, today=today)) for giving in givings
    ]
    with transaction.atomic():
        Audit.objects.bulk_create(audits)
        StatusChange.objects.bulk_create(
            StatusChange(audit=audit, step="allocate", to_status=Status.ALLOCATED, by=by, at=at, reason=giving.reason)
            for audit, giving in zip(audits, givings, strict=True)
        )
    return audits


def _audit(giving: Giving, *, month: date, **fields: Any) -> Audit:
    """An audit that is not stored yet."""
    return Audit(
        reference=f"{month:%Y-%m}-{giving.number:04d}",
        month=month,
        case=giving.case,
        auditor=giving.auditor,
        supervisor=giving.supervisor,
        selection=giving.selection,
        re_audit_of=giving.re_audit_of,
        due_on=giving.due_on,
        **fields,
    )


def _check(case: Case, *, auditor: User, due_on: date, today: date) -> None:
    if case.worker_id == auditor.pk:
        raise AllocatingError(f"{auditor} is the worker of case {case.reference}, and nobody audits their own work.")
    if case.closed_on is not None and case.closed_on <= today:
        raise AllocatingError(f"Case {case.reference} is closed.")
    if due_on < today:
        raise AllocatingError("The due date must be today or later.")


def _check_others(giving: Giving) -> None:
    case, supervisor, earlier = giving.case, giving.supervisor, giving.re_audit_of
    if supervisor is not None and supervisor.pk == giving.auditor.pk:
        raise AllocatingError(f"{supervisor} cannot supervise their own audit.")
    if supervisor is not None and supervisor.pk == case.worker_id:
        raise AllocatingError(f"{supervisor} is the worker of case {case.reference} and cannot supervise its audit.")
    if earlier is not None and earlier.case_id != case.pk:
        raise AllocatingError(f"{earlier.reference} is the audit of another case.")


def _as_of_today(case: Case, *, managers: dict[int, User], today: date) -> dict[str, Any]:
    """What the audit keeps of the case as it stands on the day of allocation, and the time under review (C4)."""
    window = review_window(today, case.referral_date)
    return {
        "worker": case.worker,
        "team_manager": managers.get(case.team_id) if case.team_id is not None else None,
        "team": case.team,
        "service": case.team.service if case.team else None,
        "plan": case.plan,
        "window_start": window.start,
        "window_end": window.end,
    }
