"""Which stratum a case is in, and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.eligibility.strata_of_cases import label_of, labels_of, stratum_expression
from allocation.models import AgeBand, Strata
from audits.models import Case
from people.models import Team, User
from tests.factories import CaseFactory, ServiceFactory, TeamFactory, UserFactory

MONTH = date(2026, 11, 1)


def key(by: str, case: Case, *, on: date = MONTH) -> str:
    return Case.objects.annotate(stratum=stratum_expression(by, on)).get(pk=case.pk).stratum


class TestStratumExpression:
    def test_is_empty_where_nothing_is_spread(self, db: None) -> None:
        assert key(Strata.NONE, CaseFactory()) == ""

    def test_takes_the_cases_team_and_its_service(self, team: Team) -> None:
        case = CaseFactory(team=team, worker=UserFactory(team=TeamFactory()))
        assert (key(Strata.TEAM, case), key(Strata.SERVICE, case)) == (str(team.pk), str(team.service_id))

    def test_takes_the_workers_where_the_case_has_no_team(self, team: Team) -> None:
        case = CaseFactory(team=None, worker=UserFactory(team=team))
        assert (key(Strata.TEAM, case), key(Strata.SERVICE, case)) == (str(team.pk), str(team.service_id))

    @pytest.mark.parametrize("worker", [None, "without a team"])
    def test_is_none_where_neither_is_known(self, db: None, worker: str | None) -> None:
        person: User | None = UserFactory(team=None) if worker else None
        case = CaseFactory(team=None, worker=person)
        assert (key(Strata.TEAM, case), key(Strata.SERVICE, case)) == ("none", "none")

    def test_takes_the_plan_that_leads(self, db: None) -> None:
        case = CaseFactory(plan="child_in_care", plans=["child_in_care", "child_protection"])
        assert key(Strata.PLAN, case) == "child_in_care"

    @pytest.mark.parametrize(
        ("born", "band"),
        [
            (None, "unknown"),
            (date(2026, 11, 2), "unknown"),
            (date(2026, 11, 1), "under_1"),
            (date(2025, 11, 2), "under_1"),
            (date(2025, 11, 1), "1_to_4"),
            (date(2021, 11, 1), "5_to_9"),
            (date(2016, 11, 1), "10_to_15"),
            (date(2010, 11, 2), "10_to_15"),
            (date(2010, 11, 1), "16_to_17"),
            (date(2008, 11, 1), "18_and_over"),
        ],
    )
    def test_takes_the_age_on_the_first_of_the_month(self, db: None, born: date | None, band: str) -> None:
        assert key(Strata.AGE_BAND, CaseFactory(date_of_birth=born)) == band


@pytest.fixture
def child(db: None) -> Case:
    return CaseFactory()


class TestAgeBands:
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(born=st.dates(date(2000, 1, 1), date(2028, 12, 31)), on=st.dates(date(2020, 1, 1), date(2028, 12, 31)))
    def test_agree_with_the_age_of_the_case(self, child: Case, born: date, on: date) -> None:
        Case.objects.filter(pk=child.pk).update(date_of_birth=born)
        child.date_of_birth = born
        age = child.age_on(on)
        starts = {"under_1": 0, "1_to_4": 1, "5_to_9": 5, "10_to_15": 10, "16_to_17": 16, "18_and_over": 18}
        expected = "unknown" if age is None else [band for band, start in starts.items() if start <= age][-1]
        assert key(Strata.AGE_BAND, child, on=on) == expected


class TestLabels:
    def test_are_the_names_people_know(self, team: Team) -> None:
        assert label_of(Strata.TEAM, str(team.pk)) == "Harbour Team"
        assert label_of(Strata.SERVICE, str(team.service_id)) == "Safeguarding"
        assert label_of(Strata.SERVICE, "none") == "No service known"
        assert label_of(Strata.TEAM, "none") == "No team known"
        assert label_of(Strata.PLAN, "pathway") == "Pathway plan"
        assert label_of(Strata.AGE_BAND, "10_to_15") == "10 to 15"
        assert label_of(Strata.NONE, "") == "All cases"

    def test_cover_every_age_band(self, db: None) -> None:
        assert labels_of(Strata.AGE_BAND, AgeBand.values) == dict(AgeBand.choices)

    def test_ask_one_question_for_any_number(self, db: None, django_assert_num_queries: Callable[[int], Any]) -> None:
        keys = [str(ServiceFactory().pk) for _ in range(8)]
        with django_assert_num_queries(1):
            assert len(labels_of(Strata.SERVICE, [*keys, "none"])) == 9
