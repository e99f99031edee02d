"""The pages of actions: one action, the list and its filters, what is overdue by whom, several at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits.models import Audit, SmartAction, Status
from people.models import User
from tests.audits.after.acting import EVIDENCE, REASON, SEEN, acted, done
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, SmartActionFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def action(audit: Audit) -> SmartAction:
    return acted(audit)


def main_of(client: Client, name: str, *args: object, **query: object) -> str:
    page = client.get(reverse(f"audits:{name}", args=args), query).content.decode()
    return page[page.index("<main") : page.index("</main>")]


def submitted_with(audit: Audit, number: int, **values: Any) -> SmartAction:
    """An action of another audit of the same team that was submitted."""
    other = AuditFactory(
        case=CaseFactory(team=audit.team, worker=audit.worker),
        template_version=audit.template_version,
        auditor=audit.auditor,
        team_manager=audit.team_manager,
        reference=f"2026-10-{number:04d}",
        status=Status.ACTIONS,
        submitted_at=NOW,
        part_b_due_on=TODAY,
    )
    return SmartActionFactory(audit=other, **{"owner": audit.worker, **values})


class TestOneAction:
    def test_is_sent_back_done_again_and_verified(
        self, client: Client, action: SmartAction, worker: User, team_manager: User
    ) -> None:
        done(action, worker)
        client.force_login(team_manager)
        page = main_of(client, "action", action.pk)
        assert "What did you see that shows it?" in page
        assert "Send it back" in page
        client.post(reverse("audits:send_back_action", args=[action.pk]), {"reason": "The aunt is missing in it."})
        assert "The aunt is missing in it." in main_of(client, "action", action.pk)
        client.force_login(worker)
        client.post(reverse("audits:action", args=[action.pk]), {"evidence": EVIDENCE})
        assert "Somebody other than" in main_of(client, "action", action.pk)
        client.force_login(team_manager)
        url = reverse("audits:verify_action", args=[action.pk])
        assert "Say a little more" in client.post(url, {"note": "yes"}).content.decode()
        client.post(url, {"note": SEEN})
        assert Audit.objects.get(pk=action.audit_id).status == Status.CLOSED
        again = client.post(url, {"note": SEEN}, follow=True).content.decode()
        assert "somebody was quicker" in again

    def test_says_how_often_its_deadline_moved(
        self, client: Client, action: SmartAction, team_manager: User, worker: User
    ) -> None:
        client.force_login(team_manager)
        day = {"due_on_day": "20", "due_on_month": "1", "due_on_year": "2027"}
        client.post(reverse("audits:move_action", args=[action.pk]), {**day, "reason": REASON})
        page = main_of(client, "action", action.pk)
        assert "20 January 2027" in page
        assert "Moved once" in page
        assert REASON in page
        client.force_login(worker)
        assert client.get(reverse("audits:move_action", args=[action.pk])).status_code == 403


class TestList:
    def test_chooses_by_person_and_state(
        self, client: Client, action: SmartAction, audit: Audit, worker: User, team_manager: User, psw: User
    ) -> None:
        late = submitted_with(audit, 1, how="Redraw the genogram.", due_on=TODAY - timedelta(days=3))
        theirs = submitted_with(audit, 2, how="Ring the school.", owner=UserFactory(line_manager=psw))
        done(action, worker)
        client.force_login(psw)

        def listed(**query: str) -> list[int]:
            page = main_of(client, "actions", **query)
            return [each.pk for each in (action, late, theirs) if f"/actions/{each.pk}/" in page]

        assert listed() == [late.pk, theirs.pk]
        assert listed(show="overdue") == [late.pk]
        assert listed(show="verify") == [action.pk]
        assert listed(show="done") == [action.pk]
        assert listed(show="all", q="2026-10-0002") == [theirs.pk]
        assert listed(manager=str(psw.pk)) == [theirs.pk]
        client.force_login(team_manager)
        assert listed(whose="team", show="all") == [action.pk, late.pk, theirs.pk]
        assert listed(whose="mine", show="all") == []
        client.force_login(worker)
        assert listed(whose="mine", show="all") == [action.pk, late.pk]
        assert listed(whose="service", show="all") == listed(show="all")  # not theirs to choose

    def test_costs_the_same_for_many(
        self, client: Client, audit: Audit, psw: User, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        for number in range(12):
            submitted_with(audit, number, owner=UserFactory())
        client.force_login(psw)
        main_of(client, "actions")
        with django_assert_max_num_queries(5):  # session, person, count, rows, teams
            main_of(client, "actions")


class TestOverdue:
    def test_counts_by_team_manager_and_service_and_leads_to_the_rows(
        self, client: Client, audit: Audit, worker: User, psw: User, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        manager = worker.line_manager
        assert manager is not None
        for number in range(5):
            submitted_with(audit, number, due_on=TODAY + timedelta(days=number - 2))
        client.force_login(psw)
        main_of(client, "overdue_actions")
        with django_assert_max_num_queries(5):  # session, person, three groups
            page = main_of(client, "overdue_actions")
        assert "2 of 5 open actions are past the deadline" in page
        assert audit.team is not None
        assert f"?show=overdue&amp;team={audit.team.pk}" in page
        assert f"?show=overdue&amp;manager={manager.pk}" in page
        assert "2 actions" in main_of(client, "actions", show="overdue", manager=manager.pk)


class TestSeveral:
    def test_says_what_will_happen_and_what_will_not(
        self, client: Client, audit: Audit, action: SmartAction, worker: User, team_manager: User
    ) -> None:
        other = submitted_with(audit, 1, how="Ring the school.")
        done(action, worker)
        client.force_login(team_manager)
        page = main_of(client, "several_actions", step="verify", pk=[action.pk, other.pk])
        assert "<b>1 action</b>, and not to 1" in page
        assert "nothing to verify yet" in page

    def test_goes_on_where_one_is_refused_and_keeps_what_was_typed(
        self, client: Client, audit: Audit, action: SmartAction, worker: User, team_manager: User
    ) -> None:
        other = submitted_with(audit, 1, how="Ring the school.")
        done(other, worker)
        client.force_login(worker)
        url = reverse("audits:several_actions")
        page = client.post(url, {"step": "done", "pk": [action.pk, other.pk], "evidence": EVIDENCE}).content.decode()
        assert "1 action went through" in page
        assert "recorded as done already" in page
        assert EVIDENCE in page
        assert SmartAction.objects.get(pk=action.pk).done_by == worker
        client.force_login(team_manager)
        left = client.post(url, {"step": "verify", "pk": [action.pk, other.pk], "note": SEEN}, follow=True)
        assert "2 actions: verify. All went through." in left.content.decode()

    def test_needs_something_ticked(self, client: Client, worker: User) -> None:
        client.force_login(worker)
        page = client.get(reverse("audits:several_actions"), {"step": "done"}, follow=True).content.decode()
        assert "Tick at least one action" in page
