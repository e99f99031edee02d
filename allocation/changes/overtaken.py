"""What is over once an audit is submitted, taken back or in other hands: what was asked about it, and is told so.

Requests for more time or an exemption and swaps that wait for an answer end in the transaction of what overtook them,
and whoever was asked to answer is told that they need not. For callers who hold the lock of the audit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from allocation.changes import request_messages, swap_messages
from allocation.models import AuditRequest, Swap
from audits.deadlines import london_date
from audits.models import Audit
from people import activity
from people.line_management import working
from people.models import User

ENDS = frozenset({"submit", "exempt", "withdraw"})  # the steps of an audit after which nothing is left to ask
TAKEN_BACK = frozenset({"exempt", "withdraw"})
OPEN = [AuditRequest.State.WITH_LINE_MANAGER, AuditRequest.State.WITH_PROGRAMME]


def after_step(audit: Audit, step: str, *, by: User | None, at: datetime) -> None:
    """What audits.workflow.move asks for after each step: end what was asked about an audit that is done or set aside.

    The supervisor of a learner whose audit is set aside is told that there is nothing to go along with.
    """
    if step not in ENDS:
        return
    end_open_business(audit, by=by, at=at)
    if step in TAKEN_BACK and audit.supervisor is not None:
        tell_supervisor(audit, audit.supervisor, by=by, at=at)


def end_open_business(audit: Audit, *, by: User | None, at: datetime, keep: Swap | None = None) -> int:
    """End the requests and the swaps that wait for an answer about an audit, but for one swap; returns how many."""
    return settle_requests(audit, by=by, at=at) + lapse_swaps(audit, by=by, at=at, keep=keep)


def settle_requests(audit: Audit, *, by: User | None, at: datetime) -> int:
    """End what is still open about an audit; returns how many requests."""
    found = list(audit.requests.filter(state__in=OPEN).select_for_update(of=("self",)).select_related("asked_by"))
    for request in found:
        request.state, request.settled_at = AuditRequest.State.OVERTAKEN, at
        request.save(update_fields=["state", "settled_at"])
        activity.record("ended a request", target=_about(audit), by=by, at=at, request=request.pk)
        asked = request_messages.asked_to_answer(request).exclude(pk__in=request.decisions.values("by"))
        for person in _to_tell(asked, by=by, at=at):
            request_messages.overtaken(request, person=person, at=at)
    return len(found)


def lapse_swaps(audit: Audit, *, by: User | None, at: datetime, keep: Swap | None = None) -> int:
    """End the swaps about an audit that are not answered; returns how many.

    Told are the peers who were asked to take it, and those who asked for it in return for theirs.
    """
    swaps = Swap.objects.filter(Q(audit=audit) | Q(their_audit=audit), state=Swap.State.ASKED)
    others = swaps.exclude(pk=keep.pk) if keep else swaps
    found = list(others.select_for_update(of=("self",)).select_related("audit", "asked_by", "peer").order_by("pk"))
    for swap in found:
        swap.state, swap.answered_at = Swap.State.LAPSED, at
        swap.save(update_fields=["state", "answered_at"])
        concerned = swap.peer if swap.audit_id == audit.pk else swap.asked_by
        for person in _to_tell([concerned], by=by, at=at):
            swap_messages.swap_lapsed(swap, person=person, at=at)
    return len(found)


def tell_supervisor(audit: Audit, before: User, *, by: User | None, at: datetime) -> None:
    """Tell somebody that they no longer go along with a learner's audit; not whoever did it, nor who has left."""
    done = activity.record("stopped supervising", target=_about(audit), by=by, at=at, supervisor=before.pk)
    for person in _to_tell([before], by=by, at=at):
        swap_messages.no_longer_supervised(audit, number=done.pk, person=person, at=at)


def _to_tell(people: Iterable[User], *, by: User | None, at: datetime) -> list[User]:
    today = london_date(at)
    return [each for each in people if working(each, today=today) and (by is None or each.pk != by.pk)]


def _about(audit: Audit) -> str:
    return f"audit:{audit.reference}"
