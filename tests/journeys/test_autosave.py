"""What happens to typed text when the session, the person or the connection changes while a page is written."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from audits.models import Audit, PageAnswers
from people.models import User
from tests.factories import UserFactory
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
SIGNED_OUT = "You were signed out: sign in in another tab, then this page goes on saving"
NO_CONNECTION = "Not saved yet: no connection, still trying"
OUR_SIDE = "Not saved yet: something went wrong on our side, still trying"
SAVES = "**/do/s1/save/"


@pytest.fixture
def desk(desks: Any, auditor: User) -> Desk:
    """The auditor's window."""
    seated: Desk = desks(auditor)
    return seated


@pytest.fixture
def page(desk: Desk, audit: Audit) -> Page:
    """The first section, open in the auditor's window."""
    desk.page.goto(f"/audits/{audit.reference}/do/s1/")
    return desk.page


def sign_in(context: BrowserContext, user: User, address: str) -> None:
    """As in another tab: another session, and another token for forms."""
    client = Client()
    client.force_login(user)
    values = {"sessionid": client.cookies["sessionid"].value, "csrftoken": "k" * 32}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in values.items()])


def type_in(page: Page, text: str) -> None:
    page.get_by_label("Why this grade").press_sequentially(text)


def says(page: Page, text: str) -> None:
    expect(page.locator("[data-saved]")).to_contain_text(text, timeout=15000)


def press_continue(page: Page) -> None:
    page.get_by_role("button", name="Save and continue").click()


def stored(audit: Audit) -> list[str]:
    return [row.content["rationale"] for row in PageAnswers.objects.filter(audit=audit, page="s1")]


class TestSignedOut:
    @pytest.mark.parametrize("how", ["the cookie went", "the session ended"])
    def test_keeps_the_text_when_the_button_is_pressed_and_saves_it_after_signing_in(
        self, desk: Desk, page: Page, audit: Audit, auditor: User, live_server: Any, how: str
    ) -> None:
        if how == "the cookie went":
            desk.context.clear_cookies(name="sessionid")
        else:
            Session.objects.all().delete()
        type_in(page, "Seen every week.")
        press_continue(page)
        says(page, SIGNED_OUT)
        page.wait_for_load_state()
        assert page.url.endswith("/do/s1/")
        assert page.get_by_label("Why this grade").input_value() == "Seen every week."
        assert stored(audit) == []
        sign_in(desk.context, auditor, live_server.url)
        press_continue(page)
        page.wait_for_url("**/do/s2/")
        assert stored(audit) == ["Seen every week."]

    def test_goes_on_saving_by_itself_after_signing_in_and_the_button_works(
        self, desk: Desk, page: Page, audit: Audit, auditor: User, live_server: Any
    ) -> None:
        desk.context.clear_cookies(name="sessionid")
        type_in(page, "Seen every week.")
        press_continue(page)
        says(page, SIGNED_OUT)
        sign_in(desk.context, auditor, live_server.url)
        says(page, "Saved 10:0")
        press_continue(page)
        page.wait_for_url("**/do/s2/")
        assert stored(audit) == ["Seen every week."]


