"""Who and what is in a draw: each rule, both ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from allocation.models import Cycle
from allocation.pool import auditor_pool, case_pool, ties_of, why_not
from audits.models import Audit, Case, TemplateVersion
from people.models import Absence, Team, User
from people.roles import JobRole
from tests.conftest import TODAY
from tests.factories import AuditFactory, CaseFactory, InvolvementFactory, TeamFactory, UserFactory

DUE = date(2026, 11, 30)


def submitted_on(template: TemplateVersion, day: date, **fields: Any) -> Audit:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return AuditFactory(
        template_version=template,
        month=day.replace(day=1),
        status="with_team",
        submitted_at=at,
        part_b_due_on=day,
        **fields,
    )


class TestCasePool:
    def test_holds_open_cases_with_a_worker_or_a_team(self, cycle: Cycle) -> None:
        known = [CaseFactory(), CaseFactory(worker=None), CaseFactory(team=None, worker=UserFactory())]
        pool = case_pool(cycle, today=TODAY)
        assert pool.case_ids == tuple(case.pk for case in known)
        assert pool.excluded == ()

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"closed_on": TODAY}, "The case is closed"),
            ({"restricted": True}, "The record is restricted"),
            ({"team": None, "worker": None}, "Neither a worker nor a team is known"),
        ],
    )
    def test_leaves_cases_out_with_the_reason(self, cycle: Cycle, fields: dict[str, Any], reason: str) -> None:
        CaseFactory(**fields)
        pool = case_pool(cycle, today=TODAY)
        assert (pool.case_ids, pool.exclusions) == ((), [(reason, 1)])

    def test_keeps_a_case_that_closes_tomorrow(self, cycle: Cycle) -> None:
        CaseFactory(closed_on=date(2026, 11, 11))
        assert len(case_pool(cycle, today=TODAY).case_ids) == 1

    @pytest.mark.parametrize(("day", "out"), [(date(2025, 11, 1), True), (date(2025, 10, 31), False)])
    def test_leaves_out_what_was_audited_in_the_last_twelve_months(
        self, cycle: Cycle, core_template: TemplateVersion, day: date, out: bool
    ) -> None:
        submitted_on(core_template, day)
        pool = case_pool(cycle, today=TODAY)
        assert pool.exclusions == ([("It was audited in the last 12 months", 1)] if out else [])

    def test_leaves_out_a_case_whose_audit_is_not_finished(self, cycle: Cycle, core_template: TemplateVersion) -> None:
        AuditFactory(template_version=core_template, status="in_progress")
        assert case_pool(cycle, today=TODAY).exclusions == [("An audit of it is not finished yet", 1)]

    @pytest.mark.parametrize("status", ["exempt", "withdrawn"])
    def test_keeps_a_case_whose_audit_came_to_nothing(
        self, cycle: Cycle, core_template: TemplateVersion, status: str
    ) -> None:
        AuditFactory(template_version=core_template, status=status)
        assert len(case_pool(cycle, today=TODAY).case_ids) == 1

    def test_counts_each_case_once_under_the_first_reason(self, cycle: Cycle) -> None:
        CaseFactory(closed_on=TODAY, restricted=True)
        CaseFactory(restricted=True)
        CaseFactory(restricted=True)
        assert case_pool(cycle, today=TODAY).exclusions == [("The record is restricted", 2), ("The case is closed", 1)]

    def test_asks_two_questions_whatever_the_size(
        self, cycle: Cycle, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        for _ in range(20):
            CaseFactory()
        with django_assert_num_queries(2):
            case_pool(cycle, today=TODAY)


class TestAuditorPool:
    def reasons(self, cycle: Cycle) -> dict[str, str]:
        return {person.name: why for person, why in auditor_pool(cycle, today=TODAY).kept_out}

    def test_holds_those_who_audit_by_role_or_by_their_own_record(self, cycle: Cycle) -> None:
        manager = UserFactory(job_role=JobRole.TEAM_MANAGER, monthly_quota=2)
        chosen = UserFactory(job_role=JobRole.CONSULTANT_SOCIAL_WORKER, audits_as_rule=True)
        UserFactory(job_role=JobRole.TEAM_MANAGER, audits_as_rule=False)
        UserFactory(job_role=JobRole.SOCIAL_WORKER)
        pool = auditor_pool(cycle, today=TODAY)
        assert set(pool.available) == {manager, chosen}
        assert pool.places == 3

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"monthly_quota": 0}, "Has a quota of nought"),
            ({"start_date": date(2026, 11, 11)}, "Does not work here on this day"),
            ({"leave_date": date(2026, 11, 10)}, "Does not work here on this day"),
            ({"leave_date": DUE}, "Leaves before the due date"),
        ],
    )
    def test_keeps_people_out_with_the_reason(self, cycle: Cycle, fields: dict[str, Any], reason: str) -> None:
        UserFactory(name="Iris", job_role=JobRole.IRO, **fields)
        assert self.reasons(cycle) == {"Iris": reason}

    def test_forgets_those_who_left_before_the_month_and_closed_accounts(self, cycle: Cycle) -> None:
        UserFactory(job_role=JobRole.IRO, leave_date=date(2026, 10, 31))
        UserFactory(job_role=JobRole.IRO, is_active=False)
        pool = auditor_pool(cycle, today=TODAY)
        assert (pool.available, pool.kept_out) == ((), ())

    @pytest.mark.parametrize(
        ("absences", "out"),
        [
            ([(TODAY, DUE)], True),
            ([(date(2026, 10, 1), date(2026, 12, 24))], True),
            ([(date(2026, 11, 20), DUE), (date(2026, 11, 1), date(2026, 11, 19))], True),
            ([(TODAY, date(2026, 11, 29))], False),
            ([(date(2026, 11, 11), DUE)], False),
            ([(TODAY, date(2026, 11, 18)), (date(2026, 11, 20), DUE)], False),
        ],
    )
    def test_keeps_out_only_who_is_away_all_the_time(
        self, cycle: Cycle, absences: list[tuple[date, date]], out: bool
    ) -> None:
        person = UserFactory(name="Iris", job_role=JobRole.IRO)
        for starts, ends in absences:
            Absence.objects.create(user=person, starts=starts, ends=ends)
        assert self.reasons(cycle) == ({"Iris": "Is away until the due date"} if out else {})

    def test_does_not_take_a_due_date_in_the_past_for_absence(self, cycle: Cycle) -> None:
        person = UserFactory(job_role=JobRole.IRO)
        assert auditor_pool(cycle, today=date(2026, 12, 2)).available == (person,)

    def test_holds_only_the_rota_groups_of_the_cycle(self, cycle: Cycle) -> None:
        cycle.groups = ["A", "B"]
        for group in ["A", "B", "C", ""]:
            UserFactory(name=f"Of {group}", job_role=JobRole.IRO, audit_group=group)
        pool = auditor_pool(cycle, today=TODAY)
        assert [person.name for person in pool.available] == ["Of A", "Of B"]
        assert self.reasons(cycle) == {"Of C": "Is in another rota group", "Of ": "Is in another rota group"}


class TestTies:
    """Who is kept from a case (L2): each rule, and the nearest thing that is allowed."""

    @pytest.fixture
    def case(self) -> Case:
        return CaseFactory()

    @pytest.fixture
    def them(self, other_team: Team) -> User:
        return UserFactory(job_role=JobRole.TEAM_MANAGER, team=other_team)

    def reasons(self, cycle: Cycle, case: Case, auditor: User) -> list[str]:
        return ties_of(cycle, [case.pk])[case.pk].reasons(auditor)

    def test_leave_a_stranger_free(self, cycle: Cycle, case: Case, them: User) -> None:
        InvolvementFactory(case=case, user=UserFactory())
        assert self.reasons(cycle, case, them) == []

    def test_keep_the_worker_from_it(self, cycle: Cycle, them: User) -> None:
        case = CaseFactory(worker=them, team=None)
        assert "is the worker of this case" in self.reasons(cycle, case, them)

    def test_keep_the_chair_from_it(self, cycle: Cycle, them: User) -> None:
        assert self.reasons(cycle, CaseFactory(chair=them), them) == ["chairs this child's plan"]

    def test_keep_from_it_who_was_ever_involved(self, cycle: Cycle, case: Case, them: User) -> None:
        InvolvementFactory(case=case, user=them, starts=date(2010, 1, 1), ends=date(2010, 2, 1))
        assert self.reasons(cycle, case, them) == ["was involved in this case"]

    def test_keep_the_team_that_holds_it_from_it(self, cycle: Cycle, them: User) -> None:
        assert self.reasons(cycle, CaseFactory(team=them.team), them) == ["is in the team that holds this case"]

    def test_keep_the_workers_team_from_it_where_the_case_names_none(self, cycle: Cycle, them: User) -> None:
        case = CaseFactory(team=None, worker=UserFactory(team=them.team))
        assert self.reasons(cycle, case, them) == ["is in the team that holds this case"]

    @pytest.mark.parametrize(
        ("ends", "kept"),
        [(None, True), (date(2024, 11, 1), True), (date(2024, 10, 31), False), (date(2027, 1, 1), True)],
    )
    def test_keep_an_involved_team_from_it_for_24_months(
        self, cycle: Cycle, case: Case, them: User, ends: date | None, kept: bool
    ) -> None:
        InvolvementFactory(case=case, team=them.team, starts=date(2024, 1, 1), ends=ends)
        expected = ["is in a team that was involved in this case"] if kept else []
        assert self.reasons(cycle, case, them) == expected

    def test_keep_the_team_of_an_involved_person_from_it_where_the_file_names_none(
        self, cycle: Cycle, case: Case, them: User
    ) -> None:
        colleague = UserFactory(team=them.team)
        InvolvementFactory(case=case, user=colleague)
        assert self.reasons(cycle, case, them) == ["is in a team that was involved in this case"]

    def test_follow_the_team_that_the_file_names_rather_than_where_somebody_is_now(
        self, cycle: Cycle, case: Case, them: User
    ) -> None:
        InvolvementFactory(case=case, user=UserFactory(team=them.team), team=TeamFactory())
        assert self.reasons(cycle, case, them) == []

    @pytest.mark.parametrize(("level", "kept"), [(1, True), (2, True), (3, True), (4, False)])
    def test_keep_three_levels_of_the_workers_managers_from_it(
        self, cycle: Cycle, them: User, level: int, kept: bool
    ) -> None:
        above = them
        for _ in range(level - 1):
            above = UserFactory(line_manager=above)
        case = CaseFactory(worker=UserFactory(line_manager=above))
        assert self.reasons(cycle, case, them) == (["manages the worker of this case"] if kept else [])

    def test_ask_one_question_for_any_number_of_cases(
        self, cycle: Cycle, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        cases = [CaseFactory() for _ in range(10)]
        with django_assert_num_queries(1):
            assert len(ties_of(cycle, [case.pk for case in cases])) == 10


class TestWhyNot:
    def test_gives_every_reason_about_case_auditor_and_both(self, cycle: Cycle) -> None:
        auditor = UserFactory(job_role=JobRole.TEAM_MANAGER, team=TeamFactory(), monthly_quota=0)
        case = CaseFactory(team=auditor.team, restricted=True, chair=auditor)
        assert why_not(cycle, case, auditor, today=TODAY) == [
            "The record is restricted",
            "Has a quota of nought",
            "Chairs this child's plan",
            "Is in the team that holds this case",
        ]

    def test_is_empty_where_nothing_stands_against_it(self, cycle: Cycle, auditor: User) -> None:
        assert why_not(cycle, CaseFactory(), auditor, today=TODAY) == []
