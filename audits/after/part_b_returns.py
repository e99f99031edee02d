"""A signed part of Part B goes back with a comment: what was signed stays, and becomes the draft to change (S2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from audits import messages, messages_part_b
from audits.after.part_b_drafts import DATE, put_draft
from audits.after.part_b_due import due_again
from audits.after.part_b_record import BEING_SETTLED, OTHER, WHOSE, PartBError, is_signed, lock, needs_worker, side_of
from audits.models import Audit, FindingResponse, PartB, PartBReturn, Side, Status
from audits.permissions import Relation, relations
from audits.workflow import move
from people import activity
from people.line_management import principal_social_worker, working
from people.models import User

WITH_AUDIT = frozenset({Relation.AUDITOR, Relation.PROGRAMME})
SHORTEST = 5


def may_send_back(audit: Audit, part_b: PartB, *, side: Side, user: User, today: date) -> bool:
    """Whether this person could send a part back now. The auditor and the programme any, each side the other's.

    The other side only while it has not signed itself; nobody the part that they signed.
    """
    return _why_not(audit, part_b, side=side, by=user, today=today) is None


def _why_not(audit: Audit, part_b: PartB, *, side: Side, by: User, today: date) -> str | None:
    if audit.status in {Status.DISPUTED, Status.MEDIATION}:
        return BEING_SETTLED
    if audit.status not in {Status.WITH_TEAM, Status.ACTIONS}:
        return "Part B of this audit is finished, so nothing can be sent back."
    if not is_signed(part_b, side):
        return f"This is not signed, so there is nothing to send back: {WHOSE[side]}."
    if getattr(part_b, f"{side}_signed_by_id") == by.pk:
        return "You signed this part yourself. The auditor can send it back to you."
    of_team = audit.status == Status.WITH_TEAM and side_of(audit, by) == OTHER[side]
    if not of_team and not WITH_AUDIT & relations(audit, by):
        return "The auditor or whoever runs the programme can send this back now."
    if side == Side.WORKER and not needs_worker(audit, today=today):
        return "The worker has left, so nobody could write this part again."
    return None


def send_back(part_b: PartB, *, side: Side, comment: str, by: User, at: datetime, today: date) -> PartBReturn:
    """Open a signed part again, with a comment that says what is asked for; who wrote it is told and gets a new day.

    What was signed is kept in the PartBReturn and stands in the page as a draft. Raises PartBError: not theirs to send
    back, not signed, sent back by somebody else meanwhile, being settled, closed, no comment.
    """
    comment = comment.strip()
    with transaction.atomic():
        audit, now = lock(part_b.audit)
        if now.round != part_b.round and not is_signed(now, side):
            raise PartBError("Somebody else has sent it back meanwhile. Their comment stands.")
        refused = _why_not(audit, now, side=side, by=by, today=today)
        if refused:
            raise PartBError(refused)
        if len(comment) < SHORTEST:
            raise PartBError("Say in a few words what is missing.", field="comment")
        writer, ended = _to_write_again(audit, now, side=side, today=today), now.round
        made = _open_again(audit, now, side=side, comment=comment, by=by, at=at)
        audit = _due_again(audit, side=side, by=by, at=at, today=today)
        if writer is not None:
            messages_part_b.sent_back(audit, writer, number=ended, by=by, at=at)
        activity.record("sent Part B back", target=messages.about(audit), by=by, at=at, part=str(side))
    return made


def _to_write_again(audit: Audit, part_b: PartB, *, side: Side, today: date) -> User | None:
    """Who signed it; where they have left or the part is not theirs any more, who writes it now."""
    signer: User = getattr(part_b, f"{side}_signed_by")
    if working(signer, today=today) and side_of(audit, signer) == side:
        return signer
    if side == Side.WORKER:
        return audit.worker
    manager = audit.team_manager
    if manager is not None and working(manager, today=today) and side_of(audit, manager) == side:
        return manager
    return messages.head_of_service(audit, today=today) or principal_social_worker(today=today)


def _due_again(audit: Audit, *, side: Side, by: User, at: datetime, today: date) -> Audit:
    due_on = due_again(audit, today=today)
    if audit.status == Status.ACTIONS:
        reason = f"Part B: {WHOSE[side]}"
        return move(audit, "send back", by=by, at=at, reason=reason, also={"part_b_due_on": due_on})
    audit.part_b_due_on = due_on
    audit.save(update_fields=["part_b_due_on", "updated_at"])
    return audit


def _open_again(audit: Audit, part_b: PartB, *, side: Side, comment: str, by: User, at: datetime) -> PartBReturn:
    signed = as_signed(part_b, side)
    made = PartBReturn.objects.create(
        part_b=part_b,
        round=part_b.round,
        side=side,
        comment=comment,
        by=by,
        at=at,
        signed_by_id=getattr(part_b, f"{side}_signed_by_id"),
        signed_at=getattr(part_b, f"{side}_signed_at"),
        signed=signed,
    )
    put_draft(part_b, side, typed=_typed(signed), by=None, at=at)
    for name, empty in (("comment", ""), ("signed_at", None), ("signed_by", None)):
        setattr(part_b, f"{side}_{name}", empty)
    if side == Side.MANAGER:
        part_b.supervision_on = None
        audit.smart_actions.update(response="")
    FindingResponse.objects.filter(part_b=part_b, side=side).delete()
    part_b.round += 1
    part_b.save()
    return made


def as_signed(part_b: PartB, side: Side) -> dict[str, Any]:
    """One side as it is signed, to be kept: comment, supervision_on, findings by code, actions by number."""
    said = dict(part_b.responses.filter(side=side).values_list("code", "text"))
    actions = {code.removeprefix("action-"): said.pop(code) for code in list(said) if code.startswith("action-")}
    if side == Side.MANAGER:
        actions = {str(each.number): each.response for each in part_b.audit.smart_actions.all() if each.response}
    supervised = part_b.supervision_on.isoformat() if side == Side.MANAGER and part_b.supervision_on else None
    comment = getattr(part_b, f"{side}_comment")
    return {"comment": comment, "supervision_on": supervised, "responses": said, "actions": actions}


def _typed(signed: dict[str, Any]) -> dict[str, str]:
    """What was signed, under the names of the page's inputs."""
    typed = {"comment": signed["comment"]}
    typed |= {f"finding_{code}": text for code, text in signed["responses"].items()}
    typed |= {f"response_{number}": text for number, text in signed["actions"].items()}
    if signed["supervision_on"]:
        day = date.fromisoformat(signed["supervision_on"])
        typed |= {f"{DATE}_day": str(day.day), f"{DATE}_month": str(day.month), f"{DATE}_year": str(day.year)}
    return typed
