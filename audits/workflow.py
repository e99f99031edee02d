"""The table of steps and `move`, the only thing that changes an audit's status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction

from audits.models import Audit, Status, StatusChange
from audits.permissions import Relation, relations
from people.models import User


class AfterStep(Protocol):
    """Something that has to happen with a step, in its transaction."""

    def __call__(self, audit: Audit, step: str, *, by: User | None, at: datetime) -> None: ...


_after_step: list[AfterStep] = []


def after_every_step(do: AfterStep) -> None:
    """Have something done after every step of every audit, while its row is locked; said once, when the site starts.

    For apps above this one, which this one may not import: what was asked about an audit must end with what ends it.
    """
    if do not in _after_step:
        _after_step.append(do)


class WorkflowError(ValueError):
    """A step that cannot be taken now, or not by this person."""


@dataclass(frozen=True)
class Step:
    """From where, to where, by whom. `by_portal`: the portal takes it when its conditions come true."""

    sentence: str
    from_: tuple[str, ...]
    to: str
    who: frozenset[Relation]
    by_portal: bool = False
    needs_reason: bool = False


R = Relation
STEPS: dict[str, Step] = {
    "start": Step(
        "begins to fill it in", (Status.ALLOCATED,), Status.IN_PROGRESS, frozenset({R.AUDITOR, R.SUPERVISOR})
    ),
    "submit": Step(
        "submits it; it is locked and goes to the team",
        (Status.ALLOCATED, Status.IN_PROGRESS),
        Status.WITH_TEAM,
        frozenset({R.AUDITOR}),
    ),
    "answer": Step(
        "signs the last part of Part B",
        (Status.WITH_TEAM,),
        Status.ACTIONS,
        frozenset({R.TEAM_MANAGER, R.WORKER}),
        by_portal=True,
    ),
    "close": Step(
        "has no action left open",
        (Status.ACTIONS,),
        Status.CLOSED,
        frozenset({R.TEAM_MANAGER, R.WORKER, R.ACTION_OWNER, R.PROGRAMME}),
        by_portal=True,
    ),
    "exempt": Step(
        "agrees that it need not be done",
        (Status.ALLOCATED, Status.IN_PROGRESS),
        Status.EXEMPT,
        frozenset({R.PROGRAMME}),
        needs_reason=True,
    ),
    "withdraw": Step(
        "takes it back, for instance because the case closed",
        (Status.ALLOCATED, Status.IN_PROGRESS),
        Status.WITHDRAWN,
        frozenset({R.PROGRAMME}),
        needs_reason=True,
    ),
}
STAMPS = {"submit": "submitted_at", "close": "closed_at"}


def may_take(audit: Audit, step: str, *, by: User) -> bool:
    """Whether this person could take a step with this audit as it stands."""
    entry = STEPS[step]
    who = relations(audit, by) | _owned(audit, by, entry)
    return audit.status in entry.from_ and bool(entry.who & who)


def _owned(audit: Audit, by: User, entry: Step) -> frozenset[Relation]:
    if Relation.ACTION_OWNER in entry.who and audit.smart_actions.filter(owner=by).exists():
        return frozenset({Relation.ACTION_OWNER})
    return frozenset()


def _check(audit: Audit, step: str, *, by: User | None, reason: str) -> Step:
    entry = STEPS.get(step)
    if entry is None:
        raise WorkflowError(f"There is no step “{step}”.")
    if audit.status not in entry.from_:
        raise WorkflowError(
            f"Audit {audit.reference} is {audit.get_status_display().lower()}, so this cannot be done now."
        )
    if by is None and not entry.by_portal:
        raise WorkflowError(f"Only a person can do this: “{step}”.")
    if by is not None and not may_take(audit, step, by=by):
        raise WorkflowError("Somebody else has to do this: " + ", ".join(sorted(entry.who)) + ".")
    if entry.needs_reason and len(reason.strip()) < 5:
        raise WorkflowError("Give the reason in a few words.")
    return entry


def move(
    audit: Audit,
    step: str,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    also: Mapping[str, Any] | None = None,
) -> Audit:
    """Take a step: lock the row, check step and person, write the status and an immutable StatusChange together.

    `also` sets further fields of the audit in the same write. Returns the audit as it now is. Raises WorkflowError.
    """
    with transaction.atomic():
        locked = Audit.objects.select_for_update().get(pk=audit.pk)
        entry = _check(locked, step, by=by, reason=reason)
        StatusChange.objects.create(
            audit=locked, step=step, from_status=locked.status, to_status=entry.to, by=by, at=at, reason=reason.strip()
        )
        locked.status = entry.to
        for name, value in (also or {}).items():
            setattr(locked, name, value)
        if step in STAMPS:
            setattr(locked, STAMPS[step], at)
        locked.save()
        for do in _after_step:
            do(locked, step, by=by, at=at)
    return locked
