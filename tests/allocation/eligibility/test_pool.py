"""Which cases are in a draw and why not the others: each rule, both ways; and why not this auditor with this case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.eligibility import rules
from allocation.eligibility.pool import case_pool, supervisors_of, why_not, why_not_each, why_out
from allocation.models import CaseHold, Competency, Cycle, Rules
from audits.models import Audit, Case, Selection, TemplateVersion
from people.models import User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, TeamFactory, UserFactory

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def ruled(psw: User) -> Callable[..., Rules]:
    """Put other rules in force."""

    def change(**values: Any) -> Rules:
        return rules.change(reason="As the board decided", by=psw, at=NOW, **values)

    return change


def submitted_on(template: TemplateVersion, day: date, **fields: Any) -> Audit:
    """A completed audit that went in at noon of a day."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    given = {"month": day.replace(day=1), "status": "with_team", "submitted_at": at, "part_b_due_on": day}
    return AuditFactory(template_version=template, **{**given, **fields})


def why(cycle: Cycle, *, today: date = TODAY) -> list[tuple[str, int]]:
    return case_pool(cycle, today=today).exclusions


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
            ({"flags": ["missing", "relative_of_staff"]}, "The case system marks a relative of a member of staff"),
            ({"team": None, "worker": None}, "Neither a worker nor a team is known"),
            ({"opened_on": date(2026, 10, 14)}, "It was opened less than 28 days ago"),
            ({"opened_on": TOMORROW}, "It was opened less than 28 days ago"),
        ],
    )
    def test_leaves_cases_out_with_the_reason(self, cycle: Cycle, fields: dict[str, Any], reason: str) -> None:
        CaseFactory(**fields)
        pool = case_pool(cycle, today=TODAY)
        assert (pool.case_ids, pool.exclusions) == ((), [(reason, 1)])

    @pytest.mark.parametrize(
        "fields",
        [
            {"closed_on": TOMORROW},
            {"flags": ["missing"]},
            {"opened_on": date(2026, 10, 13)},
            {"opened_on": None},
        ],
    )
    def test_keeps_cases_that_a_rule_only_just_spares(self, cycle: Cycle, fields: dict[str, Any]) -> None:
        case = CaseFactory(**fields)
        assert case_pool(cycle, today=TODAY).case_ids == (case.pk,)

    def test_forgets_a_reason_when_the_fact_changes(self, cycle: Cycle) -> None:
        case = CaseFactory(restricted=True)
        assert why(cycle) == [("The record is restricted", 1)]
        Case.objects.filter(pk=case.pk).update(restricted=False)
        assert why(cycle) == []

    @pytest.mark.parametrize(("day", "out"), [(date(2025, 11, 1), True), (date(2025, 10, 31), False)])
    def test_leaves_out_what_was_audited_in_the_last_twelve_months(
        self, cycle: Cycle, core_template: TemplateVersion, day: date, out: bool
    ) -> None:
        submitted_on(core_template, day)
        assert why(cycle) == ([("It was audited in the last 12 months", 1)] if out else [])

    def test_leaves_out_what_was_audited_within_the_months_of_the_rules(
        self, cycle: Cycle, core_template: TemplateVersion, ruled: Callable[..., Rules]
    ) -> None:
        submitted_on(core_template, date(2026, 9, 30))
        ruled(recently_audited_months=1)
        assert why(cycle) == []
        submitted_on(core_template, date(2026, 10, 1))
        assert why(cycle) == [("It was audited in the last month", 1)]
        ruled(recently_audited_months=0)
        assert why(cycle) == []

    @pytest.mark.parametrize(("days", "out"), [(0, False), (7, False), (28, True)])
    def test_leaves_out_what_was_opened_within_the_days_of_the_rules(
        self, cycle: Cycle, ruled: Callable[..., Rules], days: int, out: bool
    ) -> None:
        CaseFactory(opened_on=TODAY - timedelta(days=7))
        if days != 28:
            ruled(newly_opened_days=days)
        assert bool(why(cycle)) is out

    def test_leaves_out_a_case_whose_audit_is_not_finished(self, cycle: Cycle, core_template: TemplateVersion) -> None:
        AuditFactory(template_version=core_template, status="in_progress")
        assert why(cycle) == [("An audit of it is not finished yet", 1)]

    @pytest.mark.parametrize("status", ["exempt", "withdrawn"])
    def test_keeps_a_case_whose_audit_came_to_nothing(
        self, cycle: Cycle, core_template: TemplateVersion, status: str
    ) -> None:
        AuditFactory(template_version=core_template, status=status)
        assert len(case_pool(cycle, today=TODAY).case_ids) == 1

    def test_leaves_out_what_is_not_in_the_months_cohort(self, cycle: Cycle) -> None:
        inside, _ = CaseFactory(plan="child_protection"), CaseFactory(plan="child_in_need")
        cycle.cohort = {"plans": ["child_protection"]}
        pool = case_pool(cycle, today=TODAY)
        assert pool.case_ids == (inside.pk,)
        assert pool.exclusions == [("It is not among the cases that this month is about", 1)]

    def test_takes_the_ages_of_a_cohort_on_the_first_of_the_month(self, cycle: Cycle) -> None:
        CaseFactory(date_of_birth=date(2021, 11, 1))
        still_four = CaseFactory(date_of_birth=date(2021, 11, 2))
        cycle.cohort = {"age_to": 4}
        assert case_pool(cycle, today=TODAY).case_ids == (still_four.pk,)

    def test_counts_each_case_once_under_the_first_reason_and_names_it(self, cycle: Cycle) -> None:
        first = CaseFactory(closed_on=TODAY, restricted=True)
        others = [CaseFactory(restricted=True), CaseFactory(restricted=True)]
        pool = case_pool(cycle, today=TODAY)
        assert pool.exclusions == [("The record is restricted", 2), ("The case is closed", 1)]
        assert [out.case_ids for out in pool.excluded] == [tuple(case.pk for case in others), (first.pk,)]

    def test_goes_through_the_reasons_in_their_order(
        self, cycle: Cycle, core_template: TemplateVersion, psw: User
    ) -> None:
        cycle.cohort = {"plans": ["pathway"]}
        case = CaseFactory(
            closed_on=TODAY, restricted=True, flags=["relative_of_staff"], team=None, worker=None, opened_on=TODAY
        )
        hold = CaseHold.objects.create(case=case, why="complaint", by=psw, at=NOW)
        begun = AuditFactory(case=case, template_version=core_template, status="in_progress", team_manager=None)
        submitted_on(core_template, date(2026, 9, 3), case=case, team_manager=None)
        found = []
        for undo in [
            lambda: Case.objects.update(closed_on=None),
            lambda: Case.objects.update(restricted=False),
            lambda: CaseHold.objects.filter(pk=hold.pk).update(ended_at=NOW, ended_by=psw),
            lambda: Case.objects.update(flags=[]),
            lambda: Case.objects.update(team=TeamFactory()),
            lambda: Audit.objects.filter(pk=begun.pk).update(status="withdrawn"),
            lambda: Audit.objects.exclude(pk=begun.pk).update(submitted_at=datetime(2024, 9, 3, 12, tzinfo=UTC)),
            lambda: Case.objects.update(opened_on=date(2025, 1, 6)),
        ]:
            found += [reason for reason, _ in why(cycle)]
            undo()
        assert found == [
            "The case is closed",
            "The record is restricted",
            "Kept out of draws: a complaint is being looked into",
            "The case system marks a relative of a member of staff",
            "Neither a worker nor a team is known",
            "An audit of it is not finished yet",
            "It was audited in the last 12 months",
            "It was opened less than 28 days ago",
        ]
        assert why(cycle) == [("It is not among the cases that this month is about", 1)]

    def test_asks_two_questions_whatever_the_size(
        self, cycle: Cycle, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        for _ in range(20):
            CaseFactory()
        with django_assert_num_queries(2):
            case_pool(cycle, today=TODAY)


class TestHolds:
    """A case that a person keeps out of draws."""

    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            ("relative", "Kept out of draws: a relative of a member of staff"),
            ("complaint", "Kept out of draws: a complaint is being looked into"),
            ("review", "Kept out of draws: a safeguarding practice review or inquiry is under way"),
            ("other", "Kept out of draws: another reason"),
        ],
    )
    def test_keep_a_case_out_until_they_end(self, cycle: Cycle, psw: User, kind: str, reason: str) -> None:
        hold = CaseHold.objects.create(case=CaseFactory(), why=kind, by=psw, at=NOW)
        assert why(cycle) == [(reason, 1)]
        CaseHold.objects.filter(pk=hold.pk).update(ended_at=NOW, ended_by=psw)
        assert why(cycle) == []

    @pytest.mark.parametrize(("until", "out"), [(TODAY, True), (YESTERDAY, False), (None, True)])
    def test_count_to_the_end_of_their_last_day(self, cycle: Cycle, psw: User, until: date | None, out: bool) -> None:
        CaseHold.objects.create(case=CaseFactory(), why="other", until=until, by=psw, at=NOW)
        assert bool(why(cycle)) is out

    def test_touch_no_other_case(self, cycle: Cycle, psw: User) -> None:
        CaseHold.objects.create(case=CaseFactory(), why="other", by=psw, at=NOW)
        other = CaseFactory()
        assert case_pool(cycle, today=TODAY).case_ids == (other.pk,)


