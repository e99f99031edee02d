"""Which auditors are in a draw, with what, and why not the others: each rule, both ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.eligibility import rules
from allocation.eligibility.auditor_pool import AvailableAuditor, auditor_pool, supervisor_of, why_not_available
from allocation.models import Competency, Cycle, QuotaChange
from audits.models import AuditTemplate, TemplateVersion
from people.models import Absence, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, UserFactory

DUE = date(2026, 11, 30)
OCTOBER = date(2026, 10, 1)


def reasons(cycle: Cycle) -> dict[str, str]:
    return {person.name: why for person, why in auditor_pool(cycle, today=TODAY).kept_out}


def available(cycle: Cycle, *, today: date = TODAY) -> dict[str, AvailableAuditor]:
    return {each.person.name: each for each in auditor_pool(cycle, today=today).available}


def iris(**fields: Any) -> User:
    return UserFactory(**{"name": "Iris", "job_role": JobRole.IRO, **fields})


class TestAuditorPool:
    def test_holds_those_who_audit_by_role_or_by_their_own_record(self, cycle: Cycle) -> None:
        manager = UserFactory(job_role=JobRole.TEAM_MANAGER, monthly_quota=2)
        chosen = UserFactory(job_role=JobRole.CONSULTANT_SOCIAL_WORKER, audits_as_rule=True)
        UserFactory(job_role=JobRole.TEAM_MANAGER, audits_as_rule=False)
        UserFactory(job_role=JobRole.SOCIAL_WORKER)
        pool = auditor_pool(cycle, today=TODAY)
        assert set(pool.people) == {manager, chosen}
        assert pool.places == 3

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"monthly_quota": 0}, "Has no places this month"),
            ({"start_date": date(2026, 11, 11)}, "Does not work here on this day"),
            ({"leave_date": date(2026, 11, 10)}, "Does not work here on this day"),
            ({"leave_date": DUE}, "Leaves before the due date"),
            ({"leave_date": date(2026, 11, 11)}, "Leaves before the due date"),
        ],
    )
    def test_keeps_people_out_with_the_reason(self, cycle: Cycle, fields: dict[str, Any], reason: str) -> None:
        person = iris(**fields)
        assert reasons(cycle) == {"Iris": reason}
        User.objects.filter(pk=person.pk).update(monthly_quota=1, start_date=TODAY, leave_date=date(2026, 12, 1))
        assert reasons(cycle) == {}

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
        person = iris()
        for starts, ends in absences:
            Absence.objects.create(user=person, starts=starts, ends=ends)
        assert reasons(cycle) == ({"Iris": "Is away until the due date"} if out else {})

    def test_does_not_take_a_due_date_in_the_past_for_absence(self, cycle: Cycle) -> None:
        person = UserFactory(job_role=JobRole.IRO)
        assert auditor_pool(cycle, today=date(2026, 12, 2)).people == [person]

    def test_holds_only_the_rota_groups_of_the_cycle(self, cycle: Cycle) -> None:
        cycle.groups = ["A", "B"]
        for group in ["A", "B", "C", ""]:
            UserFactory(name=f"Of {group}", job_role=JobRole.IRO, audit_group=group)
        assert list(available(cycle)) == ["Of A", "Of B"]
        assert reasons(cycle) == {"Of C": "Is in another rota group", "Of ": "Is in another rota group"}


class TestPlaces:
    """The quota, with what was given or taken for this month alone (P2, P7)."""

    def change(self, person: User, change: int, *, month: date = date(2026, 11, 1)) -> None:
        QuotaChange.objects.create(month=month, user=person, change=change, reason="As agreed", at=NOW)

    def test_are_the_quota_with_all_changes_of_the_month(self, cycle: Cycle) -> None:
        person = iris(monthly_quota=2)
        self.change(person, 2)
        self.change(person, -1)
        self.change(person, 5, month=OCTOBER)
        assert available(cycle)["Iris"].places == 3
        assert auditor_pool(cycle, today=TODAY).places == 3

    def test_are_never_below_nought(self, cycle: Cycle) -> None:
        self.change(iris(), -3)
        assert reasons(cycle) == {"Iris": "Has no places this month"}
        assert auditor_pool(cycle, today=TODAY).places == 0

    def test_can_be_given_to_somebody_without_a_quota(self, cycle: Cycle) -> None:
        self.change(iris(monthly_quota=0), 1)
        assert available(cycle)["Iris"].places == 1


class TestCompetency:
    """Who may audit with the month's template, and who goes along (P4)."""

    @pytest.fixture
    def required(self, psw: User) -> None:
        rules.change(reason="From this autumn on", by=psw, at=NOW, competency_required=True)

    @pytest.fixture
    def sign_off(self, psw: User, core_template: TemplateVersion) -> Callable[[User], Competency]:
        def sign_off(person: User) -> Competency:
            signed = {"state": "signed_off", "signed_off_by": psw, "signed_off_at": NOW}
            return Competency.objects.create(user=person, template=core_template.template, begun_at=NOW, **signed)

        return sign_off

    @pytest.fixture
    def mo(self, sign_off: Callable[[User], Competency]) -> User:
        """Signed off and at work."""
        person = UserFactory(name="Mo Mentor", job_role=JobRole.IRO)
        sign_off(person)
        return person

    def learning(self, person: User, template: TemplateVersion, supervisor: User | None) -> Competency:
        return Competency.objects.create(user=person, template=template.template, supervisor=supervisor, begun_at=NOW)

    def test_is_asked_for_only_where_the_rules_say_so(self, cycle: Cycle, psw: User) -> None:
        iris()
        assert reasons(cycle) == {}
        rules.change(reason="From this autumn on", by=psw, at=NOW, competency_required=True)
        assert reasons(cycle) == {"Iris": "Is not signed off for Core case file audit"}
        rules.change(reason="Not before the spring", by=psw, at=NOW, competency_required=False)
        assert reasons(cycle) == {}

    @pytest.mark.usefixtures("required")
    def test_lets_those_in_who_are_signed_off_until_it_is_withdrawn(
        self, cycle: Cycle, sign_off: Callable[[User], Competency]
    ) -> None:
        competency = sign_off(iris())
        assert available(cycle)["Iris"].supervisor is None
        Competency.objects.filter(pk=competency.pk).update(state="withdrawn")
        assert reasons(cycle) == {"Iris": "Is not signed off for Core case file audit"}

    @pytest.mark.usefixtures("required")
    def test_is_about_the_months_template(self, cycle: Cycle, psw: User) -> None:
        other = AuditTemplate.objects.exclude(pk=cycle.template_version.template_id).first()  # type: ignore[union-attr]
        signed = {"state": "signed_off", "signed_off_by": psw, "signed_off_at": NOW}
        Competency.objects.create(user=iris(), template=other, begun_at=NOW, **signed)
        assert reasons(cycle) == {"Iris": "Is not signed off for Core case file audit"}

    @pytest.mark.usefixtures("required")
    def test_lets_those_who_learn_in_with_their_supervisor(
        self, cycle: Cycle, core_template: TemplateVersion, mo: User
    ) -> None:
        learner = iris()
        self.learning(learner, core_template, mo)
        assert available(cycle)["Iris"].supervisor == mo
        assert supervisor_of(cycle, learner, today=TODAY) == mo

    @pytest.mark.usefixtures("required")
    @pytest.mark.parametrize("lacking", ["nobody", "not signed off", "gone", "away"])
    def test_keeps_those_who_learn_out_where_nobody_can_go_along(
        self, cycle: Cycle, core_template: TemplateVersion, mo: User, lacking: str
    ) -> None:
        if lacking == "not signed off":
            Competency.objects.filter(user=mo).update(state="withdrawn")
        if lacking == "gone":
            User.objects.filter(pk=mo.pk).update(leave_date=TODAY)
        if lacking == "away":
            Absence.objects.create(user=mo, starts=TODAY, ends=DUE)
        self.learning(iris(), core_template, None if lacking == "nobody" else mo)
        assert reasons(cycle)["Iris"] == "Is still learning, and has no supervisor who can go along"

    def test_names_the_supervisor_of_those_who_learn_even_where_it_is_not_asked_for(
        self, cycle: Cycle, core_template: TemplateVersion, mo: User
    ) -> None:
        self.learning(iris(), core_template, mo)
        assert available(cycle)["Iris"].supervisor == mo


