"""Actions set by an audit: add, change, remove while it is written; complete once it is submitted."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from audits import messages, typed_ahead
from audits.changed_meanwhile import refuse_changed
from audits.co_auditing import take_back_agreement
from audits.models import Audit, SmartAction, Status
from audits.pages import NEW_ACTION
from audits.permissions import may_complete_action, may_write
from audits.smart import refusal
from audits.workflow import move
from people import activity
from people.models import User
from people.refusal import Refused

CHANGING = ("outcome", "how", "owner", "due_on", "agreed_with_worker", "why_not_agreed", "immediate")


class ActionError(Refused):
    """An action that cannot be set or completed; the message says what to do."""


def _check(*, due_on: date, how: str, outcome: str, agreed: bool, why_not: str, today: date) -> None:
    """Raises ActionError for a deadline before today or put in vague words, and for no word on why it is not agreed."""
    if due_on < today:
        raise ActionError("The deadline must be today or later.", field="due_on")
    for field, text in (("how", how), ("outcome", outcome)):
        refused = refusal(text, due_on=due_on, today=today, holidays=frozenset())
        if refused:
            raise ActionError(refused, field=field)
    if not agreed and not why_not.strip():
        raise ActionError("Say why it is not agreed with the worker.", field="why_not_agreed")


def _writable(audit: Audit, *, by: User) -> Audit:
    locked = Audit.objects.select_for_update().get(pk=audit.pk)
    if not may_write(locked, by):
        raise ActionError("This audit is submitted, so its actions can no longer be changed here.")
    take_back_agreement(locked)
    return locked


def add(
    audit: Audit,
    *,
    outcome: str,
    how: str,
    owner: User,
    due_on: date,
    agreed_with_worker: bool,
    immediate: bool,
    by: User,
    at: datetime,
    today: date,
    why_not_agreed: str = "",
    sent: typed_ahead.Sent = typed_ahead.NOT_SAID,
) -> SmartAction:
    """Add an action to an audit that is being written (A13). Raises ActionError, or MovedOn for a second press.

    The deadline is a calendar date, today or later, and no vague one stands in the words; where the worker has not
    agreed, `why_not_agreed` says why. `sent` is what the page said of itself.
    """
    why = "" if agreed_with_worker else why_not_agreed.strip()
    _check(due_on=due_on, how=how, outcome=outcome, agreed=agreed_with_worker, why_not=why, today=today)
    with transaction.atomic():
        locked = _writable(audit, by=by)
        typed_ahead.finish(locked, NEW_ACTION, sent=sent, by=by, at=at)
        if locked.status == Status.ALLOCATED:
            move(locked, "start", by=by, at=at)
        last = locked.smart_actions.aggregate(last=Max("number"))["last"] or 0
        return SmartAction.objects.create(
            audit=locked,
            number=last + 1,
            outcome=outcome,
            how=how,
            owner=owner,
            due_on=due_on,
            agreed_with_worker=agreed_with_worker,
            why_not_agreed=why,
            immediate=immediate,
        )


def change(
    action: SmartAction,
    *,
    outcome: str,
    how: str,
    owner: User,
    due_on: date,
    agreed_with_worker: bool,
    immediate: bool,
    by: User,
    today: date,
    why_not_agreed: str = "",
    shown: str = "",
) -> SmartAction:
    """Change an action while its audit is written. Raises ActionError as `add` does.

    `shown` is the fingerprint of the action as the page showed it. Raises ChangedMeanwhile where somebody else has
    changed it since.
    """
    why = "" if agreed_with_worker else why_not_agreed.strip()
    _check(due_on=due_on, how=how, outcome=outcome, agreed=agreed_with_worker, why_not=why, today=today)
    with transaction.atomic():
        _writable(action.audit, by=by)
        now = SmartAction.objects.select_related("owner").filter(pk=action.pk).first()
        if now is None:
            raise ActionError("This action was removed in another window.")
        values = dict(zip(CHANGING, (outcome, how, owner, due_on, agreed_with_worker, why, immediate), strict=True))
        refuse_changed(now, shown=shown, values=values)
        for name, value in values.items():
            setattr(action, name, value)
        action.save(update_fields=CHANGING)
    return action


def remove(action: SmartAction, *, by: User) -> None:
    """Take an action out of an audit that is being written; the others keep their order. Raises ActionError."""
    with transaction.atomic():
        _writable(action.audit, by=by)
        action.delete()


def complete(action: SmartAction, *, evidence: str, by: User, at: datetime, today: date) -> SmartAction:
    """Record an action as done, with the evidence (S7); the audit closes with its last one. Raises ActionError."""
    with transaction.atomic():
        audit = Audit.objects.select_for_update().get(pk=action.audit_id)
        action = SmartAction.objects.select_for_update(of=("self",)).select_related("audit").get(pk=action.pk)
        if action.done_on is not None:
            raise ActionError("This action is recorded as done already.")
        if not may_complete_action(action, by):
            raise ActionError("Only the owner of the action or the team manager can record it as done.")
        if len(evidence.strip()) < 10:
            raise ActionError("Say what was done and where it can be seen, in at least ten characters.")
        action.evidence, action.done_on, action.done_by = evidence.strip(), today, by
        action.save()
        activity.record("completed an action", target=messages.about(audit), by=by, at=at, action=action.number)
        close_when_done(audit, by=by, at=at)
    return action


def close_when_done(audit: Audit, *, by: User | None, at: datetime) -> Audit:
    """Close an audit whose Part B is signed and whose actions are all done; otherwise leave it as it is."""
    if audit.status != Status.ACTIONS or audit.smart_actions.filter(done_on__isnull=True).exists():
        return audit
    return move(audit, "close", by=by, at=at)
