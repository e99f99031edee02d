"""Follow an action to its end: done, verified by somebody else, looked back on; sent back, moved, given away (S7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from audits import messages, messages_actions
from audits.after import action_rights, looking_back, waiting_actions
from audits.models import ActionStep, Audit, Helped, SmartAction, Status
from audits.workflow import move
from people import activity
from people.form_fields import day_in_words
from people.line_management import working
from people.models import User
from people.refusal import Refused

SHORTEST = 10  # characters of an evidence or a reason
Kind = ActionStep.Kind


class ActionError(Refused):
    """A step that cannot be taken with an action; the message says what to do."""


@contextmanager
def _locked(action: SmartAction) -> Iterator[SmartAction]:
    """The action as it now is, with its audit's row locked first, then its own."""
    with transaction.atomic():
        audit = Audit.objects.select_for_update().get(pk=action.audit_id)
        now = SmartAction.objects.select_for_update(of=("self",)).select_related("owner").get(pk=action.pk)
        now.audit = audit
        yield now


def _said(text: str, *, field: str, ask: str) -> str:
    """What was typed, without the blanks around it. Raises ActionError where it says next to nothing."""
    if len(text.strip()) < SHORTEST:
        raise ActionError(f"{ask}, in at least ten characters.", field=field)
    return text.strip()


def _note(
    action: SmartAction, kind: ActionStep.Kind, verb: str, *, note: str, by: User, at: datetime, **words: str
) -> ActionStep:
    activity.record(verb, target=messages.about(action.audit), by=by, at=at, action=action.number)
    return ActionStep.objects.create(action=action, kind=kind, by=by, at=at, note=note, **words)


def refuse_completing(action: SmartAction, *, by: User) -> None:
    """Raises ActionError where this person cannot record the action as done now."""
    if action.done_on is not None:
        raise ActionError("This action is recorded as done already.")
    if not action_rights.may_complete(action, by):
        raise ActionError("Only the owner of the action or the team manager can record it as done.")


def complete(action: SmartAction, *, evidence: str, by: User, at: datetime, today: date) -> SmartAction:
    """Record an action as done, with the evidence (S7), and ask somebody else to verify it. Raises ActionError."""
    with _locked(action) as now:
        refuse_completing(now, by=by)
        said = _said(evidence, field="evidence", ask="Say what was done and where it can be seen")
        now.evidence, now.done_on, now.done_by = said, today, by
        now.save(update_fields=["evidence", "done_on", "done_by"])
        step = _note(now, Kind.DONE, "completed an action", note=said, by=by, at=at)
        messages_actions.to_verify(now, step, at=at, today=today)
    return now


def refuse_checking(action: SmartAction, *, by: User) -> None:
    """Raises ActionError where this person cannot verify the action or send it back now."""
    if action.done_on is None:
        raise ActionError("This action is not recorded as done, so there is nothing to verify yet.")
    if action.verified_on is not None:
        raise ActionError("This action is verified already.")
    if action_rights.had_a_hand(action, by):
        raise ActionError("Somebody else has to verify it: not its owner, nor who recorded it as done.")
    if not action_rights.may_check(action, by):
        raise ActionError("Only the team manager, the service’s managers, the auditor or the programme can verify it.")


def verify(action: SmartAction, *, note: str, by: User, at: datetime, today: date) -> SmartAction:
    """Verify, as somebody else, that an action is done (S7): `note` says what was seen. The audit closes with its last.

    Raises ActionError where it is not theirs to verify, is verified already, or the note says nothing.
    """
    with _locked(action) as now:
        refuse_checking(now, by=by)
        said = _said(note, field="note", ask="Say what you saw that shows it")
        now.verified_on, now.verified_by, now.verify_note = today, by, said
        now.save(update_fields=["verified_on", "verified_by", "verify_note"])
        _note(now, Kind.VERIFIED, "verified an action", note=said, by=by, at=at)
        close_when_done(now.audit, by=by, at=at)
    return now


def send_back(action: SmartAction, *, reason: str, by: User, at: datetime) -> SmartAction:
    """Say that an action is not done after all: it is open again and its owner is told. Raises ActionError.

    What was written as evidence stays, in its step and to go on from.
    """
    with _locked(action) as now:
        refuse_checking(now, by=by)
        if now.audit.status == Status.CLOSED:
            raise ActionError("The audit is closed, so its actions can no longer be sent back.")
        said = _said(reason, field="reason", ask="Say what is still to be done")
        now.done_on, now.done_by = None, None
        now.save(update_fields=["done_on", "done_by"])
        step = _note(now, Kind.SENT_BACK, "sent an action back", note=said, by=by, at=at)
        messages_actions.sent_back(now, step, at=at)
    return now


