"""What a draw is frozen from: the same cases, reasons, strata and ties as the pages tell, and every rule in force."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.drawing.draw_document import Document, read, replay
from allocation.drawing.draw_inputs import DrawError, Lot, StrataPlan
from allocation.eligibility import re_audits, rules
from allocation.eligibility.pool import case_pool
from allocation.eligibility.strata_of_cases import stratum_expression
from allocation.eligibility.ties import ties_of
from allocation.models import CaseHold, Competency, Cycle, Strata
from allocation.record.freezing import freeze
from audits.models import Audit, Case, Grade, Involvement, TemplateVersion
from audits.models.case import Plan
from people.models import Team, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def varied(cycle: Cycle, cases: list[Case], auditors: list[User], teams: list[Team], psw: User) -> list[Case]:
    """Thirty cases with every kind of tie, every reason to be out, and twice the same tie."""
    chain = [UserFactory(team=teams[5], line_manager=auditors[5])]
    chain.append(UserFactory(team=teams[4], line_manager=chain[0]))
    chain.append(UserFactory(team=None, line_manager=chain[1]))
    Case.objects.filter(pk=cases[0].pk).update(worker=chain[2], team=None, chair=auditors[0])
    Case.objects.filter(pk=cases[1].pk).update(worker=None, chair=auditors[1])
    Case.objects.filter(pk=cases[2].pk).update(worker=chain[1], team=teams[2])
    for number, (user, team, ends) in enumerate(
        [
            (auditors[0], None, None),
            (auditors[0], None, date(2019, 1, 1)),
            (auditors[0], teams[1], date(2026, 10, 1)),
            (None, teams[2], date(2024, 11, 1)),
            (None, teams[3], date(2024, 10, 31)),
            (None, teams[4], None),
            (chain[2], None, None),
            (None, None, None),
        ]
    ):
        for case in cases[3 : 6 + number]:
            Involvement.objects.create(
                case=case,
                user=user,
                team=team,
                professional_id=f"P{number}",
                starts=date(2018, 1, number + 1),
                ends=ends,
            )
    make_out(cases, psw)
    make_audits(cycle, cases, auditors)
    return cases


def make_out(cases: list[Case], psw: User) -> None:
    Case.objects.filter(pk=cases[10].pk).update(closed_on=TODAY)
    Case.objects.filter(pk=cases[11].pk).update(restricted=True)
    Case.objects.filter(pk=cases[12].pk).update(worker=None, team=None)
    Case.objects.filter(pk=cases[13].pk).update(opened_on=TODAY - timedelta(days=3))
    Case.objects.filter(pk=cases[14].pk).update(flags=["relative_of_staff"])
    CaseHold.objects.create(case=cases[15], why=CaseHold.Why.COMPLAINT, by=psw, at=NOW)


def make_audits(cycle: Cycle, cases: list[Case], auditors: list[User]) -> None:
    """Given out last winter and this autumn, to two auditors, one of them set aside."""
    version = cycle.template_version
    for number, (case, auditor, month, status) in enumerate(
        [
            (cases[20], auditors[0], date(2025, 1, 1), "closed"),
            (cases[20], auditors[1], date(2024, 12, 1), "closed"),
            (cases[21], auditors[2], date(2026, 9, 1), "in_progress"),
            (cases[22], auditors[3], date(2026, 8, 1), "exempt"),
            (cases[23], auditors[4], date(2026, 7, 1), "withdrawn"),
            (cases[24], auditors[5], date(2020, 7, 1), "closed"),
        ]
    ):
        given = datetime(month.year, month.month, 3, 9, tzinfo=UTC)
        done = {"submitted_at": given, "part_b_due_on": month} if status == "closed" else {}
        closed = {"closed_at": given} if status == "closed" else {}
        AuditFactory(
            case=case, auditor=auditor, worker=case.worker, month=month, status=status, allocated_at=given,
            template_version=version, reference=f"{month:%Y-%m}-9{number:03d}", **done, **closed,
        )  # fmt: skip


def frozen(cycle: Cycle) -> Document:
    return read(freeze(cycle, today=TODAY).text)


class TestCases:
    def test_are_those_of_the_pool_and_all_others_are_out_for_the_same_reason(
        self, cycle: Cycle, varied: list[Case]
    ) -> None:
        pool, document = case_pool(cycle, today=TODAY), frozen(cycle)
        assert tuple(int(case.id) for case in document.cases()) == pool.case_ids
        assert document.out == {each.reason: list(each.case_ids) for each in pool.excluded}
        assert len(document.out) == 7
        assert document.pool_size + sum(map(len, document.out.values())) == Case.objects.count()

    def test_have_the_ties_that_the_pages_tell(self, cycle: Cycle, varied: list[Case]) -> None:
        document = frozen(cycle)
        ids = [int(case.id) for case in document.cases()]
        assert ids
        ties = ties_of(cycle, ids)
        assert {case: list(document.ties_of(str(case))) for case in ids} == {case: ties[case].tokens() for case in ids}
        kinds = {tie[0] for case in ids for tie in document.ties_of(str(case))}
        assert kinds == set("wcmiaktv")

    def test_keep_the_same_auditors_as_the_pages_tell(self, cycle: Cycle, varied: list[Case]) -> None:
        document = frozen(cycle)
        people = User.objects.in_bulk([int(auditor.id) for auditor in document.auditors])
        ids = [int(case.id) for case in document.cases()]
        ties = ties_of(cycle, ids)
        conflicts = document.conflicts().conflicts_for([str(case) for case in ids])
        for case in ids:
            kept = {str(pk) for pk, person in people.items() if ties[case].reasons(person)}
            assert conflicts[str(case)] == kept
            assert all(document.kept_from(str(case), auditor) for auditor in kept)

    @pytest.mark.parametrize("by", [Strata.SERVICE, Strata.TEAM, Strata.PLAN, Strata.AGE_BAND])
    def test_have_the_stratum_that_the_pages_tell(self, cycle: Cycle, varied: list[Case], by: str) -> None:
        Cycle.objects.filter(pk=cycle.pk).update(strata_by=by)
        document = frozen(Cycle.objects.get())
        ids = [int(case.id) for case in document.cases()]
        keys = Case.objects.filter(pk__in=ids).annotate(key=stratum_expression(by, cycle.month))
        assert {int(case.id): case.stratum for case in document.cases()} == dict(keys.values_list("pk", "key"))
        assert document.plan.strata == StrataPlan("proportional", 1, {})
        assert document.facts["spread over"] == by

    def test_name_their_family_by_its_lowest_number_where_only_one_is_drawn(
        self, cycle: Cycle, cases: list[Case]
    ) -> None:
        Case.objects.filter(pk__in=[case.pk for case in cases[1:4]]).update(family_reference="The Exämples\tat no 7")
        assert {case.family for case in frozen(cycle).cases()} == {""}
        Cycle.objects.update(one_per_family=True)
        families = {case.id: case.family for case in frozen(Cycle.objects.get()).cases()}
        lowest = str(min(case.pk for case in cases[1:4]))
        assert {case for case, family in families.items() if family} == {str(case.pk) for case in cases[1:4]}
        assert set(families.values()) == {"", lowest}

    def test_that_are_looked_at_again_are_in_their_lot_and_not_among_those_left_out(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], core_template: TemplateVersion
    ) -> None:
        urgent = Grade.objects.filter(scale=core_template.scale_id, is_urgent=True).first()
        at = datetime(2026, 6, 10, 9, tzinfo=UTC)
        AuditFactory(
            case=cases[7], auditor=auditors[0], worker=cases[7].worker, month=date(2026, 6, 1), status="closed",
            allocated_at=at, submitted_at=at, part_b_due_on=date(2026, 6, 24), closed_at=at, outcomes="on_the_way",
            overall_grade=urgent, template_version=core_template,
        )  # fmt: skip
        assert len(re_audits.due(cycle, today=TODAY).urgent) == 1
        document = frozen(cycle)
        lots = {case.id: case.lot for case in document.cases() if case.lot != "random"}
        assert lots == {str(cases[7].pk): "re_audit"}
        assert document.plan.lots == (Lot("re_audit", 1),)
        assert cases[7].pk not in {pk for ids in document.out.values() for pk in ids}


class TestEveryCase:
    """In the draw, with a lot or at random, or out for a reason: each once, whatever the rules and the audits are."""

    def mix_up(
        self, cases: list[Case], auditors: list[User], version: TemplateVersion, psw: User, dice: Random
    ) -> None:
        """Audits of every state, grade and age, holds, closed and restricted cases, families."""
        grades = list(version.scale.grades.all())
        for number, case in enumerate(cases):
            fields = {"closed_on": TODAY if dice.random() < 0.1 else None, "restricted": dice.random() < 0.1}
            family = dice.choice(["", "A", "B"])
            Case.objects.filter(pk=case.pk).update(**fields, family_reference=family, plan=dice.choice(Plan.values))
            if dice.random() < 0.1:
                CaseHold.objects.create(case=case, why=dice.choice(CaseHold.Why.values), by=psw, at=NOW)
            if dice.random() < 0.7:
                at = datetime(2026, dice.randint(4, 10), dice.randint(1, 28), 9, tzinfo=UTC)
                AuditFactory(
                    case=case, auditor=dice.choice(auditors), worker=case.worker, month=at.date().replace(day=1),
                    status=dice.choice(["with_team", "actions", "actions", "actions"]), allocated_at=at,
                    submitted_at=at, part_b_due_on=at.date(), overall_grade=dice.choice(grades),
                    template_version=version,
                    reference=f"{at:%Y-%m}-8{number:03d}",
                )  # fmt: skip

    @pytest.mark.parametrize("number", range(12))
    def test_is_in_the_draw_or_out_and_only_once(
        self,
        cycle: Cycle,
        cases: list[Case],
        auditors: list[User],
        core_template: TemplateVersion,
        psw: User,
        number: int,
    ) -> None:
        dice = Random(number)
        self.mix_up(cases, auditors, core_template, psw, dice)
        rules.change(
            reason="As the board decided", by=psw, at=NOW, recently_audited_months=number % 6,
            improvement_sample_percent=dice.choice([20, 60]), re_audit_months=dice.choice([1, 3, 5]),
        )  # fmt: skip
        Cycle.objects.update(
            strata_by=dice.choice(["", Strata.PLAN]), one_per_family=dice.random() < 0.5, target=3,
            cohort=dice.choice([{}, {}, {"plans": ["child_in_need"]}]),
        )  # fmt: skip
        cycle = Cycle.objects.get()
        text = freeze(cycle, today=TODAY).text
        document = read(text)
        inside = [int(case.id) for case in document.cases()]
        outside = [case_id for case_ids in document.out.values() for case_id in case_ids]
        assert sorted([*inside, *outside]) == sorted(Case.objects.values_list("pk", flat=True))
        eligible = set(case_pool(cycle, today=TODAY).case_ids)
        lots = {int(case.id): case.lot for case in document.cases() if case.lot != "random"}
        else_random = {int(case_id) for lot in document.plan.lots for case_id in lot.else_random}
        assert else_random == {case_id for case_id, lot in lots.items() if lot == "improvement"} & eligible
        assert set(inside) == eligible | set(lots)
        assert set(lots) == set(re_audits.due(cycle, today=TODAY).of_case)
        self.assert_pools_add_up(text, eligible, lots)

    def assert_pools_add_up(self, text: str, eligible: set[int], lots: dict[int, str]) -> None:
        """The pool of the random cases is all that could be drawn, but for those that came up in a set lot."""
        for seed in ("5eed" * 16, "beef" * 16):
            result = replay(text, seed=seed)
            came_up = {int(each.case_id) for each in (*result.pairs, *result.passed_over) if each.lot != "random"}
            assert came_up <= set(lots)
            assert sum(row.pool for row in result.strata) + result.siblings == len(
                eligible - came_up - {case_id for case_id, lot in lots.items() if lot == "re_audit"}
            )


class TestAuditors:
    def test_are_in_with_their_places_and_stand_for_themselves_and_their_team(
        self, cycle: Cycle, cases: list[Case], auditors: list[User]
    ) -> None:
        User.objects.filter(pk=auditors[0].pk).update(monthly_quota=3)
        User.objects.filter(pk=auditors[1].pk).update(monthly_quota=0)
        document = frozen(cycle)
        found = {auditor.id: auditor for auditor in document.auditors}
        one = found[str(auditors[0].pk)]
        assert (one.capacity, one.carried) == (3, 0)
        assert one.parties == {f"p{auditors[0].pk}", f"t{auditors[0].team_id}"}
        assert str(auditors[1].pk) not in found
        assert document.facts[f"auditor out: {auditors[1].pk}"]

    def test_who_are_learning_stand_for_their_supervisor_too(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        rules.change(reason="Only signed-off auditors", by=psw, at=NOW, competency_required=True)
        template = cycle.template_version.template
        learner, supervisor = auditors[:2]
        Competency.objects.create(user=learner, template=template, supervisor=supervisor, begun_at=NOW)
        Competency.objects.create(
            user=supervisor, template=template, state="signed_off", begun_at=NOW, signed_off_by=psw, signed_off_at=NOW
        )
        found = {auditor.id: auditor.parties for auditor in frozen(cycle).auditors}
        assert set(found) == {str(learner.pk), str(supervisor.pk)}
        assert {f"p{supervisor.pk}", f"t{supervisor.team_id}", f"p{learner.pk}"} <= found[str(learner.pk)]
        assert f"p{learner.pk}" not in found[str(supervisor.pk)]


class TestFacts:
    def test_pin_down_the_month_and_every_rule(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        rules.change(reason="A shorter look-back", by=psw, at=NOW, lookback_months=12)
        facts = frozen(cycle).facts
        assert facts["month"] == "2026-11"
        assert facts["drawn on"] == TODAY.isoformat()
        assert facts["due on"] == "2026-11-30"
        assert facts["teams' involvements count from"] == "2025-11-01"
        assert facts["rule: lookback_months"] == "12"
        assert {f"rule: {name}" for name in (*rules.LIMITS, *rules.SWITCHES)} <= set(facts)

    def test_say_the_theme_and_the_cohort(self, cycle: Cycle, cases: list[Case]) -> None:
        Cycle.objects.update(theme="Neglect", cohort={"plans": ["child_in_need"]})
        Case.objects.filter(pk=cases[3].pk).update(plan="child_in_need")
        Case.objects.filter(pk=cases[4].pk).update(plan="pathway")
        document = frozen(Cycle.objects.get())
        assert document.facts["theme"] == "Neglect"
        assert "Child in need" in document.facts["cohort"]
        assert str(cases[4].pk) not in {case.id for case in document.cases()}

    def test_change_the_hash(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        before = freeze(cycle, today=TODAY)
        assert freeze(cycle, today=TODAY) == before
        rules.change(reason="Another look-back", by=psw, at=NOW, same_worker_months=5)
        assert freeze(cycle, today=TODAY).sha256 != before.sha256


class TestFreezing:
    def test_takes_as_many_queries_for_many_cases_as_for_few(
        self, cycle: Cycle, cases: list[Case], teams: list[Team]
    ) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as seen:
                freeze(cycle, today=TODAY)
            return len(seen)

        before = queries()
        for _ in range(20):
            CaseFactory(team=teams[0], worker=cases[0].worker)
        assert queries() == before

    def test_refuses_a_month_without_auditors(self, cycle: Cycle, cases: list[Case]) -> None:
        User.objects.filter(job_role=JobRole.TEAM_MANAGER).update(monthly_quota=0)
        with pytest.raises(DrawError, match="There are no auditors available for November 2026"):
            freeze(cycle, today=TODAY)

    def test_refuses_a_month_without_cases(self, cycle: Cycle, auditors: list[User]) -> None:
        with pytest.raises(DrawError, match="Import cases first"):
            freeze(cycle, today=TODAY)
        CaseFactory(restricted=True)
        with pytest.raises(DrawError, match="Every case is left out for a reason"):
            freeze(cycle, today=TODAY)

    def test_changes_nothing(self, cycle: Cycle, varied: list[Case]) -> None:
        before = (Case.objects.count(), Audit.objects.count(), Involvement.objects.count())
        freeze(cycle, today=TODAY)
        assert (Case.objects.count(), Audit.objects.count(), Involvement.objects.count()) == before
