"""Swaps between peers: asking, answering, waiting, two at once, and places that follow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from allocation.changes import swaps
from allocation.changes.setting_aside import set_aside
from allocation.changes.swap_reading import Counted, changes, counts, give_and_take
from allocation.changes.swaps import accept, decline, peers, take_back
from allocation.models import Cycle, Handover, QuotaChange, Swap
from allocation.month_lock import CycleError
from audits.models import Audit, Case
from people.models import Activity, OutgoingMail, User
from tests.allocation.published import a_peer, ask_exchange, ask_peer, audits_of, involve, with_exchange
from tests.conftest import NOW, TODAY

DECEMBER = date(2026, 12, 1)
ACT: dict[str, Any] = {"at": NOW, "today": TODAY}


class TestWhyNotAsk:
    def test_says_who_and_what_can_be_swapped(self, given: Audit, psw: User) -> None:
        assert swaps.why_not_ask(given, by=given.auditor, today=TODAY) == ""
        assert swaps.why_not_ask(given, by=psw, today=TODAY) == "Only its auditor can ask for a swap."
        assert "past its due date" in swaps.why_not_ask(given, by=given.auditor, today=date(2026, 12, 1))
        given.status = "in_progress"
        assert "has been begun" in swaps.why_not_ask(given, by=given.auditor, today=TODAY)

    def test_leaves_a_case_that_has_closed_to_the_programme(self, published: Cycle) -> None:
        audit, peer = with_exchange(published)
        Case.objects.filter(pk=peer.exchanges[0].case_id).update(closed_on=TODAY)
        after = peers(audit, today=TODAY).of(peer.person)
        assert after is None or peer.exchanges[0] not in after.exchanges
        theirs = Audit.objects.get(pk=peer.exchanges[0].pk)
        assert "has closed or is restricted" in swaps.why_not_ask(theirs, by=peer.person, today=TODAY)


class TestAsking:
    def test_changes_nothing_and_tells_the_peer(self, published: Cycle) -> None:
        OutgoingMail.objects.all().delete()
        swap = ask_exchange(published)
        mail = OutgoingMail.objects.get()
        assert (mail.kind, mail.recipient) == ("swap_asked", swap.peer)
        assert Audit.objects.get(pk=swap.audit_id).auditor == swap.asked_by
        assert Activity.objects.filter(verb="asked for a swap").count() == 1

    def test_several_at_once_is_allowed_but_the_same_peer_once(self, given: Audit) -> None:
        first, second = (peer.person for peer in peers(given, today=TODAY).eligible[:2])
        ask_peer(given, first)
        ask_peer(given, second)
        with pytest.raises(CycleError, match=f"You have asked {first} already"):
            ask_peer(given, first)
        assert Swap.objects.count() == 2

    def test_keeps_the_message_out_of_the_mail(self, given: Audit) -> None:
        ask_peer(given, a_peer(given).person, message="I am away from Monday")
        assert "Monday" not in OutgoingMail.objects.get(kind="swap_asked").body

    def test_refuses_somebody_who_may_not_take_it(self, given: Audit, psw: User) -> None:
        assert given.team_manager is not None
        for person in (given.team_manager, psw):
            with pytest.raises(CycleError, match="can no longer swap this with you"):
                ask_peer(given, person)


class TestAccepting:
    def test_exchanges_the_audits_and_tells_everybody(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        OutgoingMail.objects.all().delete()
        accept(swap, by=swap.peer, **ACT)
        mine, theirs = Audit.objects.get(pk=swap.audit_id), Audit.objects.get(pk=swap.their_audit_id)
        assert (mine.auditor, theirs.auditor) == (swap.peer, swap.asked_by)
        assert Handover.objects.filter(swap=swap, kind="swap").count() == 2
        assert not QuotaChange.objects.exists()
        to_asker = set(OutgoingMail.objects.filter(recipient=swap.asked_by).values_list("kind", "about"))
        assert to_asker == {("swap_accepted", f"audit:{mine}"), ("now_yours", f"audit:{theirs}")}
        to_peer = set(OutgoingMail.objects.filter(recipient=swap.peer).values_list("kind", "about"))
        assert to_peer == {("now_yours", f"audit:{mine}"), ("no_longer_yours", f"audit:{theirs}")}
        assert OutgoingMail.objects.filter(kind="auditor_changed").count() == 4

    def test_moves_a_place_of_next_month_with_the_audit(self, given: Audit) -> None:
        peer = a_peer(given).person
        swap = ask_peer(given, peer)
        accept(swap, by=peer, **ACT)
        assert Audit.objects.get(pk=given.pk).auditor == peer
        assert {(row.user, row.month, row.change) for row in QuotaChange.objects.all()} == {
            (given.auditor, DECEMBER, 1),
            (peer, DECEMBER, -1),
        }
        assert "one place more in December 2026" in OutgoingMail.objects.get(kind="swap_accepted").body

    def test_lapses_whatever_else_was_asked_about_either_audit(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        others = [peer.person for peer in peers(swap.audit, today=TODAY).eligible if peer.person != swap.peer]
        second = ask_peer(swap.audit, others[0])
        assert swap.their_audit is not None
        third = ask_peer(swap.their_audit, a_peer(swap.their_audit, lambda peer: peer.person != swap.asked_by).person)
        accept(swap, by=swap.peer, **ACT)
        assert {each.state for each in Swap.objects.filter(pk__in=[second.pk, third.pk])} == {"lapsed"}
        with pytest.raises(CycleError, match="This swap is no longer possible"):
            accept(second, by=second.peer, **ACT)

    def test_is_refused_with_the_reason_where_a_tie_has_come_up_and_changes_nothing(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        involve(swap.peer, swap.audit)
        before = OutgoingMail.objects.count()
        with pytest.raises(CycleError, match=f"{swap.peer} cannot take audit .*: was involved in this case"):
            accept(swap, by=swap.peer, **ACT)
        swap.refresh_from_db()
        assert (swap.state, swap.audit.auditor) == ("asked", swap.asked_by)
        assert not Handover.objects.exists()
        assert OutgoingMail.objects.count() == before
        assert "may no longer take" in swaps.why_not_accept(swap, today=TODAY)

    def test_is_refused_where_the_tie_is_on_the_other_side(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        assert swap.their_audit is not None
        involve(swap.asked_by, swap.their_audit)
        with pytest.raises(CycleError, match=f"{swap.asked_by} cannot take audit {swap.their_audit.reference}"):
            accept(swap, by=swap.peer, **ACT)
        assert not Handover.objects.exists()

    def test_is_refused_once_either_audit_is_begun(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        Audit.objects.filter(pk=swap.their_audit_id).update(status="in_progress")
        with pytest.raises(CycleError, match="Only audits that nobody has begun can be swapped"):
            accept(swap, by=swap.peer, **ACT)

    def test_is_refused_where_the_place_is_gone(self, given: Audit, psw: User) -> None:
        peer = a_peer(given).person
        swap = ask_peer(given, peer)
        QuotaChange.objects.create(month=DECEMBER, user=peer, change=-1, reason="Half time", by=psw, at=NOW)
        with pytest.raises(CycleError, match="has no place left to give"):
            accept(swap, by=peer, **ACT)
        assert Audit.objects.get(pk=given.pk).auditor == given.auditor

    def test_is_for_the_peer_alone(self, published: Cycle, psw: User) -> None:
        swap = ask_exchange(published)
        for person in (swap.asked_by, psw):
            with pytest.raises(CycleError, match="Only the person who was asked can accept"):
                accept(swap, by=person, **ACT)


class TestDecliningAndTakingBack:
    def test_a_declined_swap_is_told_and_can_be_asked_again(self, given: Audit) -> None:
        peer = a_peer(given).person
        swap = ask_peer(given, peer)
        decline(swap, by=peer, **ACT)
        assert OutgoingMail.objects.get(kind="swap_declined").recipient == given.auditor
        with pytest.raises(CycleError, match="This swap was declined already"):
            accept(swap, by=peer, **ACT)
        ask_peer(given, peer)

    def test_one_taken_back_cannot_be_accepted(self, given: Audit) -> None:
        peer = a_peer(given).person
        swap = ask_peer(given, peer)
        with pytest.raises(CycleError, match="Only the person who asked can take it back"):
            take_back(swap, by=peer, **ACT)
        take_back(swap, by=given.auditor, **ACT)
        with pytest.raises(CycleError, match="This swap was taken back already"):
            accept(swap, by=peer, **ACT)


class TestWaiting:
    def test_is_what_can_still_be_answered(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        assert list(Swap.objects.waiting(today=TODAY)) == [swap]
        assert not Swap.objects.waiting(today=date(2026, 12, 1)).exists()
        Audit.objects.filter(pk=swap.their_audit_id).update(status="in_progress")
        assert not Swap.objects.waiting(today=TODAY).exists()

    def test_is_over_for_an_audit_set_aside_and_whoever_has_it_by_then_is_told(
        self, published: Cycle, psw: User
    ) -> None:
        swap = ask_exchange(published)
        shown = Audit.objects.get(pk=swap.audit_id)
        Audit.objects.filter(pk=shown.pk).update(auditor=swap.peer)
        set_aside(shown, "withdraw", reason="The case closed last week", by=psw, **ACT)
        assert not Swap.objects.waiting(today=TODAY).exists()
        assert Swap.objects.get().state == "lapsed"
        assert OutgoingMail.objects.get(kind="set_aside").recipient == swap.peer

    def test_is_over_for_whoever_asked_when_what_they_wanted_is_gone(self, published: Cycle, psw: User) -> None:
        swap = ask_exchange(published)
        assert swap.their_audit is not None
        set_aside(swap.their_audit, "exempt", reason="Off sick until December", by=psw, **ACT)
        assert Swap.objects.get().state == "lapsed"
        told = OutgoingMail.objects.get(kind="swap_lapsed")
        assert (told.recipient, swap.peer.name in told.body) == (swap.asked_by, True)

    def test_is_seen_by_the_two_and_the_programme(self, published: Cycle, psw: User, worker: User) -> None:
        swap = ask_exchange(published)
        sees = [person for person in (swap.peer, swap.asked_by, psw, worker) if Swap.objects.visible_to(person)]
        assert sees == [swap.peer, swap.asked_by, psw]


class TestCounts:
    def test_are_kept_for_each_person(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        accept(swap, by=swap.peer, **ACT)
        found = {each.person: each.numbers for each in counts([published.month])}
        once_each = {Counted.SWAPPED_AWAY: 1, Counted.SWAPPED_IN: 1}
        assert found == {swap.asked_by: once_each, swap.peer: once_each}
        assert counts([DECEMBER]) == []
        assert [(change.audit, change.what) for change in changes(published.month)].count((swap.audit, "Swap")) == 1

    def test_and_sides_say_nothing_of_the_child_but_the_team(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        said = " ".join(f"{side.gives} {side.takes}" for side in give_and_take(swap, today=TODAY))
        assert swap.audit.case.reference not in said
        assert swap.audit.case.child_name not in said
        assert str(swap.audit.team) in said


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_the_first_who_accepts_wins_and_the_other_is_told(self, published: Cycle) -> None:
        audit = audits_of(published)[0]
        two = [ask_peer(audit, peer.person) for peer in peers(audit, today=TODAY).eligible[:2]]
        barrier = Barrier(2)

        def answer(swap: Swap) -> Any:
            try:
                barrier.wait()
                return accept(Swap.objects.get(pk=swap.pk), by=swap.peer, **ACT)
            except CycleError as error:
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(answer, two))
        refused = [outcome for outcome in outcomes if isinstance(outcome, CycleError)]
        assert ["This swap is no longer possible" in str(error) for error in refused] == [True]
        assert Handover.objects.count() == 1
        assert sorted(Swap.objects.values_list("state", flat=True)) == ["accepted", "lapsed"]
        assert sum(QuotaChange.objects.values_list("change", flat=True)) == 0
        winner = next(outcome for outcome in outcomes if isinstance(outcome, Swap))
        assert Audit.objects.get(pk=audit.pk).auditor == winner.peer
        loser = next(swap.peer for swap in two if swap.pk != winner.pk)
        assert OutgoingMail.objects.get(kind="swap_lapsed").recipient == loser
