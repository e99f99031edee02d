"""Hold one chase back before it goes, with a reason, and let it go again; later stages go on (E1–E4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from allocation.chasing.planning import Planned
from allocation.models import Chase, ChaseHold
from allocation.month_lock import CycleError, demand_reason
from audits.models import Audit
from people import activity
from people.models import User

GONE = "This has gone already, so it cannot be held back any more. The list of what went shows when."


def hold(planned: Planned, *, reason: str, by: User, at: datetime) -> ChaseHold:
    """Hold one stage back. Raises CycleError without a reason, where it has gone, and where it is held already."""
    reason = demand_reason(reason, "why it is held back")
    audit_id, subject, key, counts_from = planned.waiting.identity
    of = {"audit_id": audit_id, "subject": subject, "key": key, "counts_from": counts_from, "stage": planned.code}
    with transaction.atomic():
        audit = Audit.objects.select_for_update().get(pk=audit_id)
        if Chase.objects.filter(**of).exists():
            raise CycleError(GONE)
        made, is_new = ChaseHold.objects.get_or_create(
            **of, let_go_at=None, defaults={"reason": reason, "by": by, "at": at}
        )
        if not is_new:
            raise CycleError(f"{made.by} holds this back already.")
        activity.record("held a chase back", target=_about(audit), by=by, at=at, stage=planned.code, subject=subject)
    return made


def let_go(held: ChaseHold, *, by: User, at: datetime) -> bool:
    """Let a held stage go again; returns whether it still goes.

    Where its day is past it goes at the next look, if it is still waited for; not where a later stage has gone
    meanwhile. Raises CycleError where it was let go already.
    """
    with transaction.atomic():
        audit = Audit.objects.select_for_update().get(pk=held.audit_id)
        now = ChaseHold.objects.select_for_update().get(pk=held.pk)
        if now.let_go_at is not None:
            raise CycleError("This was let go already.")
        now.let_go_at, now.let_go_by = at, by
        now.save(update_fields=["let_go_at", "let_go_by"])
        goes = _take_up_again(now)
        activity.record("let a chase go", target=_about(audit), by=by, at=at, stage=now.stage, subject=now.subject)
    return goes


def _take_up_again(held: ChaseHold) -> bool:
    """Forget that a stage was handled as held, unless a later one has been handled since."""
    rows = Chase.objects.filter(audit=held.audit_id, subject=held.subject, key=held.key, counts_from=held.counts_from)
    mine = rows.filter(stage=held.stage).first()
    if mine is None:
        return True
    if not mine.held or rows.filter(due_on__gt=mine.due_on).exists():
        return False
    mine.delete()
    return True


def _about(audit: Audit) -> str:
    return f"audit:{audit.reference}"
