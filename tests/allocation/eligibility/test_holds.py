"""Cases that a person keeps out of draws, and the pages for it (C4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from allocation.eligibility import holds
from allocation.eligibility.pool import case_pool
from allocation.models import CaseHold, Cycle
from allocation.month_lock import CycleError
from audits.models import Case
from people.models import Activity, User
from tests.cast import date_parts
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db
COMPLAINT = CaseHold.Why.COMPLAINT
NOTE = "Letter of the 3rd, with the complaints team"


@pytest.fixture(autouse=True)
def ten_november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(cycle: Cycle) -> Case:
    return CaseFactory(reference="C77001")


@pytest.fixture
def page(client: Client, psw: User) -> Client:
    """The browser of the principal social worker."""
    client.force_login(psw)
    return client


def keep(case: Case, by: User, **changes: Any) -> CaseHold:
    wanted = {"why": COMPLAINT, "note": NOTE, "until": None, "by": by, "at": NOW}
    return holds.hold(case, **(wanted | changes))


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestHold:
    def test_keeps_a_case_out_of_the_pool_until_it_is_ended(self, case: Case, cycle: Cycle, psw: User) -> None:
        assert case.pk in case_pool(cycle, today=TODAY).case_ids
        held = keep(case, psw)
        pool = case_pool(cycle, today=TODAY)
        assert case.pk not in pool.case_ids
        assert [excluded.reason for excluded in pool.excluded] == [
            "Kept out of draws: a complaint is being looked into"
        ]
        holds.end(held, by=psw, at=NOW)
        assert case.pk in case_pool(cycle, today=TODAY).case_ids

    def test_runs_to_the_end_of_its_last_day(self, case: Case, cycle: Cycle, psw: User) -> None:
        keep(case, psw, until=TODAY)
        assert case.pk not in case_pool(cycle, today=TODAY).case_ids
        assert case.pk in case_pool(cycle, today=TODAY + timedelta(days=1)).case_ids

    def test_may_stand_beside_another_for_another_reason(self, case: Case, psw: User) -> None:
        keep(case, psw)
        keep(case, psw, why=CaseHold.Why.REVIEW)
        assert CaseHold.objects.running_on(TODAY).count() == 2

    def test_for_the_same_reason_twice_is_refused(self, case: Case, psw: User) -> None:
        keep(case, psw, until=date(2027, 3, 3))
        with pytest.raises(CycleError, match="already until 3 March 2027") as error:
            keep(case, psw)
        assert error.value.field == "why"

    def test_takes_the_place_of_one_whose_last_day_is_past(self, case: Case, psw: User) -> None:
        keep(case, psw, until=TODAY)
        later = keep(case, psw, at=NOW + timedelta(days=1))
        assert list(CaseHold.objects.running_on(TODAY + timedelta(days=1))) == [later]
        assert CaseHold.objects.over_on(TODAY + timedelta(days=1)).get().ended_by == psw

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"until": date(2026, 11, 9)}, "until"), ({"why": CaseHold.Why.OTHER, "note": "  "}, "note")],
    )
    def test_is_refused_beside_its_field(self, case: Case, psw: User, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(CycleError) as error:
            keep(case, psw, **changes)
        assert error.value.field == field
        assert CaseHold.objects.count() == 0

    def test_is_ended_once(self, case: Case, psw: User) -> None:
        held = keep(case, psw)
        holds.end(held, by=psw, at=NOW)
        with pytest.raises(CycleError, match="already"):
            holds.end(held, by=psw, at=NOW)

    def test_leaves_its_reason_out_of_the_activity(self, case: Case, psw: User) -> None:
        holds.end(keep(case, psw), by=psw, at=NOW)
        told = list(Activity.objects.order_by("pk").values_list("verb", "target", "detail"))
        target = "case:C77001"
        assert told == [("kept case out of draws", target, {}), ("let case into draws again", target, {})]

    def test_cannot_be_ended_by_nobody(self, case: Case, psw: User) -> None:
        held = keep(case, psw)
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseHold.objects.filter(pk=held.pk).update(ended_at=NOW)


class TestCasePage:
    def test_says_why_and_until_when_and_ends_it(self, page: Client, case: Case, psw: User) -> None:
        keep(case, psw, until=date(2027, 3, 3))
        text = text_of(page.get(f"/cases/{case.pk}/"))
        assert "a complaint is being looked into, until 3 March 2027" in text
        assert NOTE in text
        response = page.post(f"/holds/{CaseHold.objects.get().pk}/end/", follow=True)
        assert response.redirect_chain == [(f"/cases/{case.pk}/", 302)]
        assert "Nobody keeps this case out of draws" in text_of(response)

    def test_shows_nothing_of_it_to_those_who_do_not_run_the_programme(
        self, client: Client, case: Case, psw: User, administrator: User
    ) -> None:
        keep(case, psw)
        assert case.worker is not None
        for person in (administrator, case.worker):
            client.force_login(person)
            text = text_of(client.get(f"/cases/{case.pk}/"))
            assert "C77001" in text
            assert "complaint" not in text
            assert "draws" not in text.split("<h2")[-1]
            assert NOTE not in text


class TestEndingPage:
    def test_says_what_is_ended_before_it_is(self, page: Client, case: Case, psw: User) -> None:
        keep(case, psw)
        address = f"/holds/{CaseHold.objects.get().pk}/end/"
        assert f'href="{address}"' in text_of(page.get(f"/cases/{case.pk}/"))
        assert f'href="{address}?back=list"' in text_of(page.get("/holds/"))
        text = text_of(page.get(address))
        assert "Let case C77001 into draws again?" in text
        assert NOTE in text
        assert "The next draw can take this case" in text
        assert CaseHold.objects.get().ended_at is None

    def test_says_what_keeps_the_case_out_all_the_same(self, page: Client, case: Case, psw: User) -> None:
        held = keep(case, psw)
        keep(case, psw, why="review")
        text = text_of(page.get(f"/holds/{held.pk}/end/"))
        assert "The case stays out of draws all the same, for another reason" in text

    def test_asks_nothing_once_it_has_ended(self, page: Client, case: Case, psw: User) -> None:
        held = holds.end(keep(case, psw), by=psw, at=NOW)
        text = text_of(page.get(f"/holds/{held.pk}/end/"))
        assert "This has ended already" in text
        assert "Let it into draws again" not in text


class TestAddingPage:
    def test_keeps_the_case_out(self, page: Client, case: Case) -> None:
        posted = {"why": "complaint", "note": NOTE, **date_parts("until", date(2027, 3, 3))}
        response = page.post(f"/cases/{case.pk}/hold/", posted, follow=True)
        assert "Case C77001 is kept out of draws." in text_of(response)
        assert CaseHold.objects.get().until == date(2027, 3, 3)

    @pytest.mark.parametrize(
        ("posted", "words"),
        [
            ({"why": ""}, "Choose why"),
            ({"why": "other"}, "Say in the note what the reason is."),
            (
                {"why": "complaint", **date_parts("until", date(2026, 11, 9))},
                "The last day must be 10 November 2026 or later",
            ),
        ],
    )
    def test_says_what_is_missing(self, page: Client, case: Case, posted: dict[str, str], words: str) -> None:
        assert words in text_of(page.post(f"/cases/{case.pk}/hold/", posted))
        assert CaseHold.objects.count() == 0


class TestList:
    def test_has_those_that_run_and_those_that_are_over(self, page: Client, case: Case, psw: User) -> None:
        assert "No case is kept out" in text_of(page.get("/holds/"))
        keep(case, psw)
        assert "C77001" in text_of(page.get("/holds/"))
        assert "C77001" not in text_of(page.get("/holds/?show=over"))
        response = page.post(f"/holds/{CaseHold.objects.get().pk}/end/?back=list", follow=True)
        assert response.redirect_chain == [("/holds/", 302)]
        assert "C77001" in text_of(page.get("/holds/?show=over"))
        again = page.post(f"/holds/{CaseHold.objects.get().pk}/end/", follow=True)
        assert "Somebody has ended this already." in text_of(again)

    def test_asks_the_database_the_same_for_any_number(
        self, page: Client, psw: User, cycle: Cycle, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for case in CaseFactory.create_batch(30):
            keep(case, psw)
        with django_assert_max_num_queries(5):
            assert "30 now" in text_of(page.get("/holds/"))