class TestWhyOut:
    def test_names_those_of_some_cases_that_cannot_be_drawn(self, cycle: Cycle) -> None:
        fine, shut, unasked = CaseFactory(), CaseFactory(closed_on=TODAY), CaseFactory(restricted=True)
        assert why_out(cycle, [fine.pk, shut.pk], today=TODAY) == {shut.pk: "The case is closed"}
        assert unasked.pk not in why_out(cycle, [fine.pk, shut.pk], today=TODAY)

    def test_lets_re_audits_pass_that_were_audited_lately_or_are_not_in_the_cohort(
        self, cycle: Cycle, core_template: TemplateVersion
    ) -> None:
        audited = submitted_on(core_template, date(2026, 8, 3)).case
        shut = submitted_on(core_template, date(2026, 8, 3), case=CaseFactory(closed_on=TODAY)).case
        cycle.cohort = {"plans": ["pathway"]}
        both = [audited.pk, shut.pk]
        assert why_out(cycle, both, today=TODAY) == {
            audited.pk: "It was audited in the last 12 months",
            shut.pk: "The case is closed",
        }
        assert why_out(cycle, both, today=TODAY, set_lots=both) == {shut.pk: "The case is closed"}
        assert why_out(cycle, both, today=TODAY, set_lots=[shut.pk]).keys() == {audited.pk, shut.pk}


