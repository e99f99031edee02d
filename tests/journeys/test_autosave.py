"""What happens to typed text when the session, the person or the connection changes while a page is written."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from audits.models import Audit, PageAnswers, StaleDraft
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


def sign_in(context: BrowserContext, user: User, address: str, *, token: str = "k" * 32) -> None:
    """As in another tab: another session, and another token for forms."""
    client = Client()
    client.force_login(user)
    values = {"sessionid": client.cookies["sessionid"].value, "csrftoken": token}
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


class TestLeavingByALink:
    def test_saves_first_and_asks_nothing(self, page: Page, audit: Audit) -> None:
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        type_in(page, "Seen every week.")
        page.get_by_role("link", name="Back to the task list").click()
        page.wait_for_url("**/do/")
        assert asked == []
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
    def test_signed_in_meanwhile_sees_nothing_of_what_was_typed_and_nothing_of_it_is_sent(
        self, desk: Desk, page: Page, audit: Audit, live_server: Any
    ) -> None:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.post_data or ""))
        sign_in(desk.context, UserFactory(name="Somebody Else"), live_server.url)
        type_in(page, "Not for their eyes.")
        expect(page.locator(".portal-conflict")).to_contain_text("Somebody else is signed in", timeout=15000)
        expect(page.locator("form[data-autosave]")).to_be_hidden()
        expect(page.get_by_label("Why this grade")).to_be_hidden()
        page.wait_for_timeout(2500)
        assert not any("Not for their" in text for text in sent)
        assert stored(audit) == []

    def test_hides_it_at_once_even_where_nobody_types(
        self, desk: Desk, page: Page, audit: Audit, live_server: Any
    ) -> None:
        type_in(page, "Saved and still on the screen.")
        says(page, "Saved 10:0")
        sign_in(desk.context, UserFactory(name="Somebody Else"), live_server.url)
        expect(page.get_by_label("Why this grade")).to_be_hidden(timeout=15000)

    def test_gives_the_text_back_when_the_writer_signs_in_again(
        self, desk: Desk, page: Page, audit: Audit, auditor: User, live_server: Any
    ) -> None:
        type_in(page, "First half, ")
        says(page, "Saved 10:0")
        sign_in(desk.context, UserFactory(name="Somebody Else"), live_server.url)
        page.get_by_label("Why this grade").press_sequentially("second half.")
        expect(page.locator(".portal-conflict")).to_contain_text("opened by Ada Auditor", timeout=15000)
        assert stored(audit) == ["First half, "]
        sign_in(desk.context, auditor, live_server.url, token="r" * 32)
        expect(page.get_by_label("Why this grade")).to_be_visible(timeout=15000)
        assert page.get_by_label("Why this grade").input_value() == "First half, second half."
        says(page, "Saved 10:0")
        assert stored(audit) == ["First half, second half."]
        assert page.locator(".portal-conflict").count() == 0
        press_continue(page)
        page.wait_for_url("**/do/s2/")

    def test_signed_in_meanwhile_is_refused_even_where_they_may_write(
        self, audit: Audit, auditor: User, client: Client
    ) -> None:
        client.force_login(auditor)
        address = reverse("audits:save_page", args=[audit.reference, "s1"])
        body = {"content": {"rationale": "Whose?"}, "base_revision": 0}
        answer = client.post(address, body, content_type="application/json", headers={"X-Writer": "999999"})
        assert (answer.status_code, answer.json()["other_user"]) == (409, True)
        assert stored(audit) == []


def answer_standard(page: Page, number: int, answer: str) -> None:
    page.locator(f"#id_answers__S1-{number:02d}_{answer}").check()


class TestTwoWindows:
    """The same page open twice, by one person or by a learner and the supervisor."""

    @pytest.fixture
    def other(self, desks: Any, page: Page, audit: Audit) -> Page:
        """The page in a window of the supervisor."""
        supervisor = UserFactory(name="Sunny Supervisor")
        Audit.objects.filter(pk=audit.pk).update(supervisor=supervisor)
        window: Page = desks(supervisor).page
        window.goto(page.url)
        return window

    def clash(self, page: Page, other: Page) -> Any:
        type_in(other, "From the supervisor.")
        says(other, "Saved 10:0")
        type_in(page, "From the auditor.")
        page.get_by_label("Good").first.focus()
        panel = page.locator(".portal-conflict")
        expect(panel).to_contain_text("Sunny Supervisor, 10:0", timeout=15000)
        return panel

    def test_answering_different_questions_keeps_both_and_shows_them(
        self, page: Page, other: Page, audit: Audit
    ) -> None:
        answer_standard(other, 2, "no")
        type_in(other, "From the supervisor.")
        says(other, "Saved 10:0")
        answer_standard(page, 1, "yes")
        says(page, "Saved 10:0")
        expect(page.get_by_label("Why this grade")).to_have_value("From the supervisor.")
        expect(page.locator("#id_answers__S1-02_no")).to_be_checked()
        expect(page.locator("[data-others]")).to_contain_text("Sunny Supervisor also changed on this page")
        assert page.locator(".portal-conflict").count() == 0
        content = PageAnswers.objects.get(audit=audit, page="s1").content
        assert (content["answers"], content["rationale"]) == ({"S1-01": "yes", "S1-02": "no"}, "From the supervisor.")

    def test_never_puts_the_other_text_into_the_box_with_the_cursor(
        self, page: Page, other: Page, audit: Audit
    ) -> None:
        type_in(other, "From the supervisor.")
        says(other, "Saved 10:0")
        answer_standard(page, 1, "yes")
        page.get_by_label("Why this grade").focus()
        says(page, "Saved 10:0")
        expect(page.locator("[data-others]")).to_contain_text("Why this grade")
        assert page.get_by_label("Why this grade").input_value() == ""
        assert stored(audit) == ["From the supervisor."]
        page.get_by_label("Why this grade").blur()
        expect(page.get_by_label("Why this grade")).to_have_value("From the supervisor.")

    def test_asks_when_somebody_types_in_that_box_after_all(self, page: Page, other: Page, audit: Audit) -> None:
        type_in(other, "From the supervisor.")
        says(other, "Saved 10:0")
        answer_standard(page, 1, "yes")
        page.get_by_label("Why this grade").focus()
        expect(page.locator("[data-others]")).to_contain_text("Why this grade", timeout=15000)
        page.keyboard.type("From the auditor.")
        expect(page.locator(".portal-conflict")).to_contain_text("From the supervisor.", timeout=15000)
        assert page.get_by_label("Why this grade").input_value() == "From the auditor."
        assert stored(audit) == ["From the supervisor."]

    @pytest.mark.parametrize(
        ("button", "kept"),
        [
            ("Keep mine", "From the auditor."),
            ("Keep the other", "From the supervisor."),
            ("Keep both", "From the supervisor.\n\nFrom the auditor."),
        ],
    )
    def test_answering_the_same_question_differently_asks_which_to_keep(
        self, page: Page, other: Page, audit: Audit, button: str, kept: str
    ) -> None:
        panel = self.clash(page, other)
        expect(panel).to_contain_text("Why this grade")
        expect(panel).to_contain_text("From the auditor.")
        expect(panel).to_contain_text("From the supervisor.")
        assert stored(audit) == ["From the supervisor."]
        assert [late.content["rationale"] for late in StaleDraft.objects.all()] == ["From the auditor."]
        panel.get_by_role("button", name=button).press("Enter")
        expect(panel).to_have_count(0)
        says(page, "Saved 10:0")
        assert page.get_by_label("Why this grade").input_value() == kept
        assert stored(audit) == [kept]
        press_continue(page)
        page.wait_for_url("**/do/s2/")

    def test_goes_on_saving_everything_else_until_somebody_chooses(self, page: Page, other: Page, audit: Audit) -> None:
        panel = self.clash(page, other)
        answer_standard(page, 3, "na")
        type_in(page, " And more.")
        expect(panel).to_contain_text("From the auditor. And more.", timeout=15000)
        content = PageAnswers.objects.get(audit=audit, page="s1").content
        assert (content["answers"], content["rationale"]) == ({"S1-03": "na"}, "From the supervisor.")
        press_continue(page)
        page.wait_for_timeout(1500)
        assert page.url.endswith("/do/s1/")
        expect(panel).to_be_focused()


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
