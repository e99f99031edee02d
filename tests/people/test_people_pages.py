"""The people, mail and activity pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from allocation.eligibility import rules
from people.activity import record
from people.mail import queue
from people.models import Absence, OutgoingMail, User
from people.roles import JobRole
from tests.conftest import NOW
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def page(client: Client, user: User, name: str, *args: Any, **query: Any) -> str:
    client.force_login(user)
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def mail_to(user: User, n: int = 1, **more: Any) -> OutgoingMail:
    values = {"key": f"k{n}", "kind": "reminder", "subject": f"Subject {n}", "body": "Sign in to see it.", "at": NOW}
    return queue(user, **{**values, **more})


class TestPeopleList:
    def test_finds_people_by_name_team_and_role(self, client: Client, psw: User, worker: User, auditor: User) -> None:
        assert "Wren Worker" in page(client, psw, "people:list", q="wren")
        assert "Ada Auditor" not in page(client, psw, "people:list", q="wren")
        assert "Ada Auditor" not in page(client, psw, "people:list", team=worker.team_id)
        assert "Wren Worker" not in page(client, psw, "people:list", role="team_manager")

    def test_keeps_the_filter_on_the_next_page(self, client: Client, psw: User) -> None:
        UserFactory.create_batch(60)
        assert "q=Person&amp;page=2" in page(client, psw, "people:list", q="Person")

    @pytest.mark.parametrize("query", [{"team": "x"}, {"role": "x"}, {"page": "x"}, {"q": "\x00"}, {"team": "999999"}])
    def test_bears_any_query(self, client: Client, psw: User, query: dict[str, str]) -> None:
        assert "Petra Programme" in page(client, psw, "people:list", **query)

    def test_is_for_those_who_may_see_staff(self, client: Client, worker: User) -> None:
        client.force_login(worker)
        assert client.get(reverse("people:list")).status_code == 403

    def test_asks_the_database_the_same_for_any_number(
        self, client: Client, psw: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        boss = UserFactory()
        UserFactory.create_batch(50, line_manager=boss)
        client.force_login(psw)
        with django_assert_max_num_queries(6):
            client.get(reverse("people:list"))


class TestPersonDetail:
    def test_shows_the_line_above_and_below_and_absences(
        self, client: Client, psw: User, team_manager: User, worker: User
    ) -> None:
        Absence.objects.create(user=team_manager, starts=date.today(), ends=date.today() + timedelta(days=3))  # noqa: DTZ011
        text = page(client, psw, "people:detail", team_manager.pk)
        assert "Hana Head" in text
        assert "Wren Worker" in text
        assert "None recorded" not in text

    def test_of_somebody_else_is_not_found_without_the_right(self, client: Client, worker: User, psw: User) -> None:
        client.force_login(worker)
        assert client.get(reverse("people:detail", args=[psw.pk])).status_code == 404
        assert client.get(reverse("people:detail", args=[worker.pk])).status_code == 200


class TestFirstSteps:
    @pytest.fixture
    def joiner(self) -> User:
        person = UserFactory(name="Jo Joiner", job_role=JobRole.IRO, email="jo@example.org")
        person.set_unusable_password()
        person.save()
        return person

    def test_say_how_a_password_comes_and_how_a_slip_is_put_right(
        self, client: Client, psw: User, joiner: User, assistant_director: User
    ) -> None:
        text = page(client, psw, "people:detail", joiner.pk)
        assert "No password yet." in text
        assert "The link comes by email to jo@example.org." in text
        assert "fill in the email jo@example.org and what is wrong" in text
        assert "In no draw yet" not in text  # the programme does not ask for a sign-off
        User.objects.filter(pk=joiner.pk).update(password=make_password("a long enough one"))
        assert "No password yet." not in page(client, psw, "people:detail", joiner.pk)
        assert "Something here is wrong" not in page(client, assistant_director, "people:detail", joiner.pk)

    def test_say_who_is_in_no_draw(self, client: Client, psw: User, joiner: User, worker: User) -> None:
        reason = "The leadership team wants it"
        rules.change(reason=reason, by=psw, at=NOW, competency_required=True)
        assert "In no draw yet." in page(client, psw, "people:detail", joiner.pk)
        assert "In no draw yet." not in page(client, psw, "people:detail", worker.pk)  # does not audit


class TestMail:
    def test_is_listed_and_filtered(self, client: Client, psw: User, worker: User) -> None:
        mail_to(worker, 1, about="audit:2026-11-0007")
        OutgoingMail.objects.filter(pk=mail_to(worker, 2).pk).update(status="failed", last_error="550 no such box")
        assert "Subject 1" in page(client, psw, "people:mail", q="2026-11-0007")
        failed = page(client, psw, "people:mail", status="failed")
        assert "Subject 2" in failed
        assert "Subject 1" not in failed
        assert "1 mail could not be delivered" in failed
        assert "Subject 1" in page(client, psw, "people:mail", kind="reminder", status="nonsense")

    def test_shows_what_went_when_to_whom(self, client: Client, psw: User, worker: User) -> None:
        mail = mail_to(worker)
        OutgoingMail.objects.filter(pk=mail.pk).update(attempts=3, last_error="451 try later")
        text = page(client, psw, "people:mail_detail", mail.pk)
        assert "Sign in to see it." in text
        assert "451 try later" in text
        assert worker.email in text

    def test_never_shows_a_link_to_a_new_password(self, client: Client, psw: User, worker: User) -> None:
        mail = mail_to(worker, body="Go to https://portal.example/password/reset/key/SECRET/")
        assert "SECRET" not in page(client, psw, "people:mail_detail", mail.pk)

    def test_says_what_comes_first_where_there_is_none(self, client: Client, psw: User) -> None:
        assert "No mail yet" in page(client, psw, "people:mail")

    def test_is_closed_to_others(self, client: Client, worker: User) -> None:
        mail = mail_to(worker)
        client.force_login(worker)
        assert client.get(reverse("people:mail")).status_code == 403
        assert client.get(reverse("people:mail_detail", args=[mail.pk])).status_code == 404


class TestActivity:
    def test_lists_who_did_what_the_latest_first(self, client: Client, psw: User) -> None:
        assert "Nothing has happened yet" in page(client, psw, "people:activity")
        record("opened cycle", target="cycle:2026-11", by=psw, at=NOW)
        record("chased", target="audit:2026-11-0001", by=None, at=NOW + timedelta(minutes=1))
        text = page(client, psw, "people:activity")
        assert text.index("Audit 2026-11-0001") < text.index("Cycle 2026-11")
        assert "Cycle 2026-11" not in page(client, psw, "people:activity", q="chased")

    def test_is_closed_to_others(self, client: Client, worker: User) -> None:
        client.force_login(worker)
        assert client.get(reverse("people:activity")).status_code == 403
