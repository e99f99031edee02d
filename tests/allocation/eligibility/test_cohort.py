"""Cohorts: which cases a month is about (L3), checked against a plain reading of the same data."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.eligibility.cohort import OLDEST, PLANS, clean, in_words, known_flags, matching
from audits.models import Case
from people.models import Service, Team
from tests.conftest import TODAY
from tests.factories import CaseFactory, ServiceFactory, TeamFactory, UserFactory

MONTH = date(2026, 11, 1)


def found(cohort: dict[str, Any], *, on: date = MONTH) -> set[str]:
    return set(Case.objects.filter(matching(cohort, on=on)).values_list("reference", flat=True))


class TestNarrowings:
    """The narrowings that the sources' councils used (L3)."""

    def test_without_one_every_case_is_in(self, db: None) -> None:
        CaseFactory(reference="A", date_of_birth=None, team=None, worker=None)
        assert found({}) == {"A"}

    def test_children_in_need(self, db: None) -> None:
        CaseFactory(reference="in need", plan="child_in_need")
        CaseFactory(reference="protected", plan="child_protection", plans=["child_in_need", "child_protection"])
        assert found({"plans": ["child_in_need"]}) == {"in need"}

    def test_under_five_on_a_child_protection_plan(self, db: None) -> None:
        plan = {"plan": "child_protection"}
        CaseFactory(reference="four", date_of_birth=date(2021, 11, 2), **plan)
        CaseFactory(reference="five today", date_of_birth=date(2021, 11, 1), **plan)
        CaseFactory(reference="four in need", date_of_birth=date(2022, 5, 1))
        CaseFactory(reference="unborn", date_of_birth=None, **plan)
        CaseFactory(reference="born this month", date_of_birth=date(2026, 11, 5), **plan)
        both = {"plan": "child_in_care", "plans": ["child_in_care", "child_protection"]}
        CaseFactory(reference="in care too", date_of_birth=date(2024, 1, 1), **both)
        cohort = {"plans": ["child_protection"], "age_to": 4}
        assert found(cohort) == {"four", "unborn", "born this month", "in care too"}

    def test_child_protection_for_sexual_abuse(self, db: None) -> None:
        CaseFactory(reference="one", plan="child_protection", cp_category="Sexual Abuse (SAB)")
        CaseFactory(reference="other", plan="child_protection", cp_category="Neglect")
        assert found({"plans": ["child_protection"], "cp_category": "sexual abuse"}) == {"one"}

    def test_at_risk_of_exploitation_by_level(self, db: None) -> None:
        CaseFactory(reference="high", flags=["exploitation_high"])
        CaseFactory(reference="medium", flags=["exploitation_medium", "missing"])
        CaseFactory(reference="low", flags=["exploitation_low"])
        assert found({"flags": ["exploitation_high", "exploitation_medium"]}) == {"high", "medium"}

    def test_missing_or_exploited_or_both(self, db: None) -> None:
        CaseFactory(reference="both", flags=["exploitation", "missing"])
        CaseFactory(reference="missing", flags=["missing"])
        CaseFactory(reference="neither", flags=["under_five"])
        cohort = {"flags": ["missing", "exploitation"]}
        assert found(cohort) == {"both", "missing"}
        assert found({**cohort, "flags_all": True}) == {"both"}

    @pytest.mark.parametrize(
        ("ages", "inside"),
        [
            ({"age_from": 10}, {"ten", "eleven"}),
            ({"age_to": 10}, {"nine", "ten", "unborn"}),
            ({"age_from": 10, "age_to": 10}, {"ten"}),
            ({"age_from": 0, "age_to": 9}, {"nine", "unborn"}),
            ({"age_from": 0}, {"nine", "ten", "eleven", "unborn"}),
            ({"age_from": 1, "age_to": 9}, {"nine"}),
        ],
    )
    def test_ages_with_both_ends(self, db: None, ages: dict[str, int], inside: set[str]) -> None:
        for name, born in [
            ("nine", date(2016, 11, 2)),
            ("ten", date(2016, 11, 1)),
            ("eleven", date(2015, 11, 1)),
            ("unborn", None),
        ]:
            CaseFactory(reference=name, date_of_birth=born)
        assert found(ages) == inside

    def test_services_and_teams_by_the_workers_where_the_case_has_none(self, db: None) -> None:
        team, other = TeamFactory(), TeamFactory()
        CaseFactory(reference="of team", team=team)
        CaseFactory(reference="of worker", team=None, worker=UserFactory(team=team))
        CaseFactory(reference="worker moved", team=other, worker=UserFactory(team=team))
        CaseFactory(reference="of nobody", team=None, worker=None)
        assert found({"teams": [team.pk]}) == {"of team", "of worker"}
        assert found({"services": [team.service_id]}) == {"of team", "of worker"}