class TestLoads:
    def test_are_told_for_everybody_and_carried_over_only_where_evened_over_the_year(
        self, cycle: Cycle, core_template: TemplateVersion
    ) -> None:
        person = iris()
        for month in (OCTOBER, date(2026, 9, 1), date(2025, 11, 1), date(2025, 10, 1)):
            AuditFactory(template_version=core_template, auditor=person, month=month)
        AuditFactory(template_version=core_template, auditor=person)
        found = available(cycle)["Iris"]
        assert (found.given_this_year, found.unfinished_before, found.carried) == (3, 4, 0)
        cycle.evened_over = "year"
        assert available(cycle)["Iris"].carried == 3

    def test_put_a_joiner_level_with_the_others(self, cycle: Cycle, core_template: TemplateVersion) -> None:
        cycle.evened_over = "year"
        ann, ben = UserFactory(name="Ann", job_role=JobRole.IRO), UserFactory(name="Ben", job_role=JobRole.IRO)
        UserFactory(name="Joy", job_role=JobRole.IRO, start_date=TODAY)
        for person, count in ((ann, 5), (ben, 2)):
            for _ in range(count):
                AuditFactory(template_version=core_template, auditor=person, month=OCTOBER, team_manager=None)
        found = available(cycle)
        assert {name: each.carried for name, each in found.items()} == {"Ann": 5, "Ben": 2, "Joy": 4}
        assert found["Joy"].given_this_year == 0


