"""How many audits each person may be given in one month (P2)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from allocation.changes import quotas
from allocation.eligibility.auditor_pool import NO_PLACES, auditor_pool
from allocation.models import Cycle, QuotaChange
from allocation.month_lock import CycleError
from people.models import Activity, User
from tests.conftest import NOW, TODAY
from tests.factories import MONTH, UserFactory

pytestmark = pytest.mark.django_db
WHY = "Covers for a colleague on leave"
NEXT_MONTH = date(2026, 12, 1)


@pytest.fixture
def person(cycle: Cycle) -> User:
    """Somebody with two audits every month."""
    return UserFactory(name="Quentin Quota", job_role="team_manager", monthly_quota=2)


def give(person: User, places: int, by: User, **more: object) -> QuotaChange | None:
    values = {"month": MONTH, "reason": WHY, **more}
    return quotas.set_places(values["month"], person, places=places, reason=values["reason"], by=by, at=NOW)  # type: ignore[arg-type]  # as each test gives them


def places(person: User, month: date = MONTH) -> int:
    return quotas.places_of(month, [person])[person.pk]


class TestPlaces:
    def test_are_the_quota_of_every_month_where_nothing_was_changed(self, person: User) -> None:
        assert places(person) == 2

    def test_add_up_the_changes_of_the_month_and_of_no_other(self, person: User, psw: User) -> None:
        for month, change in ((MONTH, 2), (MONTH, -1), (NEXT_MONTH, 5)):
            QuotaChange.objects.create(month=month, user=person, change=change, reason=WHY, by=psw, at=NOW)
        assert places(person) == 3
        assert places(person, NEXT_MONTH) == 7

    def test_are_never_below_nought(self, person: User, psw: User) -> None:
        QuotaChange.objects.create(month=MONTH, user=person, change=-5, reason=WHY, by=psw, at=NOW)
        assert places(person) == 0

    def test_of_many_take_one_query(self, django_assert_num_queries: DjangoAssertNumQueries, cycle: Cycle) -> None:
        people = UserFactory.create_batch(30)
        with django_assert_num_queries(1):
            assert set(quotas.places_of(MONTH, people).values()) == {1}

    def test_are_what_the_pool_of_the_month_has(self, person: User, psw: User, cycle: Cycle) -> None:
        give(person, 4, psw)
        assert [(one.person, one.places) for one in auditor_pool(cycle, today=TODAY).available] == [(person, 4)]
        give(person, 0, psw)
        assert auditor_pool(cycle, today=TODAY).kept_out == ((person, NO_PLACES),)


class TestSetting:
    @pytest.mark.parametrize("wanted", [0, 1, 3, 10])
    def test_writes_the_difference(self, person: User, psw: User, wanted: int) -> None:
        change = give(person, wanted, psw)
        assert change is not None
        assert change.change == wanted - 2
        assert (change.reason, change.by, change.at) == (WHY, psw, NOW)
        assert places(person) == wanted

    def test_of_the_same_number_writes_nothing_and_asks_no_reason(self, person: User, psw: User) -> None:
        give(person, 3, psw)
        assert give(person, 3, psw, reason="") is None
        assert QuotaChange.objects.count() == 1
        assert Activity.objects.filter(verb="changed places").count() == 1

    def test_again_counts_from_what_is_there(self, person: User, psw: User) -> None:
        for wanted in (5, 1, 2):
            give(person, wanted, psw)
        assert [change.change for change in quotas.history(MONTH)] == [1, -4, 3]
        assert places(person) == 2

    def test_makes_good_a_debt_below_nought(self, person: User, psw: User) -> None:
        QuotaChange.objects.create(month=MONTH, user=person, change=-5, reason=WHY, by=psw, at=NOW)
        change = give(person, 1, psw)
        assert change is not None
        assert change.change == 4
        assert places(person) == 1

    @pytest.mark.parametrize("wanted", [-1, 11])
    def test_refuses_what_is_out_of_reach_beside_its_field(self, person: User, psw: User, wanted: int) -> None:
        with pytest.raises(CycleError, match="Quentin Quota can have 0 to 10 places") as error:
            give(person, wanted, psw)
        assert error.value.field == f"places_{person.pk}"

    def test_wants_a_reason(self, person: User, psw: User) -> None:
        with pytest.raises(CycleError, match="Give the reason") as error:
            give(person, 3, psw, reason="busy")
        assert error.value.field == "reason"

    @pytest.mark.parametrize(("status", "words"), [("closed", "closed"), ("paused", "pauses")])
    def test_is_over_in_a_month_that_is_closed_or_paused(
        self, person: User, psw: User, cycle: Cycle, status: str, words: str
    ) -> None:
        times = {"published_at": NOW} if status == "closed" else {"due_on": None}
        Cycle.objects.filter(pk=cycle.pk).update(status=status, **times)
        with pytest.raises(CycleError, match=words):
            give(person, 3, psw)
        assert QuotaChange.objects.count() == 0

    def test_of_several_is_all_or_none(self, person: User, psw: User) -> None:
        other = UserFactory()
        with pytest.raises(CycleError):
            quotas.set_places_of_many(MONTH, {person: 3, other: 11}, reason=WHY, by=psw, at=NOW)
        assert QuotaChange.objects.count() == 0

    def test_is_recorded_with_before_and_after(self, person: User, psw: User) -> None:
        give(person, 4, psw)
        told = Activity.objects.get(verb="changed places")
        assert (told.target, told.by) == (f"person:{person.pk}", psw)
        assert told.detail == {"month": "2026-11", "before": 2, "after": 4}


class TestChange:
    def test_is_never_changed_or_deleted(self, person: User, psw: User) -> None:
        change = give(person, 4, psw)
        assert change is not None
        for spoil in (lambda: QuotaChange.objects.update(change=1), lambda: QuotaChange.objects.all().delete()):
            with pytest.raises(Exception, match="append_only"), transaction.atomic():
                spoil()

    def test_always_changes_something(self, person: User, psw: User) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            QuotaChange.objects.create(month=MONTH, user=person, change=0, reason=WHY, by=psw, at=NOW)
