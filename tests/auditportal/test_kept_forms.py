"""Forms that a script sends are answered so that the page with what was typed can stay (R3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits.models import Audit, DevelopmentNote, ImmediateRisk
from people.models import User

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

    def test_remembers_only_the_last_few(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        for number in range(12):
            send(client, audit, auditor, number=str(number), name="write_note", text=f"Note {number}.")
        assert len(client.session["kept_forms_done"]) == 10


class TestWhatABrowserSends:
    def test_is_led_on_as_ever(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        assert client.post(reverse("audits:raise_risk", args=[audit.reference]), TYPED).status_code == 302
