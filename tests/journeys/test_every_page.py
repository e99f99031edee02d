"""Every page in a real browser: accessible, no wider than the screen; by keyboard; without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser

from audits.models import Audit, PageAnswers
from audits.structure import form_of
from people.models import User
from tests.access import council
from tests.access.matrix import PAGES
from tests.access.people import Who
from tests.access.rules import Page
from tests.access.world import World
from tests.conftest import NOW
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOT_PAGES = {
    "health",
    "reporting:report_pdf",
    "reporting:report_progress",
    "reporting:draw_certificate",
    "reporting:audit_pdf",
    "reporting:audit_word",
    "allocation:draw_inputs",
    "audits:save_page",
    "audits:writer",
    "audits:meeting_calendar",
    "audits:template_workbook",
    "audits:draft_workbook",
    "audits:example_workbook",
    "audits:fresh_judgement",
    "account_logout",
    "audits:ask_agreement",  # this and the next two lead on to the check page, which is looked at
    "audits:agree",
    "audits:not_yet",
}
VISITORS = (Who.PSW, Who.AUDITOR, Who.TEAM_MANAGER, Who.WORKER, Who.QA, Who.OWNER, Who.ADMIN, Who.PRACTITIONER)
FROM_EVERY_STATE = {"audits:detail", "allocation:cycle", "reporting:report", "audits:part_b"}


@pytest.fixture
def busy_council(transactional_db: None) -> Iterator[World]:
    """The council of the access matrix: every state of everything."""
    with time_machine.travel(NOW, tick=True):
        yield council.build()


def visits(page: Page) -> list[tuple[Who, str]]:
    """Who opens a page about what: the first two people who may, in one state; some pages in every state."""
    if page.get is None or page.name in NOT_PAGES:
        return []
    people = (Who.NOBODY,) if page.public else VISITORS
    allowed = [(who, state) for state in page.states for who in people if page.expected(who, state, "get") == "ok"]
    if page.name in FROM_EVERY_STATE:
        return list({state: (who, state) for who, state in reversed(allowed)}.values())
    first_of_each = {who: (who, state) for who, state in reversed(allowed)}
    return [first_of_each[who] for who in people if who in first_of_each][:2]


class TestEveryPage:
    @pytest.mark.parametrize("width", [1280, 390])
    def test_passes_axe_and_fits_the_screen(
        self, busy_council: World, chromium: Browser, live_server: Any, width: int
    ) -> None:
        desks: dict[Who, Desk] = {}
        seen, broken = 0, []
        for page in PAGES:
            for who, state in visits(page):
                if who not in desks:
                    user = None if who == Who.NOBODY else busy_council.people[who]
                    desks[who] = Desk(chromium, live_server.url, user, width)
                try:
                    desks[who].open(busy_council.address(page, state, who))
                except AssertionError as problem:
                    broken.append(f"{page.name}, {state}, {who}: {problem}")
                    desks[who].complaints.clear()
                seen += 1
        for desk in desks.values():
            desk.context.close()
        assert broken == []
        assert seen > 80


class TestKeyboard:
    def test_is_enough_to_fill_in_a_section(self, audit: Audit, auditor: User, desks: Any, clock: Any) -> None:
        """Tab, space and arrows only; the presses are those of an auditor who knows the page."""
        section = form_of(audit.template_version_id).sections[0]
        desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/do/{section.code}/")
        page.locator(".portal-standard input").first.focus()
        for number, _ in enumerate(section.standards):
            page.keyboard.press("Space")
            if number == 1:
                page.keyboard.press("ArrowRight")  # No
            page.keyboard.press("Tab")  # a comment on it
            page.keyboard.press("Tab")
        page.keyboard.press("Tab")  # past the worker's own grade
        page.keyboard.press("ArrowRight")  # the first grade is where the focus is; go to the second
        page.keyboard.press("Tab")
        page.keyboard.type("Clear and timely.")
        page.keyboard.press("Tab")  # the section does not fit
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/do/s2/")
        stored = PageAnswers.objects.get(audit=audit, page=section.code).content
        answers = [stored["answers"].get(standard.code) for standard in section.standards]
        assert answers == ["yes", "no", *["yes"] * (len(section.standards) - 2)]
        assert (stored["grade"], stored["rationale"]) == ("good", "Clear and timely.")


class TestWithoutScripts:
    def test_a_section_is_saved_by_its_button(
        self, audit: Audit, auditor: User, chromium: Browser, live_server: Any, clock: Any
    ) -> None:
        desk = Desk(chromium, live_server.url, auditor, 1280, scripts=False)
        page = desk.page
        page.goto(f"/audits/{audit.reference}/do/s1/")
        page.locator("[name=answers__S1-01][value=yes]").check()
        page.get_by_label("Why this grade").fill("Written without scripts.")
        page.get_by_role("button", name="Save and continue").click()
        page.wait_for_url("**/do/s2/")
        assert PageAnswers.objects.get(audit=audit, page="s1").content["rationale"] == "Written without scripts."
        desk.context.close()


class TestAutosave:
    def test_saves_while_typing_and_the_text_is_there_on_another_computer(
        self, audit: Audit, auditor: User, desks: Any, clock: Any
    ) -> None:
        first = desks(auditor).open(f"/audits/{audit.reference}/do/s1/")
        first.get_by_label("Why this grade").press_sequentially("Typed, not sent.", delay=15)
        first.get_by_text("Saved 10:0").wait_for()
        second = desks(auditor, width=390).open(f"/audits/{audit.reference}/do/s1/")
        assert second.get_by_label("Why this grade").input_value() == "Typed, not sent."