class TestWhyNotAvailable:
    def test_gives_every_reason(self, cycle: Cycle, psw: User) -> None:
        rules.change(reason="From this autumn on", by=psw, at=NOW, competency_required=True)
        person = iris(monthly_quota=0, leave_date=DUE)
        Absence.objects.create(user=person, starts=TODAY, ends=DUE)
        cycle.groups = ["A"]
        assert why_not_available(cycle, person, today=TODAY) == [
            "Leaves before the due date",
            "Is in another rota group",
            "Has no places this month",
            "Is away until the due date",
            "Is not signed off for Core case file audit",
        ]

    def test_says_nothing_else_of_somebody_who_does_not_work_here(self, cycle: Cycle) -> None:
        person = iris(monthly_quota=0, leave_date=TODAY)
        assert why_not_available(cycle, person, today=TODAY) == ["Does not work here on this day"]


class TestQuestionsAsked:
    @pytest.mark.parametrize("evened_over", ["cycle", "year"])
    def test_are_as_many_for_thirty_people_as_for_one(
        self, cycle: Cycle, core_template: TemplateVersion, psw: User, evened_over: str
    ) -> None:
        rules.change(reason="From this autumn on", by=psw, at=NOW, competency_required=True)
        cycle.evened_over = evened_over

        def asked() -> int:
            mo = UserFactory(job_role=JobRole.IRO)
            learner = UserFactory(job_role=JobRole.IRO)
            signed = {"state": "signed_off", "signed_off_by": psw, "signed_off_at": NOW}
            Competency.objects.create(user=mo, template=core_template.template, begun_at=NOW, **signed)
            Competency.objects.create(user=learner, template=core_template.template, begun_at=NOW, supervisor=mo)
            AuditFactory(template_version=core_template, auditor=mo, month=OCTOBER)
            with CaptureQueriesContext(connection) as queries:
                pool = auditor_pool(cycle, today=TODAY)
            assert [str(each.supervisor) for each in pool.available if each.supervisor]
            return len(queries)

        first = asked()
        assert {asked() for _ in range(15)} == {first}
        assert first <= 7
