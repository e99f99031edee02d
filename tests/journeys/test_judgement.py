"""The page of the overall judgement follows what is saved while somebody writes, and never touches what they type."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from audits import answering
from audits.models import Audit, PageAnswers
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
UNSAFE = "unsafe_without_urgent_grade"


@pytest.fixture
def desk(desks: Any, audit: Audit) -> Desk:
    fill_in(audit, at=NOW, today=TODAY)
    desk: Desk = desks(audit.auditor)
    desk.open(f"/audits/{audit.reference}/do/overall/")
    return desk


def question(page: Page) -> Any:
    return page.locator(f"[data-prompt={UNSAFE}]")


def stored(audit: Audit) -> dict[str, Any]:
    content: dict[str, Any] = PageAnswers.objects.get(audit=audit, page="overall").content
    return content


class TestJudgement:
    def test_shows_questions_as_they_arise_beside_what_is_being_typed(self, desk: Desk, audit: Audit) -> None:
        page = desk.page
        page.locator("[name=safe_now][value=no]").check()
        page.locator("[name=rationale]").fill("Half a sentence that")
        expect(question(page)).to_be_visible()
        expect(page.locator(".portal-danger")).to_contain_text("Ring the team manager now")
        expect(page.locator("[name=rationale]")).to_have_value("Half a sentence that")
        desk.look()

    def test_keeps_an_answer_whose_question_goes_and_comes_back(self, desk: Desk, audit: Audit) -> None:
        page = desk.page
        page.locator("[name=safe_now][value=no]").check()
        question(page).locator("textarea").fill("It happened yesterday.")
        page.locator("[name=safe_now][value=yes]").check()
        expect(question(page)).to_be_hidden()
        page.reload()  # now the answer travels with the page, unseen
        page.locator("[name=rationale]").fill("Another reason.")
        expect(page.locator("[data-saved]")).to_contain_text("Saved")
        page.wait_for_timeout(1500)
        assert stored(audit)["prompts"] == {UNSAFE: "It happened yesterday."}
        page.locator("[name=safe_now][value=no]").check()
        expect(question(page).locator("textarea")).to_have_value("It happened yesterday.")

    def test_follows_a_section_that_was_changed_elsewhere(self, desk: Desk, audit: Audit) -> None:
        page = desk.page
        row = PageAnswers.objects.get(audit=audit, page="s9")
        content = {**row.content, "grade": "inadequate"}
        answering.save_page(
            audit.reference, page="s9", content=content, base_revision=row.revision, by=audit.auditor, at=NOW
        )
        page.locator("[name=rationale]").fill("Something else.")
        expect(page.locator("[data-prompt=urgent_safety_section-s9]")).to_be_visible()
        expect(page.locator("[data-fresh=suggestion]")).to_contain_text("Section 9")

    def test_works_without_scripts(self, desks: Any, chromium: Any, live_server: Any, audit: Audit) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        plain = Desk(chromium, live_server.url, audit.auditor, 1280, scripts=False)
        path = f"/audits/{audit.reference}/do/overall/"
        page = plain.page
        page.goto(path)
        page.locator("[name=safe_now][value=no]").check()
        page.get_by_role("button", name="Save and go to the task list").click()
        page.goto(path)
        question(page).locator("textarea").fill("It happened yesterday.")
        page.get_by_role("button", name="Save and go to the task list").click()
        assert stored(audit)["prompts"] == {UNSAFE: "It happened yesterday."}
        plain.context.close()