class TestConnection:
    def test_lost_keeps_the_text_when_the_button_is_pressed(self, desk: Desk, page: Page, audit: Audit) -> None:
        desk.context.set_offline(True)
        type_in(page, "Seen every week.")
        press_continue(page)
        says(page, NO_CONNECTION)
        assert page.get_by_label("Why this grade").input_value() == "Seen every week."
        desk.context.set_offline(False)
        says(page, "Saved 10:0")
        assert stored(audit) == ["Seen every week."]
        press_continue(page)
        page.wait_for_url("**/do/s2/")

    def test_answered_by_a_failing_server_keeps_the_text_when_the_button_is_pressed(
        self, page: Page, audit: Audit
    ) -> None:
        page.route(SAVES, lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
        type_in(page, "Seen every week.")
        press_continue(page)
        says(page, OUR_SIDE)
        assert page.url.endswith("/do/s1/")
        page.unroute(SAVES)
        press_continue(page)
        page.wait_for_url("**/do/s2/")
        assert stored(audit) == ["Seen every week."]


class TestLostAnswer:
    """The server stored it, and its answer never came."""

    def lose(self, page: Page, *, first: int) -> list[str]:
        """Lose the first answers; what was sent is kept."""
        sent: list[str] = []

        def pass_on(route: Route, request: Request) -> None:
            sent.append(request.post_data or "")
            answer = route.fetch()
            if len(sent) <= first:
                route.abort()
            else:
                route.fulfill(response=answer)

        page.route(SAVES, pass_on)
        return sent

    def test_is_not_taken_for_somebody_else_s_change_when_typing_goes_on(self, page: Page, audit: Audit) -> None:
        sent = self.lose(page, first=1)
        type_in(page, "First.")
        says(page, NO_CONNECTION)
        type_in(page, " Second.")
        says(page, "Saved 10:0")
        assert page.locator(".portal-conflict").count() == 0
        assert stored(audit) == ["First. Second."]
        assert sent[1] == sent[0]

    def test_is_sorted_out_by_the_button(self, page: Page, audit: Audit) -> None:
        self.lose(page, first=1)
        type_in(page, "First.")
        says(page, NO_CONNECTION)
        type_in(page, " Second.")
        press_continue(page)
        page.wait_for_url("**/do/s2/")
        assert stored(audit) == ["First. Second."]

    def test_is_still_sent_again_first_after_being_signed_out_meanwhile(
        self, desk: Desk, page: Page, audit: Audit, auditor: User, live_server: Any
    ) -> None:
        self.lose(page, first=1)
        type_in(page, "First.")
        says(page, NO_CONNECTION)
        desk.context.clear_cookies(name="sessionid")
        type_in(page, " Second.")
        says(page, SIGNED_OUT)
        sign_in(desk.context, auditor, live_server.url)
        press_continue(page)
        page.wait_for_url("**/do/s2/")
        assert stored(audit) == ["First. Second."]


class TestSomebodyElse:
    def test_signed_in_meanwhile_sees_nothing_of_what_was_typed_and_writes_nothing(
        self, desk: Desk, page: Page, audit: Audit, live_server: Any
    ) -> None:
        sign_in(desk.context, UserFactory(name="Somebody Else"), live_server.url)
        type_in(page, "Not for their eyes.")
        press_continue(page)
        panel = page.locator(".portal-conflict")
        expect(panel).to_contain_text("Somebody else is signed in", timeout=15000)
        expect(page.locator("form[data-autosave]")).to_be_hidden()
        expect(page.get_by_label("Why this grade")).to_be_hidden()
        assert stored(audit) == []

    def test_signed_in_meanwhile_is_refused_even_where_they_may_write(
        self, audit: Audit, auditor: User, client: Client
    ) -> None:
        client.force_login(auditor)
        address = reverse("audits:save_page", args=[audit.reference, "s1"])
        body = {"content": {"rationale": "Whose?"}, "base_revision": 0}
        answer = client.post(address, body, content_type="application/json", headers={"X-Writer": "999999"})
        assert (answer.status_code, answer.json()["other_user"]) == (409, True)
        assert stored(audit) == []


class TestConflict:
    def test_keeps_the_text_on_the_page_when_the_button_is_pressed(self, desks: Any, page: Page, audit: Audit) -> None:
        other = desks(audit.auditor).page
        other.goto(page.url)
        type_in(other, "From the other window.")
        says(other, "Saved 10:0")
        type_in(page, "From this window.")
        press_continue(page)
        expect(page.locator(".portal-conflict")).to_contain_text("From the other window.", timeout=15000)
        press_continue(page)
        assert page.url.endswith("/do/s1/")
        assert page.get_by_label("Why this grade").input_value() == "From this window."
        assert stored(audit) == ["From the other window."]


class TestClosed:
    def test_stops_and_keeps_the_text_on_the_page(self, page: Page, audit: Audit) -> None:
        Audit.objects.filter(pk=audit.pk).update(status="withdrawn")
        type_in(page, "Too late.")
        press_continue(page)
        says(page, "nothing was saved. Copy what you typed before you leave.")
        assert page.get_by_label("Why this grade").input_value() == "Too late."
        press_continue(page)
        assert page.url.endswith("/do/s1/")


class TestComingBack:
    def test_to_a_page_the_browser_kept_loads_it_anew(self, page: Page) -> None:
        with page.expect_navigation():
            page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        expect(page.get_by_label("Why this grade")).to_be_visible()
