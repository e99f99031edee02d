"""Who is kept from a case: each tie, the nearest thing that is allowed, and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from allocation.eligibility import rules
from allocation.eligibility.ties import KIND_WORDS, Ties, lookback_start, reasons_from_tokens, ties_of
from allocation.models import Cycle
from audits.models import Audit, Case, TemplateVersion
from people.models import Team, User
from people.roles import JobRole
from tests.conftest import NOW
from tests.factories import AuditFactory, CaseFactory, InvolvementFactory, TeamFactory, UserFactory

MAY = date(2026, 5, 1)


@pytest.fixture
def case() -> Case:
    return CaseFactory()


@pytest.fixture
def them(other_team: Team) -> User:
    return UserFactory(name="Thea Them", job_role=JobRole.TEAM_MANAGER, team=other_team)


def reasons(cycle: Cycle, case: Case, auditor: User) -> list[str]:
    return ties_of(cycle, [case.pk])[case.pk].reasons(auditor)


def given(template: TemplateVersion, auditor: User, day: date, **fields: Any) -> Audit:
    """An audit given to somebody on a day."""
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    made = {"template_version": template, "auditor": auditor, "month": day.replace(day=1), "allocated_at": at}
    return AuditFactory(**{**made, **fields})


class TestTiesByRecord:
    """Ties that the case's own record shows (L2)."""

    def test_leave_a_stranger_free(self, cycle: Cycle, case: Case, them: User) -> None:
        InvolvementFactory(case=case, user=UserFactory())
        assert reasons(cycle, case, them) == []

    def test_keep_the_worker_from_it(self, cycle: Cycle, them: User) -> None:
        case = CaseFactory(worker=them, team=None)
        assert "is the worker of this case" in reasons(cycle, case, them)

    def test_keep_the_chair_from_it(self, cycle: Cycle, them: User) -> None:
        assert reasons(cycle, CaseFactory(chair=them), them) == ["chairs this child's plan"]

    def test_keep_from_it_who_was_ever_involved(self, cycle: Cycle, case: Case, them: User) -> None:
        InvolvementFactory(case=case, user=them, starts=date(2010, 1, 1), ends=date(2010, 2, 1))
        assert reasons(cycle, case, them) == ["was involved in this case"]

    def test_keep_the_team_that_holds_it_from_it(self, cycle: Cycle, them: User) -> None:
        assert reasons(cycle, CaseFactory(team=them.team), them) == ["is in the team that holds this case"]

    def test_keep_the_workers_team_from_it_where_the_case_names_none(self, cycle: Cycle, them: User) -> None:
        case = CaseFactory(team=None, worker=UserFactory(team=them.team))
        assert reasons(cycle, case, them) == ["is in the team that holds this case"]

    @pytest.mark.parametrize(
        ("ends", "kept"),
        [(None, True), (date(2024, 11, 1), True), (date(2024, 10, 31), False), (date(2027, 1, 1), True)],
    )
    def test_keep_an_involved_team_from_it_for_24_months(
        self, cycle: Cycle, case: Case, them: User, ends: date | None, kept: bool
    ) -> None:
        InvolvementFactory(case=case, team=them.team, starts=date(2024, 1, 1), ends=ends)
        expected = ["is in a team that was involved in this case"] if kept else []
        assert reasons(cycle, case, them) == expected

    def test_keep_an_involved_team_from_it_as_long_as_the_rules_say(
        self, cycle: Cycle, case: Case, them: User, psw: User
    ) -> None:
        InvolvementFactory(case=case, team=them.team, starts=date(2024, 1, 1), ends=date(2025, 11, 1))
        rules.change(reason="As the board decided", by=psw, at=NOW, lookback_months=12)
        assert lookback_start(cycle) == date(2025, 11, 1)
        assert reasons(cycle, case, them) == ["is in a team that was involved in this case"]
        rules.change(reason="As the board decided", by=psw, at=NOW, lookback_months=11)
        assert reasons(cycle, case, them) == []

    def test_keep_the_team_of_an_involved_person_from_it_where_the_file_names_none(
        self, cycle: Cycle, case: Case, them: User
    ) -> None:
        colleague = UserFactory(team=them.team)
        InvolvementFactory(case=case, user=colleague)
        assert reasons(cycle, case, them) == ["is in a team that was involved in this case"]

    def test_follow_the_team_that_the_file_names_rather_than_where_somebody_is_now(
        self, cycle: Cycle, case: Case, them: User
    ) -> None:
        InvolvementFactory(case=case, user=UserFactory(team=them.team), team=TeamFactory())
        assert reasons(cycle, case, them) == []

    @pytest.mark.parametrize(("level", "kept"), [(1, True), (2, True), (3, True), (4, False)])
    def test_keep_three_levels_of_the_workers_managers_from_it(
        self, cycle: Cycle, them: User, level: int, kept: bool
    ) -> None:
        above = them
        for _ in range(level - 1):
            above = UserFactory(line_manager=above)
        case = CaseFactory(worker=UserFactory(line_manager=above))
        assert reasons(cycle, case, them) == (["manages the worker of this case"] if kept else [])

    def test_go_when_the_case_moves_to_other_people(self, cycle: Cycle, them: User) -> None:
        case = CaseFactory(chair=them, team=them.team, worker=UserFactory(line_manager=them))
        assert len(reasons(cycle, case, them)) == 3
        Case.objects.filter(pk=case.pk).update(chair=None, team=TeamFactory(), worker=UserFactory())
        assert reasons(cycle, case, them) == []


