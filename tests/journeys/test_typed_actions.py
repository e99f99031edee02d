"""An action that is typed and added by its button: one press or two, one window or two, each person their own."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from audits import answering
from audits.models import Audit, PageAnswers, SmartAction
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
OUTCOME, HOW = "What should be better for the child?", "What has to be done?"


@pytest.fixture
def desk(desks: Any, audit: Audit) -> Desk:
    """The auditor's window."""
    seated: Desk = desks(audit.auditor)
    return seated


def fill(page: Page) -> None:
    """An action that nothing is asked about, saved as it is typed."""
    page.get_by_label(OUTCOME).fill("The child is seen every two weeks.")
    page.get_by_label(HOW).fill("Book the visits until the summer with the family.")
    page.get_by_label("Who will do it?").select_option(label="Wren Worker")
    for part, value in (("day", "21"), ("month", "12"), ("year", "2026")):
        page.locator(f"[name=due_on_{part}]").fill(value)
    page.locator("[name=agreed_with_worker][value=True]").check()
    expect(page.locator("[data-saved]")).to_contain_text("Saved 1", timeout=15000)


class TestAdding:
    def test_by_a_double_click_sends_it_once(self, desk: Desk, audit: Audit) -> None:
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        fill(page)
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request) if request.is_navigation_request() else None)
        page.get_by_role("button", name="Add this action").dblclick()
        page.get_by_text("The action was added.").wait_for()
        assert [request.method for request in sent] == ["POST", "GET"]
        assert SmartAction.objects.count() == 1

    def test_from_a_window_that_still_shows_it_is_refused_and_keeps_the_text(self, desk: Desk, audit: Audit) -> None:
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        fill(page)
        second = desk.context.new_page()
        second.goto(page.url)
        desk.press("Add this action")
        second.get_by_role("button", name="Add this action").click()
        second.get_by_text("Not added again").first.wait_for()
        assert SmartAction.objects.count() == 1
        assert second.get_by_label(HOW).input_value().startswith("Book the visits")
        expect(second.locator("[data-saved]")).to_contain_text("Saved 1", timeout=15000)
        second.goto(second.url)
        assert second.get_by_label(HOW).input_value().startswith("Book the visits")
        second.get_by_role("button", name="Add this action").click()
        second.get_by_text("The action was added.").wait_for()
        assert SmartAction.objects.count() == 2


class TestTwoWindows:
    def test_left_without_a_choice_ask_again_and_take_the_choice(self, desk: Desk, audit: Audit) -> None:
        for number, base in (("first", 0), ("second", 0)):
            sent: dict[str, Any] = {"content": {"how": f"Typed in the {number} window."}, "base_revision": base}
            try:
                answering.save_page(audit.reference, page="new_action", **sent, by=audit.auditor, at=NOW)
            except answering.PageConflict:
                assert number == "second"
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        panel = page.locator(".portal-conflict")
        expect(panel).to_contain_text("You left this page before you had chosen")
        expect(panel).to_contain_text("You, in another window")
        panel.get_by_role("button", name="Keep mine").click()
        expect(panel).to_have_count(0)
        expect(page.locator("[data-saved]")).to_contain_text("Saved 1", timeout=15000)
        stored = PageAnswers.objects.get(audit=audit, page=f"new_action-{audit.auditor_id}")
        assert stored.content["how"] == "Typed in the second window."
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        assert page.locator(".portal-conflict").count() == 0


class TestLeaving:
    @pytest.mark.parametrize(("letter", "kept_alive"), [("a", True), ("’", False)], ids=["short", "long in bytes"])
    def test_sends_to_the_last_moment_only_what_a_browser_takes_then(
        self, desk: Desk, audit: Audit, letter: str, kept_alive: bool
    ) -> None:
        desk.page.add_init_script("""
            window.sentAlive = [];
            const send = window.fetch;
            window.fetch = (url, how = {}) => {
              if (how.method === "POST") window.sentAlive.push(how.keepalive);
              return send(url, how);
            };
            Object.defineProperty(Document.prototype, "hidden", { get: () => Boolean(window.left) });
        """)
        desk.page.goto(f"/audits/{audit.reference}/do/s1/")
        desk.page.get_by_label("Why this grade").evaluate(
            """(box, letter) => {
              box.value = letter.repeat(25000);
              box.dispatchEvent(new Event("input", { bubbles: true }));
              window.left = true;
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            letter,
        )
        desk.page.wait_for_function("window.sentAlive.length > 0")
        assert desk.page.evaluate("window.sentAlive[0]") is kept_alive
        expect(desk.page.locator("[data-saved]")).not_to_contain_text("Saving")


class TestAQuestionThatComesLater:
    def test_counts_its_words_and_grows(self, desk: Desk, audit: Audit) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        page = desk.open(f"/audits/{audit.reference}/do/overall/")
        page.locator("[name=safe_now][value=no]").check()
        box = page.locator("[data-prompt=unsafe_without_urgent_grade] textarea")
        box.wait_for(state="visible")
        low = box.bounding_box()
        box.fill("It happened yesterday.\n" * 20)
        expect(page.locator("[data-prompt=unsafe_without_urgent_grade] .portal-words")).to_have_text("60 words")
        high = box.bounding_box()
        assert low is not None
        assert high is not None
        assert high["height"] > low["height"]
