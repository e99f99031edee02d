"""A case given by hand: what stands against it is read first, and what nobody can go past."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from allocation import cycles, overriding
from allocation.cycles import CycleError
from allocation.models import Allocation, Cycle, Draw, Origin, Override
from allocation.overriding import AS_DRAWN, StandsAgainst
from audits.models import Audit, Case, Selection, StatusChange
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, UserFactory

OVERRIDE = "/cycles/2026-11/override/"
REASON = "Nobody else knows sign language"
BOX = "I have read what stands against it"


@pytest.fixture(autouse=True)
def ten_november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Draw:
    return cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)


@pytest.fixture
def published(proposed: Draw, psw: User) -> Cycle:
    cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
    return Cycle.objects.get()


@pytest.fixture
def unused(published: Cycle, cases: list[Case]) -> Case:
    """A case that nobody was given."""
    return next(case for case in cases if not case.audits.exists())


@pytest.fixture
def deputy(unused: Case) -> User:
    """Somebody of the team that holds the case, who audits and does not manage it."""
    return UserFactory(name="Dora Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=unused.team)


def give(cycle: Cycle, case: Case, auditor: User, by: User, **changes: Any) -> Allocation:
    wanted = {"case": case, "auditor": auditor, "reason": REASON, "by": by, "at": NOW, "today": TODAY}
    given = overriding.override(cycle, **(wanted | changes))
    assert isinstance(given, Allocation)
    return given


def give_anyway(cycle: Cycle, case: Case, auditor: User, by: User) -> Allocation:
    with pytest.raises(StandsAgainst) as refused:
        give(cycle, case, auditor, by)
    return give(cycle, case, auditor, by, read=refused.value.mark)


class TestOverride:
    def test_gives_a_case_against_the_team_rule_and_keeps_the_reason(
        self, published: Cycle, unused: Case, deputy: User, psw: User
    ) -> None:
        allocation = give_anyway(published, unused, deputy, psw)
        assert allocation.override_reason == REASON
        assert allocation.audit.reference == "2026-11-0006"
        assert StatusChange.objects.get(audit=allocation.audit).reason == REASON
        assert Activity.objects.get(verb="gave a case by override").detail == {
            "against": ["Is in the team that holds this case"]
        }
        assert OutgoingMail.objects.filter(about="audit:2026-11-0006", kind="case_given").count() == 1

    def test_gives_nothing_before_what_stands_against_it_was_read(
        self, published: Cycle, unused: Case, deputy: User, psw: User
    ) -> None:
        with pytest.raises(StandsAgainst) as refused:
            give(published, unused, deputy, psw)
        assert refused.value.reasons == ["Is in the team that holds this case"]
        assert (Audit.objects.count(), OutgoingMail.objects.count()) == (5, 15)

    def test_counts_the_tick_for_the_pair_and_the_reasons_it_was_given_for(
        self, published: Cycle, unused: Case, deputy: User, psw: User
    ) -> None:
        with pytest.raises(StandsAgainst) as refused:
            give(published, unused, deputy, psw)
        another = UserFactory(job_role=JobRole.ADVANCED_PRACTITIONER, team=unused.team)
        with pytest.raises(StandsAgainst):
            give(published, unused, another, psw, read=refused.value.mark)
        User.objects.filter(pk=deputy.pk).update(monthly_quota=0)
        deputy.refresh_from_db()
        with pytest.raises(StandsAgainst):
            give(published, unused, deputy, psw, read=refused.value.mark)

    def test_counts_as_random_only_where_the_ticket_came_up(self, published: Cycle, auditor: User, psw: User) -> None:
        spare = Case.objects.get(pk=Draw.objects.get().result["reserve"][0])
        assert give(published, spare, auditor, psw).audit.selection == Selection.RANDOM
        assert give(published, CaseFactory(), auditor, psw).audit.selection == Selection.TARGETED

    def test_needs_a_reason_of_ten_characters(self, published: Cycle, unused: Case, psw: User) -> None:
        with pytest.raises(CycleError, match="Give the reason for this override"):
            give(published, unused, psw, psw, reason="I say so ")

    def test_never_gives_a_worker_their_own_case(self, published: Cycle, psw: User) -> None:
        practitioner = UserFactory(job_role=JobRole.ADVANCED_PRACTITIONER)
        case = CaseFactory(worker=practitioner)
        with pytest.raises(CycleError, match="nobody audits their own work"):
            give(published, case, practitioner, psw)

    def test_never_gives_a_case_to_the_manager_of_its_team(self, published: Cycle, unused: Case, psw: User) -> None:
        manager = User.objects.get(job_role=JobRole.TEAM_MANAGER, team=unused.team)
        with pytest.raises(CycleError, match="manages the team that holds") as refused:
            give(published, unused, manager, psw)
        assert refused.value.field == "auditor"

    def test_never_gives_a_case_to_a_deputy_who_stands_in_for_the_manager(
        self, published: Cycle, unused: Case, deputy: User, psw: User
    ) -> None:
        User.objects.filter(job_role=JobRole.TEAM_MANAGER, team=unused.team).update(leave_date=TODAY)
        with pytest.raises(CycleError, match="would answer their own audit"):
            give(published, unused, deputy, psw)

    def test_is_refused_for_somebody_who_does_not_audit(self, published: Cycle, unused: Case, psw: User) -> None:
        with pytest.raises(CycleError, match="does not audit"):
            give(published, unused, UserFactory(), psw)

    def test_is_refused_for_a_case_given_this_month_already(self, published: Cycle, auditor: User, psw: User) -> None:
        case = Allocation.objects.all()[0].case
        with pytest.raises(CycleError, match="was already given to somebody in November 2026"):
            give(published, case, auditor, psw)

    @pytest.mark.parametrize("status", ["withdrawn", "exempt"])
    def test_is_refused_in_words_where_this_draw_gave_the_case_and_it_was_taken_back(
        self, published: Cycle, auditor: User, psw: User, status: str
    ) -> None:
        given = Allocation.objects.all()[0]
        Audit.objects.filter(pk=given.audit_id).update(status=status)
        with pytest.raises(CycleError, match=f"as audit {given.audit.reference}, which is {status}") as refused:
            give(published, given.case, auditor, psw)
        assert refused.value.field == "case"

    @pytest.mark.parametrize("status", ["withdrawn", "exempt"])
    def test_gives_a_case_again_whose_audit_of_this_month_came_from_elsewhere_and_was_taken_back(
        self, published: Cycle, auditor: User, psw: User, status: str
    ) -> None:
        case = CaseFactory()
        AuditFactory(
            case=case, month=published.month, status=status, template_version=published.template_version,
            reference="2026-11-0100",
        )  # fmt: skip
        assert give(published, case, auditor, psw).audit.reference == "2026-11-0101"

    def test_is_refused_before_the_month_is_published(
        self, proposed: Draw, cases: list[Case], auditor: User, psw: User
    ) -> None:
        with pytest.raises(CycleError, match="November 2026 is not published"):
            give(proposed.cycle, cases[0], auditor, psw)

    def test_is_refused_once_the_month_is_closed(
        self, published: Cycle, unused: Case, auditor: User, psw: User
    ) -> None:
        cycles.close(published, by=psw, at=NOW, today=date(2026, 11, 30) + timedelta(days=1))
        with pytest.raises(CycleError, match="November 2026 is closed, so nothing can be added"):
            give(published, unused, auditor, psw)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestOverridePage:
    @pytest.fixture
    def page(self, client: Client, psw: User) -> Client:
        """The browser of the principal social worker."""
        client.force_login(psw)
        return client

    def posted(self, case: Case, auditor: User) -> dict[str, Any]:
        return {"case": case.reference, "auditor": auditor.pk, "reason": "Asked for by the court"}

    def test_gives_a_case_at_once_where_nothing_stands_against_it(
        self, page: Client, published: Cycle, auditors: list[User]
    ) -> None:
        assert BOX not in text_of(page.get(OVERRIDE))
        text = text_of(page.post(OVERRIDE, self.posted(CaseFactory(), auditors[0]), follow=True))
        assert "Audit 2026-11-0006 is given to Auditor 0." in text
        assert "By override: Asked for by the court" in text
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

    def test_shows_a_refusal_beside_the_case(self, page: Client, published: Cycle, auditors: list[User]) -> None:
        given = Allocation.objects.all()[0]
        response = page.post(OVERRIDE, self.posted(given.case, auditors[0]))
        assert "was already given to somebody" in response.context["form"].errors["case"][0]

    @pytest.mark.parametrize(
        ("status", "words"),
        [("published", "is closed"), ("proposed", "is not published"), ("open", "is not published")],
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