def refuse_steering(action: SmartAction, *, by: User) -> None:
    """Raises ActionError where this person cannot move the deadline of the action or give it to somebody else now."""
    if action.done_on is not None:
        raise ActionError("This action is recorded as done already.")
    if not action_rights.may_steer(action, by):
        raise ActionError("Only the team manager or the programme can do this, once the audit is submitted.")


def move_deadline(
    action: SmartAction, *, due_on: date, reason: str, by: User, at: datetime, today: date
) -> SmartAction:
    """Give an open action another deadline, with a reason; the first one stays on record. Raises ActionError."""
    with _locked(action) as now:
        refuse_steering(now, by=by)
        if due_on < today:
            raise ActionError("The new deadline must be today or later.", field="due_on")
        if due_on == now.due_on:
            raise ActionError("That is the deadline already.", field="due_on")
        said = _said(reason, field="reason", ask="Say why the deadline moves")
        before, now.first_due_on, now.due_on = now.due_on, now.first_due_on or now.due_on, due_on
        now.save(update_fields=["first_due_on", "due_on"])
        words = {"before": day_in_words(before), "after": day_in_words(due_on)}
        step = _note(now, Kind.MOVED, "moved an action’s deadline", note=said, by=by, at=at, **words)
        if now.owner_id != by.pk and working(now.owner, today=today):
            messages_actions.moved(now, step, at=at)
    return now


def give_to(action: SmartAction, *, owner: User, reason: str, by: User, at: datetime) -> SmartAction:
    """Give an open action to somebody else, with a reason; both are told. Raises ActionError."""
    with _locked(action) as now:
        refuse_steering(now, by=by)
        if owner.pk == now.owner_id:
            raise ActionError(f"{owner.name} has this action already.", field="owner")
        if not owner.is_active:
            raise ActionError(f"{owner.name} does not work here any more.", field="owner")
        said = _said(reason, field="reason", ask="Say why somebody else does it")
        before, now.owner = now.owner, owner
        now.save(update_fields=["owner"])
        words = {"before": before.name, "after": owner.name}
        step = _note(now, Kind.GIVEN, "gave an action to somebody else", note=said, by=by, at=at, **words)
        messages_actions.given(now, step, before=before, at=at)
    return now


def refuse_looking_back(action: SmartAction, *, by: User, today: date) -> None:
    """Raises ActionError where this person cannot say now whether the action helped."""
    if action.verified_on is None or action.done_on is None:
        raise ActionError("This action is not verified yet, so it is too early to look back on it.")
    if not action_rights.may_look_back(action, by):
        raise ActionError("Only the team manager or the owner of the action can say whether it helped.")
    if action.helped not in ("", Helped.TOO_EARLY):
        raise ActionError("Somebody has looked back on this action already.")
    if action.done_on > looking_back.asked_for_done_before(today=today):
        first = day_in_words(looking_back.asked_on(action.done_on))
        raise ActionError(f"It is too early to tell: look back on it from {first}.")


def look_back(action: SmartAction, *, helped: str, note: str, by: User, at: datetime, today: date) -> SmartAction:
    """Say, weeks after an action was done, whether it helped the child; "too early" is asked again later.

    Raises ActionError before the weeks of the programme's rules are over, and once it was answered for good.
    """
    with _locked(action) as now:
        refuse_looking_back(now, by=by, today=today)
        if helped not in Helped.values:
            raise ActionError("Choose whether it helped.", field="helped")
        said = _said(note, field="note", ask="Say what you see that shows it")
        now.helped, now.helped_note, now.helped_on, now.helped_by = helped, said, today, by
        now.save(update_fields=["helped", "helped_note", "helped_on", "helped_by"])
        word = Helped(helped).label
        _note(now, Kind.LOOKED_BACK, "looked back on an action", note=said, by=by, at=at, after=word)
    return now


def close_when_done(audit: Audit, *, by: User | None, at: datetime) -> Audit:
    """Close an audit whose Part B is signed and whose actions are all done and verified; else leave it as it is.

    An audit without actions closes at once.
    """
    if audit.status != Status.ACTIONS or audit.smart_actions.filter(verified_on__isnull=True).exists():
        return audit
    return move(audit, "close", by=by, at=at)


def to_verify_for(user: User) -> QuerySet[SmartAction]:
    """The actions that this person is asked to verify, oldest first: at most twenty, in one query."""
    return waiting_actions.to_verify_for(user)


def to_look_back_on(user: User, *, today: date) -> QuerySet[SmartAction]:
    """The actions that this person is asked to look back on, oldest first: at most twenty, in one query."""
    return waiting_actions.to_look_back_on(user, today=today)
