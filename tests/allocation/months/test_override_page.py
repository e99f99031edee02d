"""The page where a case is given by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from allocation.models import Allocation, Cycle, Draw
from allocation.months import cycles
from audits.models import Case
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory

pytestmark = pytest.mark.usefixtures("ten_november")

OVERRIDE = "/cycles/2026-11/override/"
BOX = "I have read what stands against it"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestOverridePage:
    @pytest.fixture
    def page(self, client: Client, psw: User) -> Client:
        """The browser of the principal social worker."""
        client.force_login(psw)
        return client

    def posted(self, case: Case, auditor: User) -> dict[str, Any]:
        typed = {"case": case.reference, "auditor": auditor.pk, "reason": "Asked for by the court"}
        return typed | {"selection": "targeted"}

    def test_gives_a_case_at_once_where_nothing_stands_against_it(
        self, page: Client, published: Cycle, auditors: list[User]
    ) -> None:
        assert BOX not in text_of(page.get(OVERRIDE))
        User.objects.filter(pk=auditors[0].pk).update(monthly_quota=2)
        text = text_of(page.post(OVERRIDE, self.posted(CaseFactory(), auditors[0]), follow=True))
        assert "Audit 2026-11-0006 is given to Auditor 0." in text
        assert "Given by hand: Asked for by the court" in text
        assert "Asked for by the court" in text_of(page.get("/audits/2026-11-0006/"))

    def test_shows_what_stands_against_it_and_gives_it_once_that_is_ticked(
        self, page: Client, published: Cycle, unused: Case, deputy: User
    ) -> None:
        response = page.post(OVERRIDE, self.posted(unused, deputy))
        text = text_of(response)
        assert "<li>Is in the team that holds this case</li>" in text
        assert "Nothing has been given yet" in text
        assert BOX in text
        assert not unused.audits.exists()
        ((mark, _),) = response.context["form"].fields["read"].choices
        assert BOX in text_of(page.post(OVERRIDE, self.posted(unused, deputy) | {"read": "on"}))
        text = text_of(page.post(OVERRIDE, self.posted(unused, deputy) | {"read": mark}, follow=True))
        assert "is given to Dora Deputy." in text

    def test_refuses_the_manager_of_the_team_beside_the_auditor(
        self, page: Client, published: Cycle, unused: Case
    ) -> None:
        manager = User.objects.get(job_role=JobRole.TEAM_MANAGER, team=unused.team)
        response = page.post(OVERRIDE, self.posted(unused, manager))
        (refusal,) = response.context["form"].errors["auditor"]
        assert "would answer their own audit" in refusal
        assert BOX not in text_of(response)

    def test_shows_a_refusal_beside_the_case(self, page: Client, published: Cycle) -> None:
        given = Allocation.objects.all()[0]
        response = page.post(OVERRIDE, self.posted(given.case, given.auditor))
        assert "was already given to somebody" in response.context["form"].errors["case"][0]

    @pytest.mark.parametrize(
        ("status", "words"),
        [("published", "is closed"), ("open", "has no draw yet")],
    )
    def test_says_so_without_a_form_where_nothing_can_be_added(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User, status: str, words: str
    ) -> None:
        if status != "open":
            cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
        if status == "published":
            cycles.publish(cycle, by=psw, at=NOW, today=TODAY)
            cycles.close(cycle, by=psw, at=NOW, today=date(2026, 12, 1))
        for response in (page.get(OVERRIDE), page.post(OVERRIDE, self.posted(cases[0], psw))):
            text = text_of(response)
            assert f"November 2026 {words}, so nothing can be added to it." in text
            assert "Give the case and send the emails" not in text

    def test_adds_a_pair_to_a_proposed_draw_without_telling_anybody(self, page: Client, proposed: Draw) -> None:
        assert "Nobody is told yet" in text_of(page.get(OVERRIDE))
        case, drawn = CaseFactory(), User.objects.get(pk=proposed.result["pairs"][0]["auditor_id"])
        response = page.post(OVERRIDE, self.posted(case, drawn))
        assert "<li>They already have 1 of 1 place; this makes 2</li>" in text_of(response)
        ((mark, _),) = response.context["form"].fields["read"].choices
        text = text_of(page.post(OVERRIDE, self.posted(case, drawn) | {"read": mark}, follow=True))
        assert f"Case {case.reference} goes to {drawn} when you publish. Nobody is told yet." in text
        assert "more than their places" in text
        assert not OutgoingMail.objects.exists()

    def test_asks_for_a_due_date_once_that_of_the_month_has_passed(
        self, page: Client, published: Cycle, auditors: list[User], psw: User
    ) -> None:
        assert "due_on" not in page.get(OVERRIDE).context["form"].fields
        with time_machine.travel(NOW + timedelta(days=23), tick=False):  # 3 December
            page.force_login(psw)
            case = CaseFactory()
            User.objects.filter(pk=auditors[0].pk).update(monthly_quota=2)
            response = page.post(OVERRIDE, self.posted(case, auditors[0]))
            assert "Give this audit a due date of its own" in response.context["form"].errors["due_on"][0]
            day = {"due_on_day": "11", "due_on_month": "12", "due_on_year": "2026"}
            text = text_of(page.post(OVERRIDE, self.posted(case, auditors[0]) | day, follow=True))
            assert "is given to Auditor 0." in text
            assert case.audits.get().due_on == date(2026, 12, 11)
