"""The page of timescales in a real browser: the hint comes while somebody types, and without scripts after saving."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from audits.models import Audit, PageAnswers
from audits.timescale_table import load_timescales
from people.holidays import ensure_holidays
from people.models import User
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
LATE = "Late by 1 working day: due 27 April 2026, held 28 April 2026."


@pytest.fixture
def address(audit: Audit) -> str:
    """The page of an audit, with the rules and the bank holidays there."""
    load_timescales()
    ensure_holidays()
    return f"/audits/{audit.reference}/do/timescales/"


class TestHints:
    @pytest.mark.parametrize("width", [1280, 390])
    def test_come_while_somebody_types_and_the_days_are_saved(
        self, desks: Any, auditor: User, audit: Audit, address: str, width: int
    ) -> None:
        desk: Desk = desks(auditor, width=width)
        page = desk.open(address)
        page.locator("summary", has_text="Child protection conferences").click()
        rule = page.get_by_role("group", name="Initial child protection conference")
        rule.get_by_label("Strategy discussion").press_sequentially("2 4 2026")
        rule.get_by_label("Conference held").press_sequentially("28/4/26")
        expect(rule.get_by_role("status")).to_have_text(LATE)
        expect(page.locator("[data-saved]")).to_contain_text("Saved", timeout=15000)
        assert PageAnswers.objects.get(audit=audit, page="timescales").content["days"]["icpc.event"] == "28/4/26"
        desk.look()

    def test_wait_until_a_day_is_left_before_they_complain(self, desks: Any, auditor: User, address: str) -> None:
        page = desks(auditor).open(address)
        page.locator("summary", has_text="Child protection conferences").click()
        rule = page.get_by_role("group", name="Initial child protection conference")
        with page.expect_response("**/timescales/hints/"):
            rule.get_by_label("Strategy discussion").press_sequentially("2 4")
        expect(rule.get_by_text("Type day, month and year")).to_be_hidden()
        rule.get_by_label("Conference held").click()
        expect(rule.get_by_text("Type day, month and year")).to_be_visible()

    def test_come_after_saving_where_there_are_no_scripts(
        self, chromium: Browser, live_server: Any, auditor: User, address: str
    ) -> None:
        desk = Desk(chromium, live_server.url, auditor, 1280, scripts=False)
        desk.page.goto(address)
        desk.page.locator("summary", has_text="Child protection conferences").click()
        rule = desk.page.get_by_role("group", name="Initial child protection conference")
        rule.get_by_label("Strategy discussion").fill("2 4 2026")
        rule.get_by_label("Conference held").fill("28 4 2026")
        desk.page.get_by_role("button", name="Save and show the hints").click()
        expect(rule.get_by_role("status")).to_have_text(LATE)
        desk.context.close()
