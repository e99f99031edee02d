"""A published November in which audits change hands: who may take what, and the state of a tie that comes up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from allocation.changes.swaps import Peer, ask, peers
from allocation.models import Cycle, Swap
from allocation.months import cycles
from audits.models import Audit, Involvement
from people.models import User
from tests.conftest import NOW, TODAY
from tests.factories import InvolvementFactory


def publish(cycle: Cycle, psw: User) -> Cycle:
    """Draw, with the same seed each time, and publish the month."""
    cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY, new_seed=lambda: "5eed" * 16)
    cycles.publish(Cycle.objects.get(pk=cycle.pk), by=psw, at=NOW, today=TODAY)
    return Cycle.objects.get(pk=cycle.pk)


def audits_of(cycle: Cycle) -> QuerySet[Audit]:
    """The audits of a month by reference."""
    rows = Audit.objects.in_month(cycle.month).select_related("auditor", "case__team", "case__worker", "team")
    return rows.order_by("reference")


def with_exchange(cycle: Cycle) -> tuple[Audit, Peer]:
    """An audit whose auditor can exchange it with a peer, and that peer."""
    for audit in audits_of(cycle):
        for peer in peers(audit, today=TODAY).eligible:
            if peer.exchanges:
                return audit, peer
    raise AssertionError("nobody can exchange anything")


def a_peer(audit: Audit, wanted: Callable[[Peer], Any] = lambda peer: True) -> Peer:
    """The first who can swap an audit and is wanted."""
    return next(peer for peer in peers(audit, today=TODAY).eligible if wanted(peer))


def ask_exchange(cycle: Cycle) -> Swap:
    """Ask for an exchange that is possible."""
    audit, peer = with_exchange(cycle)
    return ask_peer(audit, peer.person, their_audit=peer.exchanges[0])


def ask_peer(audit: Audit, peer: User, **changes: Any) -> Swap:
    """Ask a peer for an exchange where their audit is given, otherwise for a place of a coming month."""
    kind = Swap.Kind.EXCHANGE if changes.get("their_audit") else Swap.Kind.NEXT_MONTH
    return ask(audit, peer=peer, kind=kind, **changes, by=audit.auditor, at=NOW, today=TODAY)


def involve(person: User, audit: Audit) -> Involvement:
    """Somebody turns out to know the case of an audit."""
    return InvolvementFactory(case=audit.case, user=person, role="Social worker")
