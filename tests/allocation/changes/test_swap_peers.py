"""With whom an audit can be swapped: who is offered, what they give, and in which month a place comes back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.changes import swaps
from allocation.changes.swaps import accept, month_of_return, peers
from allocation.models import Cycle, QuotaChange, Swap
from audits.models import Audit
from people.models import Team, User
from tests.allocation.published import a_peer, ask_peer, involve, with_exchange
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CycleFactory, UserFactory

DECEMBER = date(2026, 12, 1)
ACT: dict[str, Any] = {"at": NOW, "today": TODAY}


class TestPeers:
    def test_are_only_those_who_are_free_for_the_audit(self, given: Audit) -> None:
        found = peers(given, today=TODAY)
        people = [peer.person for peer in found.eligible]
        assert given.team_manager not in people
        assert given.auditor not in people
        assert len(people) == 4
        assert found.not_eligible == ((swaps.NOT_FREE, 1), ("Has no places this month", 1))

    def test_give_only_audits_that_this_auditor_may_take(self, given: Audit) -> None:
        offered = [(peer, theirs) for peer in peers(given, today=TODAY).eligible for theirs in peer.exchanges]
        assert offered != []
        for peer, theirs in offered:
            assert theirs.auditor == peer.person
            assert theirs.case.team != given.auditor.team

    def test_lose_an_exchange_when_a_tie_comes_up(self, published: Cycle) -> None:
        audit, peer = with_exchange(published)
        involve(audit.auditor, peer.exchanges[0])
        after = peers(audit, today=TODAY).of(peer.person)
        assert after is not None
        assert peer.exchanges[0] not in after.exchanges

    def test_give_nothing_that_they_have_begun(self, published: Cycle) -> None:
        audit, peer = with_exchange(published)
        Audit.objects.filter(pk=peer.exchanges[0].pk).update(status="in_progress")
        after = peers(audit, today=TODAY).of(peer.person)
        assert after is not None
        assert peer.exchanges[0] not in after.exchanges

    def test_give_a_place_only_where_they_have_one(self, given: Audit, psw: User) -> None:
        peer = a_peer(given).person
        QuotaChange.objects.create(month=DECEMBER, user=peer, change=-1, reason="Half time", by=psw, at=NOW)
        after = peers(given, today=TODAY).of(peer)
        assert after is None or after.back_in is None

    def test_who_are_exempt_this_month_exchange_but_take_none_on_top(self, published: Cycle) -> None:
        audit, peer = with_exchange(published)
        assert peer.back_in
        for person in (audit.auditor, peer.person):
            self.exempt_too(audit, person)
        found = peers(audit, today=TODAY).of(peer.person)
        assert found is not None
        assert (found.exchanges, found.back_in) == (peer.exchanges, None)
        swap = ask_peer(audit, peer.person, their_audit=found.exchanges[0])
        accept(swap, by=peer.person, **ACT)
        assert Audit.objects.get(pk=audit.pk).auditor == peer.person

    @staticmethod
    def exempt_too(audit: Audit, person: User) -> None:
        made = {"auditor": person, "status": "exempt", "team_manager": None, "reference": f"2026-11-09{person.pk:06}"}
        AuditFactory(template_version=audit.template_version, **made)

    def test_counts_those_who_are_exempt_and_have_nothing_to_exchange(self, given: Audit) -> None:
        peer = a_peer(given)
        Audit.objects.filter(auditor=peer.person).update(status="in_progress")  # begun: nothing to exchange
        self.exempt_too(given, peer.person)
        found = peers(given, today=TODAY)
        assert found.of(peer.person) is None
        assert dict(found.not_eligible)[swaps.EXEMPT] == 1

    def test_take_as_many_queries_for_many_as_for_few(self, given: Audit, teams: list[Team]) -> None:
        with CaptureQueriesContext(connection) as few:
            assert len(peers(given, today=TODAY).eligible) == 4
        for number in range(20):
            UserFactory(name=f"More {number}", job_role="team_manager", team=teams[number % 6])
        with CaptureQueriesContext(connection) as many:
            assert len(peers(given, today=TODAY).eligible) > 15
        assert len(many) <= len(few) < 45


class TestMonthOfReturn:
    def test_is_the_next_month(self, published: Cycle) -> None:
        assert month_of_return(published, both=[]) == DECEMBER

    def test_passes_by_a_month_that_is_paused_or_drawn(self, published: Cycle, core_template: Any) -> None:
        CycleFactory(month=DECEMBER, status="paused", due_on=None, paused_reason="Inspection")
        CycleFactory(
            month=date(2027, 1, 1), status="proposed", due_on=date(2027, 1, 29), template_version=core_template
        )
        assert month_of_return(published, both=[]) == date(2027, 2, 1)

    def test_waits_until_the_group_has_its_turn_again(self, published: Cycle) -> None:
        both = self.in_three_groups(published)
        assert month_of_return(published, both=both) == date(2027, 2, 1)

    def test_is_a_turn_of_their_group_where_a_month_of_it_is_settled(
        self, published: Cycle, core_template: Any
    ) -> None:
        """The month after it is not opened yet, and goes to another group."""
        both = self.in_three_groups(published)
        made = {"template_version": core_template, "due_on": date(2027, 2, 26), "groups": ["A"]}
        CycleFactory(month=date(2027, 2, 1), status="proposed", **made)
        assert month_of_return(published, both=both) == date(2027, 5, 1)

    def test_waits_longer_where_a_month_is_paused_because_a_pause_takes_nobodys_turn(self, published: Cycle) -> None:
        both = self.in_three_groups(published)
        CycleFactory(month=DECEMBER, status="paused", due_on=None, paused_reason="Inspection")
        assert month_of_return(published, both=both) == date(2027, 3, 1)

    def test_is_none_for_two_who_never_audit_in_the_same_month(self, published: Cycle) -> None:
        both = self.in_three_groups(published)
        both[1].audit_group = "B"
        assert month_of_return(published, both=both) is None

    @staticmethod
    def in_three_groups(cycle: Cycle) -> list[User]:
        """The auditors in groups that take turns, this month A's; two of A."""
        for number, auditor in enumerate(User.objects.filter(job_role="team_manager").order_by("pk")):
            auditor.audit_group = "ABC"[number % 3]
            auditor.save()
        cycle.groups = ["A"]
        cycle.save()
        return list(User.objects.filter(audit_group="A"))

    def test_is_one_in_which_both_audit(self, given: Audit, core_template: Any) -> None:
        peer = a_peer(given).person
        Cycle.objects.update(groups=["A", "B"])
        groups = {given.auditor_id: "A", peer.pk: "B"}
        for pk, group in groups.items():
            User.objects.filter(pk=pk).update(audit_group=group)
        both = list(User.objects.filter(pk__in=groups))
        later = CycleFactory(month=DECEMBER, groups=["B"], due_on=date(2026, 12, 18), template_version=core_template)
        cycle = Cycle.objects.get(month=given.month)
        assert month_of_return(cycle, both=both) == date(2027, 1, 1)
        Cycle.objects.filter(pk=later.pk).update(groups=["A", "B"])
        assert month_of_return(cycle, both=both) == DECEMBER

    def test_of_another_group_gives_nobody_a_place_in_a_month_they_are_not_in(
        self, given: Audit, core_template: Any
    ) -> None:
        peer = a_peer(given).person
        swap = ask_peer(given, peer)
        Cycle.objects.update(groups=["A", "B"])
        User.objects.filter(job_role="team_manager").update(audit_group="B")
        User.objects.filter(pk=given.auditor_id).update(audit_group="A")
        CycleFactory(month=DECEMBER, groups=["B"], due_on=date(2026, 12, 18), template_version=core_template)
        found = peers(Audit.objects.get(pk=given.pk), today=TODAY).of(peer)
        assert found is not None
        assert found.back_in == date(2027, 1, 1)
        accept(Swap.objects.get(pk=swap.pk), by=peer, **ACT)
        assert set(QuotaChange.objects.values_list("month", flat=True)) == {date(2027, 1, 1)}