# ------------------------------------------------------------------ any cohort at all
FLAGS = ["missing", "exploitation", "exploitation_high", "under_five"]
lists = st.lists
COHORTS = st.fixed_dictionaries(
    {},
    optional={
        "plans": lists(st.sampled_from(PLANS), max_size=4),
        "cp_category": st.sampled_from(["", "  sexual  abuse ", "NEGLECT", "Physical"]),
        "age_from": st.none() | st.integers(0, OLDEST),
        "age_to": st.none() | st.integers(0, OLDEST),
        "flags": lists(st.sampled_from(FLAGS), max_size=3),
        "flags_all": st.booleans(),
        "services": lists(st.integers(0, 1), max_size=3),
        "teams": lists(st.integers(0, 3), max_size=3),
    },
).filter(lambda c: not (c.get("age_from") and c.get("age_to") is not None and c["age_from"] > c["age_to"]))


def expected(case: Case, cohort: dict[str, Any]) -> bool:
    """Whether a case is in a cohort, read off row by row."""
    team = case.team or (case.worker.team if case.worker else None)
    beside = {"child_protection", "pathway"}
    plans = {case.plan} | (set(case.plans) & beside)
    flags, wanted = set(case.flags), set(cohort.get("flags", []))
    age = case.age_on(MONTH)
    youngest, oldest = cohort.get("age_from") or 0, cohort.get("age_to")
    old_enough = youngest == 0 if age is None else youngest <= age
    return (
        (not cohort.get("plans") or bool(plans & set(cohort["plans"])))
        and cohort.get("cp_category", "").casefold() in case.cp_category.casefold()
        and old_enough
        and (oldest is None or age is None or age <= oldest)
        and (not wanted or (wanted <= flags if cohort.get("flags_all") else bool(wanted & flags)))
        and (not cohort.get("services") or (team is not None and team.service_id in cohort["services"]))
        and (not cohort.get("teams") or (team is not None and team.pk in cohort["teams"]))
    )


@pytest.fixture
def places(db: None) -> tuple[list[Service], list[Team]]:
    services = [ServiceFactory(), ServiceFactory()]
    return services, [TeamFactory(service=services[number % 2]) for number in range(4)]


@pytest.fixture
def caseload(places: tuple[list[Service], list[Team]]) -> list[Case]:
    """Cases of every plan, age, flag, team and lack of them."""
    _, teams = places
    births = [None, date(2026, 11, 9), date(2026, 11, 1), date(2021, 11, 1), date(2021, 11, 2), date(2012, 2, 29)]
    made = []
    for number in range(48):
        plan = PLANS[number % len(PLANS)]
        team = [*teams, None][number % 5]
        made.append(
            CaseFactory(
                plan=plan,
                plans=sorted({plan, *(["child_protection"] if number % 3 == 0 else [])}),
                cp_category=["", "Sexual Abuse", "Neglect and physical"][number % 3],
                date_of_birth=births[number % len(births)],
                flags=[flag for bit, flag in enumerate(FLAGS) if number >> bit & 1],
                team=team,
                worker=UserFactory(team=teams[number % 4]) if number % 7 else None,
            )
        )
    return made


class TestAnyCohort:
    SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

    @SETTINGS
    @given(raw=COHORTS)
    def test_comes_back_as_it_was_kept_and_means_the_same(
        self, places: tuple[list[Service], list[Team]], caseload: list[Case], raw: dict[str, Any]
    ) -> None:
        services, teams = places
        for key, all_of_them in (("services", services), ("teams", teams)):
            if key in raw:
                raw[key] = [all_of_them[index].pk for index in raw[key]]
        kept = clean(raw)
        assert clean(kept) == kept == json.loads(json.dumps(kept))
        assert all(value not in (None, "", [], False) for value in kept.values())
        cases = Case.objects.select_related("team", "worker__team")
        assert found(kept) == {case.reference for case in cases if expected(case, kept)}
        assert bool(in_words(kept)) == bool(set(kept) - {"age_from"} or kept.get("age_from"))


