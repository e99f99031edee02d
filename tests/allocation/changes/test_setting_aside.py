"""An audit taken back while others swap it, hand it over or answer about it: real threads, real commits."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from allocation.changes import exemptions, replacing, swaps
from allocation.changes.setting_aside import set_aside
from allocation.models import AuditRequest, Cycle, Handover, QuotaChange, Swap
from allocation.month_lock import CycleError, lock_month
from audits.models import Audit, Case
from people.models import OutgoingMail, User
from tests.allocation.meanwhile import PATIENCE, how_many_wait
from tests.allocation.published import ask_peer, audits_of, publish
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db(transaction=True)]
REASON = "The case closed last week"
ACT: dict[str, Any] = {"at": NOW, "today": TODAY}


@pytest.fixture
def published(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Cycle:
    return publish(cycle, psw)


def attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except CycleError as error:
        return error
    finally:
        connection.close()


def together(*work: Callable[[], Any]) -> list[Any]:
    """Do things in threads that start together; what each came to."""
    barrier = Barrier(len(work))

    def one(do: Callable[[], Any]) -> Any:
        barrier.wait()
        return attempt(do)

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def waits_for_a_lock() -> bool:
    for _ in range(PATIENCE):
        if how_many_wait():
            return True
        time.sleep(0.01)
    return False


class TestTakingBack:
    @pytest.mark.parametrize("step", ["withdraw", "exempt"])
    def test_waits_for_whoever_works_on_the_month(self, published: Cycle, psw: User, step: str) -> None:
        audit = audits_of(published)[0]
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                lock_month(published.month)
                running = pool.submit(attempt, lambda: set_aside(audit, step, reason=REASON, by=psw, **ACT))
                assert waits_for_a_lock()
                assert Audit.objects.get(pk=audit.pk).status == "allocated"
            assert running.result().status in {"withdrawn", "exempt"}

    def test_and_a_swap_accepted_at_once_come_to_one_thing(self, published: Cycle, psw: User) -> None:
        """Either the swap was first, and whoever has the audit by then is told; or there is none, and both are told."""
        raced = 0
        while swap := self.an_exchange(published):
            self.race(swap, psw)
            raced += 1
        assert raced > 1

    @staticmethod
    def an_exchange(cycle: Cycle) -> Swap | None:
        """Asked for by somebody whose audit nobody has taken back yet."""
        for audit in audits_of(cycle).filter(status="allocated"):
            for peer in swaps.peers(audit, today=TODAY).eligible:
                if peer.exchanges:
                    return ask_peer(audit, peer.person, their_audit=peer.exchanges[0])
        return None

    @staticmethod
    def race(swap: Swap, psw: User) -> None:
        audit = Audit.objects.get(pk=swap.audit_id)
        accepted, done = together(
            lambda: swaps.accept(swap, by=swap.peer, **ACT),
            lambda: set_aside(audit, "withdraw", reason=REASON, by=psw, **ACT),
        )
        assert not isinstance(done, CycleError)
        audit.refresh_from_db()
        swap.refresh_from_db()
        was_swapped = not isinstance(accepted, CycleError)
        assert (swap.state, audit.status) == ("accepted" if was_swapped else "lapsed", "withdrawn")
        assert audit.auditor_id == (swap.peer_id if was_swapped else swap.asked_by_id)
        assert Handover.objects.filter(swap=swap).count() == (2 if was_swapped else 0)
        told = OutgoingMail.objects.filter(kind="set_aside", about=f"audit:{audit.reference}")
        assert [mail.recipient_id for mail in told] == [audit.auditor_id]
        lapsed = OutgoingMail.objects.filter(kind="swap_lapsed", recipient=swap.peer, key__contains=f":{swap.pk}:")
        assert lapsed.exists() is not was_swapped
        assert not QuotaChange.objects.exists()

    def test_and_an_exemption_agreed_at_once_settle_the_request_once(self, published: Cycle, psw: User) -> None:
        for audit in audits_of(published):
            asked = exemptions.ask_exemption(audit, why="capacity", reason=REASON, by=audit.auditor, **ACT)
            above = audit.auditor.line_manager
            assert above is not None
            exemptions.answer(asked, agreed=True, comment="", by=above, **ACT)
            asked.refresh_from_db()
            together(
                lambda: exemptions.answer(asked, agreed=True, comment="", by=psw, **ACT),  # noqa: B023
                lambda: set_aside(audit, "withdraw", reason=REASON, by=psw, **ACT),  # noqa: B023
            )
            state, status = AuditRequest.objects.values_list("state", "audit__status").get(pk=asked.pk)
            assert (state, status) in {("agreed", "exempt"), ("overtaken", "withdrawn")}

    def test_and_giving_it_to_another_at_once_leave_nobody_untold(self, published: Cycle, psw: User) -> None:
        for audit in audits_of(published):
            together(
                lambda: replacing.give_to_next(audit, reason=REASON, by=psw, **ACT),  # noqa: B023
                lambda: set_aside(audit, "withdraw", reason=REASON, by=psw, **ACT),  # noqa: B023
            )
            audit.refresh_from_db()
            assert audit.status == "withdrawn"
            told = OutgoingMail.objects.get(kind="set_aside", about=f"audit:{audit.reference}")
            assert told.recipient_id == audit.auditor_id

    def test_is_refused_in_words_where_it_is_done_already(self, published: Cycle, psw: User) -> None:
        audit = audits_of(published)[0]
        outcomes = together(*[lambda: set_aside(audit, "exempt", reason=REASON, by=psw, **ACT)] * 2)
        assert sorted(isinstance(each, CycleError) for each in outcomes) == [False, True]
        assert OutgoingMail.objects.filter(kind="set_aside").count() == 1
