"""Forms that are sent by their button keep what was typed: signed out, no connection, somebody else (R3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from audits.models import Audit, ImmediateRisk, SmartAction
from people.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CONCERN = "Nobody has seen the child for five weeks."


def sign_in_again(desk: Any, user: User, address: str) -> None:
    """As in another tab of the same browser."""
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}
    desk.context.add_cookies([cookie])


class TestARiskTyped:
    def test_is_kept_while_signed_out_and_sent_after_signing_in_elsewhere(
        self, audit: Audit, auditor: User, team_manager: User, psw: User, desks: Any, live_server: Any, clock: Any
    ) -> None:
        desk = desks(auditor, width=390)
        page = desk.open(f"/audits/{audit.reference}/do/s1/")
        page.get_by_role("link", name="A child at risk today?").click()
        page.get_by_label("What puts the child at risk?").fill(CONCERN)
        Session.objects.all().delete()
        page.get_by_role("button", name="Tell the managers now").click()
        page.get_by_text("You were signed out").wait_for()
        assert page.get_by_label("What puts the child at risk?").input_value() == CONCERN
        assert not ImmediateRisk.objects.exists()
        desk.complaints.clear()  # the browser logs the 401
        sign_in_again(desk, auditor, live_server.url)
        page.get_by_role("button", name="Tell the managers now").click()
        page.wait_for_url("**/risks/*/")
        desk.look()
        assert ImmediateRisk.objects.get().concern == CONCERN

    def test_is_hidden_from_somebody_else_who_signs_in(
        self, audit: Audit, auditor: User, worker: User, psw: User, desks: Any, live_server: Any, clock: Any
    ) -> None:
        desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/risk/")
        page.get_by_label("What puts the child at risk?").fill(CONCERN)
        sign_in_again(desk, worker, live_server.url)
        page.get_by_role("button", name="Tell the managers now").click()
        page.get_by_text("somebody else is signed in").wait_for()
        assert not page.get_by_label("What puts the child at risk?").is_visible()
        assert not ImmediateRisk.objects.exists()


class TestAnActionTyped:
    def test_shows_its_letters_and_is_asked_about_once(
        self, audit: Audit, auditor: User, desks: Any, clock: Any
    ) -> None:
        desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        page.get_by_label("What should be better for the child?").fill("The child is safe.")
        page.get_by_label("What has to be done?").press_sequentially("Improve visits asap")
        page.get_by_text("is not a date that anybody can check").wait_for()
        page.locator("[data-letter=S] [data-mark]", has_text="?").wait_for()
        page.get_by_label("What has to be done?").fill("Improve how they are seen")
        page.get_by_label("Who will do it?").select_option(label="Wren Worker")
        for part, value in (("day", "21"), ("month", "12"), ("year", "2026")):
            page.locator(f"[name=due_on_{part}]").fill(value)
        page.locator("[name=agreed_with_worker][value=True]").check()
        page.locator("[data-letter=T][data-state=fine]").wait_for()
        desk.press("Add this action")
        assert not SmartAction.objects.exists()
        desk.press("Keep it as it is")
        assert SmartAction.objects.get().how == "Improve how they are seen"

    def test_is_there_again_after_leaving_the_page(self, audit: Audit, auditor: User, desks: Any, clock: Any) -> None:
        desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        page.get_by_label("What should be better for the child?").fill("The child is safe at home.")
        page.locator("[data-saved]", has_text="Saved").wait_for()
        page.get_by_role("link", name="Back to the task list").click()
        page.wait_for_url("**/do/")
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        assert page.get_by_label("What should be better for the child?").input_value() == "The child is safe at home."