class TestClean:
    def test_sorts_and_drops_what_is_empty(self, db: None) -> None:
        raw = {
            "plans": ["child_in_need", "child_protection", "child_in_need"],
            "cp_category": " Sexual  abuse ",
            "age_from": None,
            "age_to": 4,
            "flags": ["missing"],
            "flags_all": True,
            "services": [],
        }
        assert clean(raw) == {
            "plans": ["child_protection", "child_in_need"],
            "cp_category": "Sexual abuse",
            "age_to": 4,
            "flags": ["missing"],
        }
        assert clean({}) == {}

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            ({"postcode": "EX1"}, "A cohort has no postcode"),
            ({"plans": ["closed"]}, "There is no plan closed"),
            ({"plans": "pathway"}, "The plans of a cohort are a list"),
            ({"cp_category": "x" * 101}, "at most 100 characters"),
            ({"cp_category": 7}, "at most 100 characters"),
            ({"age_from": -1}, "a whole number from 0 to 30"),
            ({"age_to": 31}, "a whole number from 0 to 30"),
            ({"age_to": True}, "a whole number from 0 to 30"),
            ({"age_from": 10, "age_to": 9}, "The youngest age is above the oldest"),
            ({"flags": ["Missing!"]}, "small letters"),
            ({"flags": [3]}, "The flags of a cohort are a list"),
            ({"flags_all": "yes"}, "is yes or no"),
            ({"services": [0]}, "One of the services is not known"),
            ({"teams": ["1"]}, "The teams of a cohort are a list"),
        ],
    )
    def test_refuses_what_means_nothing(self, db: None, raw: dict[str, Any], why: str) -> None:
        with pytest.raises(ValueError, match=why):
            clean(raw)


class TestInWords:
    def test_say_each_narrowing_in_a_line(self, db: None) -> None:
        service = ServiceFactory(name="Safeguarding")
        teams = [TeamFactory(name="Meadow Team"), TeamFactory(name="Harbour Team")]
        cohort = {
            "plans": ["child_protection", "child_in_need"],
            "cp_category": "Sexual abuse",
            "age_to": 4,
            "flags": ["exploitation_high", "missing"],
            "services": [service.pk],
            "teams": [team.pk for team in teams],
        }
        assert in_words(cohort) == [
            "Child protection plan or Child in need plan",
            "Child protection category: Sexual abuse",
            "Aged under 5, unborn children too",
            "Marked as: At risk of exploitation, high or Missing from home or care",
            "Service: Safeguarding",
            "Team: Harbour Team or Meadow Team",
        ]
        assert in_words({}) == []

    @pytest.mark.parametrize(
        ("ages", "words"),
        [
            ({"age_from": 16}, ["Aged 16 or over"]),
            ({"age_from": 10, "age_to": 15}, ["Aged 10 to 15"]),
            ({"age_from": 7, "age_to": 7}, ["Aged 7"]),
            ({"age_from": 0, "age_to": 0}, ["Aged under 1, unborn children too"]),
            ({"age_from": 0}, []),
        ],
    )
    def test_say_ages_as_people_do(self, ages: dict[str, int], words: list[str]) -> None:
        assert in_words(ages) == words

    def test_say_where_both_flags_are_wanted(self) -> None:
        cohort = {"flags": ["exploitation", "missing"], "flags_all": True}
        assert in_words(cohort) == ["Marked as: At risk of exploitation and also Missing from home or care"]

    def test_show_a_flag_that_has_no_words_as_it_is(self) -> None:
        assert in_words({"flags": ["county_lines"]}) == ["Marked as: County lines"]


class TestKnownFlags:
    def test_are_those_of_open_cases_with_how_many_carry_them(
        self, db: None, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        CaseFactory(flags=["missing", "exploitation_high"])
        CaseFactory(flags=["missing"])
        CaseFactory(flags=["uasc"], closed_on=TODAY)
        with django_assert_num_queries(1):
            flags = known_flags(today=TODAY)
        assert [(flag.code, flag.words, flag.cases) for flag in flags] == [
            ("exploitation_high", "At risk of exploitation, high", 1),
            ("missing", "Missing from home or care", 2),
        ]
