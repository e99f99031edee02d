"""The page of a report that is being built moves on by itself, in a real Chromium."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from audits.models import TemplateVersion
from people.models import User
from reporting import highlight_report, report_building
from reporting.models import HighlightReport
from tests.conftest import NOW, TODAY
from tests.factories import CycleFactory
from tests.journeys.conftest import chromium, clock, desks

__all__ = ["chromium", "clock", "desks"]
MONTH = TODAY.replace(day=1)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


@pytest.fixture
def draft(transactional_db: None, psw: User, core_template: TemplateVersion) -> HighlightReport:
    """A report of an empty month, with something written."""
    CycleFactory(template_version=core_template)
    report = highlight_report.draft(MONTH, by=psw, at=NOW, today=TODAY)
    words = {"introduction": "A quiet month.", "what_we_found": "Files were in order."}
    return highlight_report.edit(report, narrative=words, by=psw, at=NOW)


class TestProgress:
    def test_moves_and_ends_with_the_report_built_without_a_reload_by_hand(
        self, desks: Any, psw: User, draft: HighlightReport
    ) -> None:
        desk = desks(psw)
        desk.open("/reports/2026-11/1/")
        page: Page = desk.press("Make the PDF")
        expect(page.get_by_text("Waiting to start")).to_be_visible()
        claimed = highlight_report.claim_waiting(at=timezone.now())
        assert claimed
        report_building._step(claimed, "Counting the audits", 10)
        expect(page.get_by_text("Counting the audits")).to_be_visible()
        report_building.build(claimed, at=timezone.now())
        expect(page.get_by_role("button", name="Download the PDF")).to_be_visible()
        desk.look()

    def test_ends_when_the_worker_has_built_what_waits(self, desks: Any, psw: User, draft: HighlightReport) -> None:
        desk = desks(psw)
        desk.open("/reports/2026-11/1/")
        page: Page = desk.press("Make the PDF")
        assert report_building.build_waiting(now=timezone.now) == 1
        expect(page.get_by_role("button", name="Publish")).to_be_visible()
        expect(page.locator("[data-progress-url]")).to_have_count(0)


class TestWords:
    def test_are_set_in_the_portals_own_type(self, desks: Any, psw: User, draft: HighlightReport) -> None:
        page: Page = desks(psw).open("/reports/2026-11/1/")
        for words in ("A quiet month.", "Files were in order."):
            written, body = page.get_by_text(words), page.locator("p.govuk-body").first
            for name in ("font-family", "font-size", "line-height"):
                read = f"element => getComputedStyle(element).getPropertyValue('{name}')"
                assert written.evaluate(read) == body.evaluate(read)
