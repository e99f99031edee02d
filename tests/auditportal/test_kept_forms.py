"""Forms that a script sends are answered so that the page with what was typed can stay (R3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from audits.models import Audit, DevelopmentNote, ImmediateRisk
from people.models import SentForm, User
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today", "worker", "team_manager", "psw")]
TYPED = {"concern": "Nobody has seen the child for five weeks."}


def send(
    client: Client, audit: Audit, user: User, *, name: str = "raise_risk", number: str = "1", **typed: Any
) -> tuple[int, Any]:
    """As the script sends it; returns the status, and the answer where it is JSON."""
    headers = {"X-Kept": number, "X-Writer": str(user.pk)}
    answer = client.post(reverse(f"audits:{name}", args=[audit.reference]), typed or TYPED, headers=headers)
    return answer.status_code, answer.json() if "json" in answer["Content-Type"] else None


class TestWhatAScriptSends:
    def test_is_told_where_it_led_and_what_is_to_be_said_is_said_there(
        self, client: Client, audit: Audit, auditor: User
    ) -> None:
        client.force_login(auditor)
        code, answer = send(client, audit, auditor)
        assert (code, answer) == (200, {"to": reverse("audits:risk", args=[ImmediateRisk.objects.get().pk])})
        assert "The managers are being told now" in client.get(answer["to"]).content.decode()

    def test_is_done_once_where_its_answer_was_lost(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        first = send(client, audit, auditor, name="write_note", text="Well done.")
        assert send(client, audit, auditor, name="write_note", text="Something else by now.") == first
        assert DevelopmentNote.objects.count() == 1
        send(client, audit, auditor, name="write_note", number="2", text="Another one.")
        assert DevelopmentNote.objects.count() == 2

    def test_comes_back_as_a_page_where_something_is_wrong(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        assert send(client, audit, auditor, concern="") == (200, None)

    def test_is_refused_in_words(self, client: Client, audit: Audit, auditor: User, psw: User) -> None:
        client.force_login(psw)
        code, answer = send(client, audit, psw, name="write_note", text="Mine.")
        assert code == 403
        assert answer["message"].startswith("Only the auditor writes such a note")

    def test_is_not_led_to_the_sign_in_page(self, client: Client, audit: Audit, auditor: User) -> None:
        assert send(client, audit, auditor)[0] == 401

    def test_is_not_taken_for_what_somebody_else_wrote(
        self, client: Client, audit: Audit, auditor: User, psw: User
    ) -> None:
        client.force_login(auditor)
        assert send(client, audit, psw) == (409, {"other_user": True})
        assert not ImmediateRisk.objects.exists()

    def test_is_done_once_whoever_signs_in_again(self, client: Client, audit: Audit, auditor: User) -> None:
        for _ in range(2):
            client.force_login(auditor)
            assert send(client, audit, auditor, name="write_note", text="Well done.")[0] == 200
            client.logout()
        assert DevelopmentNote.objects.count() == 1

    def test_is_remembered_for_a_day(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        SentForm.objects.create(user=auditor, number="old", led_to="/", sent_at=NOW - timedelta(days=2))
        send(client, audit, auditor)
        assert set(SentForm.objects.values_list("number", flat=True)) == {"1"}

    def test_may_bear_the_same_number_where_nothing_was_done(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        send(client, audit, auditor, concern="")
        assert send(client, audit, auditor)[0] == 200
        assert ImmediateRisk.objects.count() == 1

    def test_leaves_the_end_of_the_session_where_it_was(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        sessions = Session.objects.values_list("session_data", "expire_date")
        before = sessions.get()
        send(client, audit, auditor)
        assert sessions.get() == before


@pytest.mark.django_db(transaction=True)
class TestTwiceAtOnce:
    def test_is_done_once(self, audit: Audit, auditor: User) -> None:
        meet = Barrier(2)

        def one(text: str) -> tuple[int, Any]:
            client = Client()
            client.force_login(auditor)
            meet.wait(10)
            try:
                return send(client, audit, auditor, name="write_note", text=text)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(one, ("Well done.", "Well done again."))
        assert first == second
        assert first[0] == 200
        assert DevelopmentNote.objects.count() == 1


class TestWhatABrowserSends:
    def test_is_led_on_as_ever(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        assert client.post(reverse("audits:raise_risk", args=[audit.reference]), TYPED).status_code == 302