class TestTiesByEarlierAudits:
    """The same auditor is not given the same child or the same worker again and again (domain §3.4)."""

    @pytest.mark.parametrize(
        ("day", "kept"), [(date(2024, 11, 1), True), (date(2024, 10, 31), False), (date(2026, 10, 30), True)]
    )
    def test_keep_from_it_who_audited_this_child_in_24_months(
        self, cycle: Cycle, case: Case, them: User, core_template: TemplateVersion, day: date, kept: bool
    ) -> None:
        given(core_template, them, day, case=case, worker=UserFactory())
        assert reasons(cycle, case, them) == (["audited this child recently"] if kept else [])

    @pytest.mark.parametrize(
        ("day", "kept"), [(date(2026, 5, 1), True), (date(2026, 4, 30), False), (date(2026, 10, 30), True)]
    )
    def test_keep_from_it_who_audited_another_case_of_this_worker_in_6_months(
        self, cycle: Cycle, case: Case, them: User, core_template: TemplateVersion, day: date, kept: bool
    ) -> None:
        given(core_template, them, day, case=CaseFactory(worker=case.worker))
        assert reasons(cycle, case, them) == (["audited another case of this worker recently"] if kept else [])

    def test_count_who_was_the_worker_then(
        self, cycle: Cycle, case: Case, them: User, core_template: TemplateVersion
    ) -> None:
        given(core_template, them, MAY, case=CaseFactory(), worker=case.worker)
        assert reasons(cycle, case, them) == ["audited another case of this worker recently"]
        another = CaseFactory(worker=UserFactory(team=case.team), team=case.team)
        given(core_template, UserFactory(), MAY, case=another)
        assert reasons(cycle, another, them) == []

    def test_forget_an_audit_that_was_set_aside(
        self, cycle: Cycle, case: Case, them: User, core_template: TemplateVersion
    ) -> None:
        audit = given(core_template, them, MAY, case=case)
        assert reasons(cycle, case, them) == ["audited this child recently"]
        for status in ("exempt", "withdrawn"):
            Audit.objects.filter(pk=audit.pk).update(status=status)
            assert reasons(cycle, case, them) == []

    def test_go_over_to_whoever_took_the_audit(
        self, cycle: Cycle, case: Case, them: User, core_template: TemplateVersion
    ) -> None:
        peer = UserFactory()
        audit = given(core_template, them, MAY, case=case)
        Audit.objects.filter(pk=audit.pk).update(auditor=peer)
        assert (reasons(cycle, case, them), reasons(cycle, case, peer)) == ([], ["audited this child recently"])

    def test_leave_the_audits_of_the_month_itself_out_of_account(
        self, cycle: Cycle, case: Case, them: User, core_template: TemplateVersion
    ) -> None:
        given(core_template, them, cycle.month, case=case)
        given(core_template, them, cycle.month, case=CaseFactory(worker=case.worker))
        assert reasons(cycle, case, them) == []

    def test_are_off_where_the_rules_say_nought_months(
        self, cycle: Cycle, case: Case, them: User, core_template: TemplateVersion, psw: User
    ) -> None:
        given(core_template, them, MAY, case=case)
        given(core_template, them, MAY, case=CaseFactory(worker=case.worker))
        assert len(reasons(cycle, case, them)) == 2
        rules.change(reason="As the board decided", by=psw, at=NOW, same_child_months=0)
        assert reasons(cycle, case, them) == ["audited another case of this worker recently"]
        rules.change(reason="As the board decided", by=psw, at=NOW, same_worker_months=0)
        assert reasons(cycle, case, them) == []

    def test_bind_nobody_by_a_case_without_a_worker(
        self, cycle: Cycle, them: User, core_template: TemplateVersion
    ) -> None:
        given(core_template, them, MAY, case=CaseFactory(worker=None), worker=None)
        assert reasons(cycle, CaseFactory(worker=None), them) == []