class TestWhyNot:
    def test_gives_every_reason_about_case_auditor_and_both(
        self, cycle: Cycle, core_template: TemplateVersion, psw: User
    ) -> None:
        auditor = UserFactory(
            job_role=JobRole.TEAM_MANAGER, team=TeamFactory(), monthly_quota=0, leave_date=date(2026, 11, 20)
        )
        case = CaseFactory(team=auditor.team, restricted=True, chair=auditor, opened_on=TODAY)
        CaseHold.objects.create(case=case, why="complaint", by=psw, at=NOW)
        submitted_on(core_template, date(2026, 9, 3), case=case, auditor=auditor)
        cycle.cohort, cycle.groups = {"plans": ["pathway"]}, ["A"]
        assert why_not(cycle, case, auditor, today=TODAY) == [
            "The record is restricted",
            "Kept out of draws: a complaint is being looked into",
            "It was audited in the last 12 months",
            "It was opened less than 28 days ago",
            "It is not among the cases that this month is about",
            "Leaves before the due date",
            "Is in another rota group",
            "Has no places this month",
            "Chairs this child's plan",
            "Audited this child recently",
            "Is in the team that holds this case",
        ]

    def test_is_empty_where_nothing_stands_against_it(self, cycle: Cycle, auditor: User) -> None:
        assert why_not(cycle, CaseFactory(), auditor, today=TODAY) == []

    def test_names_somebody_who_is_not_expected_to_audit(self, cycle: Cycle) -> None:
        worker = UserFactory(job_role=JobRole.SOCIAL_WORKER)
        assert why_not(cycle, CaseFactory(), worker, today=TODAY) == ["Is not expected to audit"]

    def test_looks_at_the_supervisor_of_somebody_who_is_learning(
        self, cycle: Cycle, core_template: TemplateVersion, auditor: User, psw: User
    ) -> None:
        mo = UserFactory(name="Mo Mentor", job_role=JobRole.IRO)
        template = core_template.template
        signed = {"state": "signed_off", "signed_off_by": psw, "signed_off_at": NOW}
        Competency.objects.create(user=mo, template=template, begun_at=NOW, **signed)
        Competency.objects.create(user=auditor, template=template, begun_at=NOW, supervisor=mo)
        assert why_not(cycle, CaseFactory(chair=mo), auditor, today=TODAY) == [
            "Has a supervisor, Mo Mentor, who chairs this child's plan"
        ]

    def test_judges_a_case_that_is_due_to_be_looked_at_again_as_a_re_audit(
        self, cycle: Cycle, core_template: TemplateVersion, auditor: User
    ) -> None:
        urgent = core_template.scale.grades.get(is_urgent=True)
        audit = submitted_on(core_template, date(2026, 7, 6), overall_grade=urgent, status="actions")
        assert why_not(cycle, audit.case, auditor, today=TODAY) == []
        assert why_not(cycle, audit.case, audit.auditor, today=TODAY) == ["Audited this child recently"]
        AuditFactory(
            case=audit.case,
            template_version=core_template,
            month=date(2026, 10, 1),
            selection=Selection.RE_AUDIT,
            re_audit_of=audit,
        )
        assert why_not(cycle, audit.case, auditor, today=TODAY) == [
            "An audit of it is not finished yet",
            "It was audited in the last 12 months",
        ]

    def test_asks_the_same_number_of_questions_whatever_the_size(
        self, cycle: Cycle, auditor: User, core_template: TemplateVersion
    ) -> None:
        case = CaseFactory()

        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                why_not(Cycle.objects.get(pk=cycle.pk), case, auditor, today=TODAY)
            return len(queries)

        before = asked()
        for month in range(1, 11):
            submitted_on(core_template, date(2025, month, 4), case=case, auditor=auditor)
            UserFactory(job_role=JobRole.IRO)
        assert asked() == before


