"""Who could audit one case: everybody in the month's pool, free ones first, in an order that nobody chooses."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.eligibility.candidates import candidates
from allocation.models import AuditRequest, Competency, Cycle
from allocation.months import cycles
from allocation.months.overriding import StandsAgainst, override
from audits.models import Audit, Case, TemplateVersion
from people.models import User
from people.roles import JobRole
from tests.allocation.published import publish
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, TeamFactory, UserFactory


@pytest.fixture
def case() -> Case:
    return CaseFactory()


@pytest.fixture
def five(db: None) -> list[User]:
    """Five auditors of five teams."""
    return [UserFactory(name=f"Auditor {n}", job_role=JobRole.IRO, team=TeamFactory()) for n in range(5)]


def give(template: TemplateVersion, person: User, count: int = 1, status: str = "allocated") -> None:
    for _ in range(count):
        AuditFactory(template_version=template, auditor=person, status=status, team_manager=None)


class TestCandidates:
    def test_are_everybody_in_the_months_pool_and_nobody_else(self, cycle: Cycle, case: Case, five: list[User]) -> None:
        UserFactory(job_role=JobRole.IRO, monthly_quota=0)
        UserFactory(job_role=JobRole.SOCIAL_WORKER)
        assert [each.person for each in candidates(cycle, case, today=TODAY)] == five

    def test_come_with_what_keeps_them_from_the_case_after_those_who_are_free(
        self, cycle: Cycle, five: list[User]
    ) -> None:
        case = CaseFactory(chair=five[0], team=five[0].team)
        found = candidates(cycle, case, today=TODAY)
        assert [each.person for each in found] == [*five[1:], five[0]]
        assert [each.is_free for each in found] == [True] * 4 + [False]
        assert found[-1].reasons == ["chairs this child's plan", "is in the team that holds this case"]

    def test_come_with_what_keeps_their_supervisor_from_the_case(
        self, cycle: Cycle, core_template: TemplateVersion, five: list[User], psw: User
    ) -> None:
        learner, mentor = five[0], five[1]
        signed = {"state": "signed_off", "signed_off_by": psw, "signed_off_at": NOW}
        Competency.objects.create(user=mentor, template=core_template.template, begun_at=NOW, **signed)
        Competency.objects.create(user=learner, template=core_template.template, begun_at=NOW, supervisor=mentor)
        found = {each.person: each for each in candidates(cycle, CaseFactory(chair=mentor), today=TODAY)}
        assert found[learner].supervisor == mentor
        assert found[learner].reasons == ["has a supervisor, Auditor 1, who chairs this child's plan"]

    def test_come_in_the_order_of_how_few_audits_they_have_this_month(
        self, cycle: Cycle, case: Case, core_template: TemplateVersion, five: list[User]
    ) -> None:
        for person, count in zip(five, [2, 0, 3, 1, 1], strict=True):
            give(core_template, person, count)
        give(core_template, five[1], 4, status="withdrawn")
        AuditFactory(template_version=core_template, auditor=five[1], month=date(2026, 10, 1), team_manager=None)
        found = candidates(cycle, case, today=TODAY)
        assert [each.person for each in found] == [five[1], five[3], five[4], five[0], five[2]]
        assert [each.held for each in found] == [0, 1, 1, 2, 3]

    def test_say_how_many_places_each_has(self, cycle: Cycle, case: Case, five: list[User]) -> None:
        User.objects.filter(pk=five[2].pk).update(monthly_quota=3)
        assert [each.places for each in candidates(cycle, case, today=TODAY)] == [1, 1, 3, 1, 1]

    def test_come_with_a_place_left_before_those_who_are_full(
        self, cycle: Cycle, case: Case, core_template: TemplateVersion, five: list[User]
    ) -> None:
        User.objects.filter(pk=five[4].pk).update(monthly_quota=4)
        for person, count in zip(five, [1, 1, 2, 1, 3], strict=True):
            give(core_template, person, count)
        found = candidates(cycle, case, today=TODAY)
        assert [each.person for each in found] == [five[4], five[0], five[1], five[3], five[2]]
        assert [each.is_full for each in found] == [False, True, True, True, True]

    @pytest.mark.parametrize("why", ["leave", "sickness", "capacity", "leaving", "other", ""])
    def test_are_not_free_once_an_exemption_of_their_own_used_up_their_place(
        self, cycle: Cycle, case: Case, core_template: TemplateVersion, five: list[User], why: str
    ) -> None:
        """Without a reason: exempted by whoever runs the programme, without a request."""
        audit = self.exempt(core_template, five[0], why)
        found = {each.person: each for each in candidates(cycle, case, today=TODAY)}
        assert found[five[0]].reasons == [f"is exempt from audit {audit.reference} this month"]
        assert (found[five[0]].held, found[five[0]].is_full, found[five[0]].bound) == (1, True, [])
        assert list(found)[-1] == five[0]
        assert all(each.is_free and not each.exempt for person, each in found.items() if person != five[0])

    @pytest.mark.parametrize("why", ["known", "worker_away"])
    def test_keep_their_place_where_the_exemption_was_about_the_case(
        self, cycle: Cycle, case: Case, core_template: TemplateVersion, five: list[User], why: str
    ) -> None:
        self.exempt(core_template, five[0], why)
        (found,) = [each for each in candidates(cycle, case, today=TODAY) if each.person == five[0]]
        assert (found.reasons, found.held, found.is_full) == ([], 0, False)

    def test_forget_an_exemption_of_another_month_and_one_that_was_refused(
        self, cycle: Cycle, case: Case, core_template: TemplateVersion, five: list[User]
    ) -> None:
        self.exempt(core_template, five[0], "capacity", month=date(2026, 10, 1))
        give(core_template, five[1])
        self.request_about(Audit.objects.get(auditor=five[1]), "capacity", "refused")
        found = {each.person: each for each in candidates(cycle, case, today=TODAY)}
        assert [found[five[0]].held, found[five[1]].held] == [0, 1]
        assert all(each.is_free for each in found.values())

    def test_are_named_with_it_to_whoever_gives_them_a_case_by_hand(
        self, cycle: Cycle, core_template: TemplateVersion, five: list[User], cases: list[Case], psw: User
    ) -> None:
        publish(cycle, psw)
        audit = self.exempt(core_template, five[0], "sickness", reference="2026-11-0900")
        wanted = {"case": CaseFactory(), "auditor": five[0], "reason": "Asked for it herself"}
        with pytest.raises(StandsAgainst) as refused:
            override(cycle, **wanted, by=psw, at=NOW, today=TODAY)
        assert f"Is exempt from audit {audit.reference} this month" in refused.value.reasons

    def exempt(self, template: TemplateVersion, person: User, why: str, **changes: Any) -> Audit:
        given = {"auditor": person, "status": "exempt", "team_manager": None} | changes
        audit: Audit = AuditFactory(template_version=template, **given)
        if why:
            self.request_about(audit, why, "agreed")
        return audit

    @staticmethod
    def request_about(audit: Audit, why: str, state: str) -> None:
        AuditRequest.objects.create(
            audit=audit,
            kind="exemption",
            why=why,
            reason="Cannot do it",
            due_on_before=audit.due_on,
            asked_by=audit.auditor,
            asked_at=NOW,
            state=state,
            settled_at=NOW,
        )

    def test_leave_out_whom_they_are_told_to(self, cycle: Cycle, case: Case, five: list[User]) -> None:
        found = candidates(cycle, case, today=TODAY, leave_out=[five[0].pk, five[4].pk])
        assert [each.person for each in found] == five[1:4]

    def test_come_by_the_ticket_of_the_latest_draw_where_they_are_equal(
        self, cycle: Cycle, five: list[User], cases: list[Case], psw: User
    ) -> None:
        for reason in ("", "Somebody was away after all"):
            seed = cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY, reason=reason).seed
        tickets = {each.pk: sha256(f"auditor:{seed}:{each.pk}".encode()).hexdigest() for each in five}
        outside = CaseFactory()
        found = [each.person.pk for each in candidates(cycle, outside, today=TODAY) if each.person.pk in tickets]
        assert found == sorted(tickets, key=lambda pk: tickets[pk])

    def test_ask_the_same_number_of_questions_whatever_their_number(
        self, cycle: Cycle, case: Case, core_template: TemplateVersion, five: list[User]
    ) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                candidates(cycle, case, today=TODAY)
            return len(queries)

        before = asked()
        for _ in range(10):
            give(core_template, UserFactory(job_role=JobRole.IRO))
        assert asked() == before
        assert Audit.objects.count() == 10
