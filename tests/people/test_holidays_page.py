"""The days off: bank holidays, the council's closure days, and what they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from audits.deadlines import last_working_day_of_month
from people.holidays import (
    HolidayError,
    add_closure,
    days_off_by_year,
    ensure_holidays,
    holiday_set,
    remove_closure,
)
from people.models import Activity, Holiday, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

PAGE = "/days-off/"
CHRISTMAS = {"first": date(2026, 12, 24), "last": date(2026, 12, 31), "name": "Christmas closure"}


@pytest.fixture(autouse=True)
def ten_november(db: None) -> Iterator[None]:
    """England's bank holidays, on the day of the tests."""
    ensure_holidays()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(client: Client, psw: User) -> Client:
    """The browser of the principal social worker."""
    client.force_login(psw)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def closed(by: User, **changes: Any) -> list[Holiday]:
    return add_closure(**(CHRISTMAS | changes), by=by, at=NOW, today=TODAY)


class TestClosing:
    def test_makes_the_working_days_of_a_range_days_off(self, psw: User) -> None:
        added = closed(psw)
        assert [row.day.day for row in added] == [24, 29, 30, 31]  # 25 and 28 are bank holidays, 26 and 27 a weekend
        assert {(row.name, row.closure) for row in Holiday.objects.filter(closure=True)} == {
            ("Christmas closure", True)
        }
        done = Activity.objects.get(verb="added days off")
        assert (done.by, done.detail["name"], len(done.detail["days"])) == (psw, "Christmas closure", 4)

    def test_moves_the_last_working_day_of_the_month(self, psw: User) -> None:
        closed(psw)
        off = holiday_set(date(2026, 12, 1), date(2026, 12, 31))
        assert last_working_day_of_month(2026, 12, holidays=off) == date(2026, 12, 23)

    def test_closes_a_single_day(self, psw: User) -> None:
        assert [row.day for row in closed(psw, last=None)] == [date(2026, 12, 24)]

    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"first": date(2026, 11, 9)}, "first", "today or later"),
            ({"last": date(2026, 12, 23)}, "last", "not be before the first"),
            ({"last": date(2027, 2, 1)}, "last", "a month at most"),
            ({"name": " "}, "name", "Give the days a name"),
            ({"first": date(2026, 12, 25), "last": date(2026, 12, 28)}, "first", "days off already"),
            ({"first": date(2026, 12, 1), "last": date(2026, 12, 31)}, "last", "no working day left"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, psw: User, changes: dict[str, Any], field: str, words: str) -> None:
        with pytest.raises(HolidayError, match=words) as refused:
            closed(psw, **changes)
        assert refused.value.field == field
        assert not Holiday.objects.filter(closure=True).exists()


class TestRemoving:
    def test_makes_them_working_days_again_and_leaves_bank_holidays(self, psw: User) -> None:
        closed(psw)
        before = Holiday.objects.filter(closure=False).count()
        removed = remove_closure(first=CHRISTMAS["first"], last=CHRISTMAS["last"], by=psw, at=NOW, today=TODAY)
        assert len(removed) == 4
        assert (Holiday.objects.filter(closure=True).count(), Holiday.objects.filter(closure=False).count()) == (
            0,
            before,
        )

    def test_leaves_days_that_are_past(self, psw: User) -> None:
        closed(psw)
        remove_closure(first=CHRISTMAS["first"], last=CHRISTMAS["last"], by=psw, at=NOW, today=date(2026, 12, 30))
        assert list(Holiday.objects.filter(closure=True).values_list("day__day", flat=True)) == [24, 29]
        with pytest.raises(HolidayError, match="past or were removed already"):
            remove_closure(first=CHRISTMAS["first"], last=CHRISTMAS["last"], by=psw, at=NOW, today=date(2027, 1, 4))


class TestListing:
    def test_puts_closure_days_of_one_name_in_a_row_together(self, psw: User) -> None:
        closed(psw)
        closed(psw, first=date(2026, 11, 27), last=None, name="Staff conference")
        entries = [(row.name, row.first.day, row.last.day, row.days) for row in days_off_by_year()[2026] if row.closure]
        assert entries == [("Staff conference", 27, 27, 1), ("Christmas closure", 24, 31, 4)]

    def test_keeps_two_of_the_same_name_apart_where_working_days_lie_between(self, psw: User) -> None:
        for day in (date(2026, 11, 12), date(2026, 11, 16)):
            closed(psw, first=day, last=None, name="Training")
        assert [row.first.day for row in days_off_by_year()[2026] if row.closure] == [12, 16]


class TestPage:
    POSTED = (("first", (24, 12, 2026)), ("last", (31, 12, 2026)))

    def posted(self, **changes: Any) -> dict[str, Any]:
        found = {
            f"{name}_{part}": value
            for name, values in self.POSTED
            for part, value in zip(("day", "month", "year"), values, strict=True)
        }
        return found | {"name": "Christmas closure"} | changes

    def test_shows_first_and_then_adds_and_removes(self, page: Client) -> None:
        text = text_of(page.post(PAGE, self.posted()))
        assert "Nothing is added yet." in text
        assert "Thu 31 Dec 2026" in text
        assert not Holiday.objects.filter(closure=True).exists()
        text = text_of(page.post(PAGE, self.posted(add="1"), follow=True))
        assert "Added as days off: 24 December 2026, 29 December 2026, 30 December 2026, 31 December 2026." in text
        assert "Council closed, 4 working days" in text
        days = {"first": "2026-12-24", "last": "2026-12-31"}
        text = text_of(page.get(f"{PAGE}remove/", days))
        assert "Nothing is removed yet." in text
        assert Holiday.objects.filter(closure=True).count() == 4
        text = text_of(page.post(f"{PAGE}remove/", days, follow=True))
        assert "Working days again: 24 December 2026" in text
        assert "Council closed" not in text
        for again in (page.post(f"{PAGE}remove/", days, follow=True), page.get(f"{PAGE}remove/", days, follow=True)):
            assert "past or were removed already" in text_of(again)

    def test_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed(self, page: Client) -> None:
        text = text_of(page.post(PAGE, self.posted(last_day="23")))
        assert "The last day must not be before the first." in text
        assert "There is a problem" in text
        assert 'value="Christmas closure"' in text
        assert "The first day must include a month" in text_of(page.post(PAGE, self.posted(first_month="")))

    def test_offers_no_removing_of_bank_holidays_and_of_what_is_past(self, page: Client, psw: User) -> None:
        assert "Remove<" not in text_of(page.get(PAGE))
        closed(psw)
        with time_machine.travel(NOW.replace(year=2027), tick=False):
            page.force_login(psw)
            text = text_of(page.get(PAGE))
        assert "Christmas closure" in text
        assert "Remove<" not in text

    def test_is_for_those_who_keep_the_staff_list(self, client: Client) -> None:
        for role in JobRole:
            client.force_login(UserFactory(job_role=role))
            allowed = role in {JobRole.PRINCIPAL_SOCIAL_WORKER, JobRole.ADMINISTRATOR}
            assert client.get(PAGE).status_code == (200 if allowed else 403), role
            assert client.post(f"{PAGE}remove/").status_code == (302 if allowed else 403), role

    def test_is_reached_from_the_list_of_people(self, page: Client) -> None:
        assert f'href="{PAGE}"' in text_of(page.get("/people/"))

    def test_asks_no_more_of_many_days(
        self, page: Client, psw: User, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        for month in range(1, 13):
            closed(psw, first=date(2027, month, 10), last=date(2027, month, 20), name=f"Closed {month}")
        with django_assert_max_num_queries(4):
            page.get(PAGE)