class TestManyPairs:
    @pytest.fixture
    def learning(self, cycle: Cycle, psw: User) -> dict[str, Any]:
        """A competency of somebody who still learns, with a supervisor who is signed off."""
        mentor = UserFactory(name="Mo Mentor", job_role=JobRole.IRO)
        made = {"template": cycle.template_version.template, "begun_at": NOW}
        Competency.objects.create(user=mentor, state="signed_off", signed_off_by=psw, signed_off_at=NOW, **made)
        return {**made, "supervisor": mentor}

    def outside(self, number: int, learning: dict[str, Any]) -> list[tuple[Case, User]]:
        """Auditors outside the month's pool, some still learning, each with a case, some of which are out of it too."""
        pairs = []
        for each in range(number):
            auditor = UserFactory(job_role=(JobRole.IRO, JobRole.SOCIAL_WORKER)[each % 2], monthly_quota=0)
            if each % 3 == 0:
                Competency.objects.create(user=auditor, **learning)
            chair = learning["supervisor"] if each % 3 == 0 else None
            pairs.append((CaseFactory(restricted=each % 4 == 0, chair=chair), auditor))
        return pairs

    def test_get_the_answers_that_each_would_get_alone(self, cycle: Cycle, learning: dict[str, Any]) -> None:
        inside = (CaseFactory(), UserFactory(job_role=JobRole.IRO))
        pairs = [*self.outside(12, learning), inside]
        found = why_not_each(cycle, pairs, today=TODAY)
        assert found == [why_not(cycle, case, auditor, today=TODAY) for case, auditor in pairs]
        assert found[0] == [
            "The record is restricted",
            "Has no places this month",
            "Has a supervisor, Mo Mentor, who chairs this child's plan",
        ]
        assert found[1][0] == "Is not expected to audit"
        assert found[-1] == []

    def test_take_as_many_queries_for_thirty_outside_the_pool_as_for_three(
        self, cycle: Cycle, learning: dict[str, Any]
    ) -> None:
        def asked(pairs: list[tuple[Case, User]]) -> list[int]:
            counts = []
            for ask in (
                lambda: why_not_each(cycle, pairs, today=TODAY),
                lambda: supervisors_of(cycle, [auditor for _, auditor in pairs], today=TODAY),
            ):
                with CaptureQueriesContext(connection) as queries:
                    ask()
                counts.append(len(queries))
            return counts

        three, thirty = asked(self.outside(3, learning)), asked(self.outside(30, learning))
        assert three == thirty
        assert max(thirty) <= 20