class TestReasons:
    def test_tell_what_binds_the_supervisor_after_what_binds_the_auditor(self, them: User) -> None:
        mo = UserFactory(name="Mo Mentor", team=them.team)
        ties = Ties(worker=frozenset([mo.pk]), chair=frozenset([them.pk]), teams=frozenset([them.team_id or 0]))
        assert ties.reasons(them, mo) == [
            "chairs this child's plan",
            "is in the team that holds this case",
            "has a supervisor, Mo Mentor, who is the worker of this case",
            "has a supervisor, Mo Mentor, who is in the team that holds this case",
        ]
        assert ties.reasons(them) == ties.reasons(them, mo)[:2]

    def test_leave_somebody_without_a_team_free_of_teams(self, db: None) -> None:
        assert Ties(teams=frozenset([1]), involved_teams=frozenset([2])).reasons(UserFactory(team=None)) == []

    def test_are_the_same_from_the_tokens_of_the_frozen_document(self, them: User) -> None:
        mine, team = frozenset([them.pk]), frozenset([them.team_id or 0])
        everything = Ties(mine, mine, mine, mine, mine, mine, team, team)
        assert len(everything.tokens()) == len(KIND_WORDS)
        assert reasons_from_tokens(everything.tokens()) == everything.reasons(them)
        assert reasons_from_tokens(everything.kinds(them)) == everything.reasons(them)

    def test_do_not_say_that_the_team_that_holds_it_was_involved(self) -> None:
        assert reasons_from_tokens(["v7", "t7"]) == ["is in the team that holds this case"]
        assert reasons_from_tokens(["v7"]) == ["is in a team that was involved in this case"]


class TestTokens:
    def test_name_the_kind_and_the_id_in_order(self) -> None:
        ties = Ties(
            worker=frozenset([12]),
            managers=frozenset([3, 20]),
            audited_child=frozenset([5]),
            audited_worker=frozenset([6]),
            teams=frozenset([7]),
            involved_teams=frozenset([7, 8]),
        )
        assert ties.tokens() == ["a5", "k6", "m20", "m3", "t7", "v7", "v8", "w12"]
        assert Ties().tokens() == []


class TestTiesOf:
    @pytest.mark.parametrize("size", [1, 10])
    def test_asks_four_questions_for_any_number_of_cases(
        self, cycle: Cycle, django_assert_num_queries: Callable[[int], Any], size: int
    ) -> None:
        cases = [CaseFactory() for _ in range(size)]
        with django_assert_num_queries(4):
            assert len(ties_of(cycle, [case.pk for case in cases])) == size

    def test_keeps_each_cases_ties_to_itself(self, cycle: Cycle, core_template: TemplateVersion, them: User) -> None:
        first, second = CaseFactory(chair=them), CaseFactory()
        InvolvementFactory(case=second, user=them)
        given(core_template, them, MAY, case=second)
        ties = ties_of(cycle, [first.pk, second.pk])
        assert ties[first.pk].reasons(them) == ["chairs this child's plan"]
        assert "chairs this child's plan" not in ties[second.pk].reasons(them)
