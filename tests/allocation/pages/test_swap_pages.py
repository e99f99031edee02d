"""The pages of swaps and replacements as auditors and the programme use them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allocation.changes import swaps
from allocation.changes.replacing import plan_giving, plan_replacement
from allocation.models import Cycle, Handover, QuotaChange, Swap
from audits import answering, workflow
from audits.models import Audit, Case, TemplateVersion
from people.models import User
from people.roles import JobRole
from tests.allocation.published import ask_exchange, ask_peer, audits_of, involve, publish, with_exchange
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory, ServiceFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

MONTH = "/cycles/2026-11/"
REASON = {"reason": "The case closed last week"}


@pytest.fixture
def published(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Cycle:
    return publish(cycle, psw)


@pytest.fixture
def given(published: Cycle) -> Audit:
    return audits_of(published)[0]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def read(user: User, address: str) -> str:
    response = signed_in(user).get(address, follow=True)
    assert response.status_code == 200
    return text_of(response)


def post(user: User, address: str, **data: Any) -> str:
    response = signed_in(user).post(address, data, follow=True)
    assert response.status_code == 200
    return text_of(response)


def address_of(name: str, thing: Any) -> str:
    return reverse(f"allocation:{name}", args=[thing.reference if isinstance(thing, Audit) else thing.pk])


class TestAsking:
    def test_is_one_click_from_the_audit_to_the_peer_and_one_more_to_accept(self, published: Cycle) -> None:
        audit, peer = with_exchange(published)
        asker, theirs = audit.auditor, peer.exchanges[0]
        assert "Swap this audit with somebody" in read(asker, f"/audits/{audit.reference}/")
        page = read(asker, address_of("swap_audit", audit))
        assert f"Audit {theirs.reference}" in page
        offer = f"{peer.person.pk}:{theirs.pk}"
        page = post(asker, address_of("swap_audit", audit), offer=offer, message="Away from Monday")
        assert f"{peer.person} has been asked. Nothing changes until they accept." in page
        assert f"{asker} asks you to swap" in read(peer.person, "/")
        swap = Swap.objects.get()
        assert "Away from Monday" in read(peer.person, address_of("swap", swap))
        page = post(peer.person, address_of("accept_swap", swap))
        assert f"Audit {audit.reference} is yours now." in page
        assert f"Swapped with {asker}" in page
        assert Handover.objects.count() == 2
        assert f"{asker} asks you to swap" not in read(peer.person, "/")

    def test_for_a_place_says_in_which_month(self, given: Audit) -> None:
        page = read(given.auditor, address_of("swap_audit", given))
        assert "One place in December 2026" in page
        peer = swaps.peers(given, today=TODAY).eligible[0].person
        post(given.auditor, address_of("swap_audit", given), offer=f"{peer.pk}:month")
        swap = Swap.objects.get()
        assert "One place in December 2026" in read(peer, address_of("swap", swap))
        post(peer, address_of("accept_swap", swap))
        assert sorted(QuotaChange.objects.values_list("change", flat=True)) == [-1, 1]
        assert "One place in December 2026" in read(peer, address_of("swap", swap))

    def test_shows_the_peer_nothing_of_the_child_but_the_team(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        page = read(swap.peer, address_of("swap", swap))
        assert str(swap.audit.team) in page
        for hidden in (swap.audit.case.reference, swap.audit.case.child_name, swap.audit.plan_label):
            assert hidden not in page

    def test_shows_the_own_team_first_and_folds_what_is_far(self, given: Audit, core_template: TemplateVersion) -> None:
        team = given.auditor.team
        assert team is not None
        far = TeamFactory(service=ServiceFactory())
        for number in range(12):
            UserFactory(name=f"Farah Far {number:02}", job_role=JobRole.IRO, team=far)
        near = UserFactory(name="Zoe Near", job_role=JobRole.IRO, team=TeamFactory(service=team.service))
        UserFactory(name="Zoe Own", job_role=JobRole.IRO, team=team)
        shown = signed_in(given.auditor).get(address_of("swap_audit", given))
        people = shown.context["people"]
        assert [peer.person.name for peer in people.first[:1]] == ["Zoe Own"]
        assert near in [peer.person for peer in people.first]
        assert len(people.first) == 10
        assert {peer.person.team for peer in people.others} == {far}
        assert people.found == len(shown.context["offered"].eligible)
        before, folded = text_of(shown).split(f"{len(people.others)} more people")
        assert "Zoe Own" in before
        assert people.others[-1].person.name not in before
        assert people.others[-1].person.name in folded

    def test_finds_somebody_by_a_part_of_the_name_and_keeps_it(self, given: Audit) -> None:
        for number in range(12):
            UserFactory(name=f"Farah Far {number:02}", job_role=JobRole.IRO, team=TeamFactory())
        wanted = UserFactory(name="Zoe Mockname", job_role=JobRole.IRO, team=TeamFactory())
        address = f"{address_of('swap_audit', given)}?name=mockn"
        shown = read(given.auditor, address)
        assert "1 person with “mockn” in their name" in shown
        assert 'value="mockn"' in shown
        assert "Farah Far" not in shown
        asked = post(given.auditor, address, offer=f"{wanted.pk}:month")
        assert "Zoe Mockname has been asked." in asked
        assert 'value="mockn"' in asked
        assert "Nobody of that name can swap with you" in read(given.auditor, f"{address}zzz")

    def test_with_a_made_up_offer_is_refused(self, given: Audit) -> None:
        for offer in ("", "1", "x:y", f"{given.team_manager_id}:month"):
            page = post(given.auditor, address_of("swap_audit", given), offer=offer)
            assert "This can no longer be asked of them. Look at the list again." in page
        assert not Swap.objects.exists()

    def test_can_be_taken_back(self, given: Audit) -> None:
        swap = ask_peer(given, swaps.peers(given, today=TODAY).eligible[0].person)
        assert "Take back" in read(given.auditor, address_of("swap_audit", given))
        page = post(given.auditor, address_of("take_back_swap", swap))
        assert f"{swap.peer} is no longer asked." in page
        assert "This swap was taken back already" in read(swap.peer, address_of("swap", swap))

    def test_can_be_declined(self, given: Audit) -> None:
        swap = ask_peer(given, swaps.peers(given, today=TODAY).eligible[0].person)
        assert f"You have declined. {given.auditor} gets an email." in post(swap.peer, address_of("decline_swap", swap))
        assert "Declined" in read(given.auditor, address_of("swap_audit", given))

    def test_says_what_else_can_be_done_where_nobody_can_swap(self, given: Audit) -> None:
        for peer in swaps.peers(given, today=TODAY).eligible:
            involve(peer.person, given)
        page = read(given.auditor, address_of("swap_audit", given))
        assert "Nobody can swap with you at the moment" in page
        assert f"{swaps.NOT_FREE}: 5" in page
        assert reverse("allocation:ask", args=[given.reference]) in page

    def test_says_why_where_the_audit_has_been_begun(self, given: Audit) -> None:
        answering.save_page(given.reference, page="s2", content={}, base_revision=0, by=given.auditor, at=NOW)
        page = read(given.auditor, address_of("swap_audit", given))
        assert "Only audits that nobody has begun can be swapped." in page

    def test_warns_the_peer_where_something_has_changed(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        involve(swap.peer, swap.audit)
        assert "one of you may no longer take the other’s audit" in read(swap.peer, address_of("swap", swap))
        assert f"{swap.peer} cannot take audit" in post(swap.peer, address_of("accept_swap", swap))

    def test_is_no_business_of_others(self, published: Cycle, psw: User, worker: User) -> None:
        swap = ask_exchange(published)
        assert signed_in(worker).get(address_of("swap", swap)).status_code == 404
        assert signed_in(psw).get(address_of("swap", swap)).status_code == 200
        for name in ("accept_swap", "decline_swap", "take_back_swap"):
            assert signed_in(psw).post(address_of(name, swap)).status_code == 403
        assert signed_in(swap.peer).get(address_of("swap_audit", swap.audit)).status_code in {403, 404}


class TestThePublishedMonth:
    def test_offers_to_replace_a_case_that_has_closed(self, given: Audit, psw: User) -> None:
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY)
        assert "1 audit needs your attention" in read(psw, "/")
        page = read(psw, MONTH)
        assert "The case is closed" in page
        assert address_of("replace", given) in page
        chosen = plan_replacement(given, today=TODAY).case
        assert chosen is not None
        shown = read(psw, address_of("replace", given))
        assert chosen.reference in shown
        assert "The case is closed.</textarea>" in shown
        page = post(psw, address_of("replace", given), **REASON, expected=chosen.pk)
        assert f"Audit {given.reference} is replaced by 2026-11-0006, which goes to {given.auditor}." in page
        assert f"From the reserve, in place of {given.reference}" in page
        assert "Needs your attention" not in page

    def test_offers_to_give_an_audit_to_the_next_in_line(self, given: Audit, psw: User) -> None:
        involve(given.auditor, given)
        chosen = plan_giving(given, today=TODAY).chosen
        assert chosen is not None
        page = read(psw, address_of("give_again", given))
        assert f"Give it to {chosen.person}" in page
        assert f"{given.team_manager} manages the worker of this case, is in the team that holds this case" in page
        page = post(psw, address_of("give_again", given), reason="Knows the family", expected=chosen.person.pk)
        assert f"is with {chosen.person} now, due 30 November 2026." in page
        assert f"Taken over from {given.auditor}: Knows the family" in page

    def test_says_that_what_was_typed_goes_with_it(self, given: Audit, psw: User) -> None:
        answering.save_page(given.reference, page="s2", content={}, base_revision=0, by=given.auditor, at=NOW)
        assert "It has been begun." in read(psw, address_of("give_again", given))

    def test_does_not_do_otherwise_than_it_showed(self, given: Audit, psw: User) -> None:
        page = post(psw, address_of("give_again", given), reason="Knows the family", expected=psw.pk)
        assert "Another choice would be made now than the one you were shown." in page
        page = post(psw, address_of("replace", given), **REASON, expected=given.case_id)
        assert "Another choice would be made now than the one you were shown." in page
        assert not Handover.objects.exists()

    def test_takes_an_audit_back_where_the_reserve_has_nothing(self, given: Audit, psw: User) -> None:
        Case.objects.exclude(audits__isnull=False).update(closed_on=TODAY)
        page = read(psw, address_of("replace", given))
        assert "No case in the reserve can take its place" in page
        page = post(psw, address_of("replace", given), **REASON, drop="1")
        assert f"Audit {given.reference} is taken back, and nothing comes in its place." in page

    def test_takes_back_what_is_carried_over(self, given: Audit, psw: User) -> None:
        """The button of the list does what it says."""
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY)
        Audit.objects.filter(pk=given.pk).update(selection="complaint")
        back = reverse("allocation:take_back", args=[given.reference, "withdraw"])
        page = read(psw, MONTH)
        assert f'href="{back}">Take it back' in page
        assert address_of("replace", given) not in page
        shown = read(psw, back)
        assert "The case is closed.</textarea>" in shown
        page = post(psw, back, **REASON)
        assert f"Audit {given.reference} is withdrawn." in page

    def test_of_a_closed_case_offers_to_take_it_back_and_nobody_else(self, given: Audit, psw: User) -> None:
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY)
        page = read(psw, address_of("give_again", given))
        assert f"The case of audit {given.reference} is closed. Take the audit back: nobody else is given it." in page
        assert f'href="{reverse("allocation:take_back", args=[given.reference, "withdraw"])}"' in page
        assert "Give it to" not in page
        assert "Give a case by hand" not in page
        detail = read(psw, reverse("audits:detail", args=[given.reference]))
        assert address_of("give_again", given) not in detail
        assert address_of("replace", given) in detail

    def test_says_in_a_second_tab_what_came_in_its_place(self, given: Audit, psw: User) -> None:
        post(psw, address_of("replace", given), **REASON)
        detail = reverse("audits:detail", args=["2026-11-0006"])
        for page in (read(psw, address_of("replace", given)), post(psw, address_of("replace", given), **REASON)):
            assert f"Audit 2026-11-0006 came in the place of audit {given.reference}." in page
            assert f'href="{detail}">Look at audit 2026-11-0006' in page
            assert "Take the audit back" not in page

    def test_leaves_an_audit_as_it_is_on_record(self, given: Audit, psw: User) -> None:
        involve(given.auditor, given)
        page = post(psw, address_of("leave_it", given))
        assert f"Audit {given.reference} is left as it is." in page
        assert "Left as it is" in page
        assert "needs your attention" not in read(psw, "/")

    def test_offers_the_case_of_an_exempt_audit_on_its_own_page(self, given: Audit, psw: User, worker: User) -> None:
        link = address_of("give_again", given)
        workflow.move(given, "exempt", by=psw, at=NOW, reason="Off sick until December")
        page = reverse("audits:detail", args=[given.reference])
        assert f'href="{link}">Give the case to another auditor</a>' in read(psw, page)
        assert link not in read(given.auditor, page)
        post(psw, link, **REASON)
        assert link not in read(psw, page)

    def test_says_that_the_first_audit_still_waits_for_part_b(self, given: Audit, psw: User) -> None:
        first = AuditFactory(
            template_version=given.template_version,
            case=given.case,
            month=date(2026, 8, 1),
            status="with_team",
            submitted_at=NOW,
            part_b_due_on=TODAY,
        )
        Audit.objects.filter(pk=given.pk).update(selection="re_audit", re_audit_of=first)
        page = address_of("give_again", given)
        warning = f"This looks again at audit {first.reference}, and the team has not signed Part B of that one yet."
        assert warning in read(psw, page)
        Audit.objects.filter(pk=first.pk).update(status="actions")
        assert "Part B" not in read(psw, page)

    def test_gives_the_case_of_an_exempt_audit_again(self, given: Audit, psw: User) -> None:
        workflow.move(given, "exempt", by=psw, at=NOW, reason="Off sick")
        page = read(psw, MONTH)
        assert "Its auditor is exempt, and nobody else has this case" in page
        page = post(psw, address_of("give_again", given), reason="Nobody else has it")
        assert "Audit 2026-11-0006 is with" in page
        assert "In its place: 2026-11-0006" in page

    def test_shows_what_is_carried_over_from_earlier_months(
        self, published: Cycle, core_template: Any, auditors: list[User], psw: User
    ) -> None:
        month, due_on = date(2026, 10, 1), date(2026, 10, 30)
        CycleFactory(month=month, status="closed", due_on=due_on, published_at=NOW, template_version=core_template)
        AuditFactory(
            reference="2026-10-0001",
            month=month,
            due_on=due_on,
            template_version=core_template,
            auditor=auditors[0],
            case=CaseFactory(),
        )
        assert "Carried over from October 2026" in read(psw, MONTH)

    def test_counts_swaps_that_wait(self, published: Cycle, psw: User) -> None:
        ask_exchange(published)
        assert "1 swap between auditors" in read(psw, MONTH)

    def test_costs_as_many_queries_for_many_audits_as_for_few(
        self, published: Cycle, psw: User, core_template: Any, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(psw)
        client.get(MONTH)
        for count in (1, 30):
            for number in range(count):
                AuditFactory(
                    reference=f"2026-11-{count}{number:03d}",
                    template_version=core_template,
                    case=CaseFactory(closed_on=TODAY),
                )
            with django_assert_max_num_queries(36):
                client.get(MONTH)


class TestTheHistoryOfAnAudit:
    def test_names_the_audit_that_it_was_swapped_for(
        self, published: Cycle, psw: User, django_assert_max_num_queries: Any
    ) -> None:
        swap = ask_exchange(published)
        theirs = swap.their_audit
        assert theirs is not None
        swaps.accept(swap, by=swap.peer, at=NOW, today=TODAY)
        there = reverse("audits:detail", args=[swap.audit.reference])
        link = f'href="{reverse("audits:detail", args=[theirs.reference])}">{theirs.reference}</a>'
        page = read(psw, there)
        assert f"Swapped from {swap.asked_by} to {swap.peer}, for audit" in page
        assert link in page
        assert link not in read(swap.peer, there)  # they no longer have it in sight
        client = signed_in(psw)
        client.get(there)
        with django_assert_max_num_queries(16):
            client.get(there)

    def test_names_what_came_in_its_place_and_what_it_came_for(self, given: Audit, psw: User) -> None:
        post(psw, address_of("replace", given), **REASON)
        before, after = (reverse("audits:detail", args=[each]) for each in (given.reference, "2026-11-0006"))
        assert f'Replaced by audit <a class="govuk-link portal-nowrap" href="{after}">' in read(psw, before)
        assert f'Comes in the place of audit <a class="govuk-link portal-nowrap" href="{before}">' in read(psw, after)


class TestEveryChange:
    def test_is_listed_and_counted_by_person(self, published: Cycle, psw: User) -> None:
        swap = ask_exchange(published)
        swaps.accept(swap, by=swap.peer, at=NOW, today=TODAY)
        page = read(psw, f"{MONTH}changes/")
        assert f"{swap.asked_by} to {swap.peer}" in page
        assert page.count('<span class="portal-nowrap">1 (1)</span>') == 4

    def test_says_so_where_there_is_none(self, published: Cycle, psw: User) -> None:
        assert "Nothing has changed hands" in read(psw, f"{MONTH}changes/")
