"""What auditors bring along when loads are evened over the year: worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from allocation.eligibility.year_loads import carried, given_before
from audits.models import TemplateVersion
from people.models import User
from people.roles import JobRole
from tests.factories import AuditFactory, UserFactory

NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def give(core_template: TemplateVersion) -> Callable[..., None]:
    """Give somebody audits in a month."""

    def give(person: User, year: int, month: int, count: int = 1, **fields: Any) -> None:
        for _ in range(count):
            AuditFactory(template_version=core_template, auditor=person, month=date(year, month, 1), **fields)

    return give


def auditor(name: str, **fields: Any) -> User:
    return UserFactory(name=name, job_role=JobRole.IRO, **fields)


def loads(*people: User) -> dict[str, int]:
    given = given_before(people, month=NOVEMBER)
    found = carried(people, month=NOVEMBER, given=given)
    return {person.name: found[person.pk] for person in people}


class TestGivenBefore:
    def test_counts_the_twelve_months_before_and_no_others(self, give: Callable[..., None]) -> None:
        ann = auditor("Ann")
        give(ann, 2025, 10)
        give(ann, 2025, 11, 2)
        give(ann, 2026, 10)
        give(ann, 2026, 11)
        assert given_before([ann], month=NOVEMBER) == {ann.pk: {date(2025, 11, 1): 2, date(2026, 10, 1): 1}}

    def test_leaves_out_what_was_set_aside(self, give: Callable[..., None]) -> None:
        ann = auditor("Ann")
        give(ann, 2026, 10, status="exempt")
        give(ann, 2026, 9, status="withdrawn")
        assert given_before([ann], month=NOVEMBER) == {ann.pk: {}}

    @pytest.mark.parametrize("size", [1, 8])
    def test_asks_one_question(
        self, give: Callable[..., None], size: int, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        people = [auditor(f"Person {number}") for number in range(size)]
        for person in people:
            give(person, 2026, 10)
        with django_assert_num_queries(1):
            found = given_before(people, month=NOVEMBER)
        assert [sum(found[person.pk].values()) for person in people] == [1] * size


class TestCarried:
    def test_is_what_each_was_given_where_everybody_was_here_all_year(self, give: Callable[..., None]) -> None:
        ann, ben, cleo = auditor("Ann"), auditor("Ben"), auditor("Cleo", start_date=date(2019, 4, 1))
        give(ann, 2025, 12, 3)
        give(ann, 2026, 10)
        give(ben, 2026, 3, 2)
        assert loads(ann, ben, cleo) == {"Ann": 4, "Ben": 2, "Cleo": 0}

    def test_puts_a_joiner_level_with_the_mean_of_the_others(self, give: Callable[..., None]) -> None:
        """In April and May Ann had 3 and 3, Ben 1 and 2: means 2 and 2.5. Joy came on 13 July and had 1 then."""
        ann, ben, joy = auditor("Ann"), auditor("Ben"), auditor("Joy", start_date=date(2026, 7, 13))
        give(ann, 2026, 4, 3)
        give(ann, 2026, 5, 3)
        give(ben, 2026, 4, 1)
        give(ben, 2026, 5, 2)
        give(joy, 2026, 7, 1)
        give(ann, 2026, 7, 5)
        assert loads(ann, ben, joy) == {"Ann": 11, "Ben": 3, "Joy": 6}  # 2 + 2.5 + 1 = 5.5, halves up

    def test_counts_no_month_as_missed_in_which_somebody_began(self, give: Callable[..., None]) -> None:
        ann, joy = auditor("Ann"), auditor("Joy", start_date=date(2026, 10, 30))
        give(ann, 2026, 10, 4)
        assert loads(ann, joy) == {"Ann": 4, "Joy": 0}
        joy.start_date = date(2026, 11, 1)
        assert loads(ann, joy) == {"Ann": 4, "Joy": 4}

    def test_takes_the_mean_only_of_those_who_were_here_then(self, give: Callable[..., None]) -> None:
        """In April only Ann was here (4); in August Ann (2) and May (0): mean 1. June came in September."""
        ann, may = auditor("Ann"), auditor("May", start_date=date(2026, 8, 3))
        june = auditor("June", start_date=date(2026, 9, 1))
        give(ann, 2026, 4, 4)
        give(ann, 2026, 8, 2)
        assert loads(ann, may, june) == {"Ann": 6, "May": 4, "June": 5}

    def test_is_nought_where_everybody_is_new(self, db: None) -> None:
        new = {"start_date": date(2026, 11, 2)}
        assert loads(auditor("Ann", **new), auditor("Ben", **new)) == {"Ann": 0, "Ben": 0}
        assert loads() == {}

    def test_adds_nothing_for_a_paused_month(self, give: Callable[..., None]) -> None:
        ann, joy = auditor("Ann"), auditor("Joy", start_date=date(2026, 11, 2))
        give(ann, 2026, 2, 1)
        assert loads(ann, joy) == {"Ann": 1, "Joy": 1}
