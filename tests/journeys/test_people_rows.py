"""The people of a family as rows: added, taken out and put back without a reload, and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from audits.models import Audit, PageAnswers
from people.models import User
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


def names(audit: Audit) -> list[str]:
    found = PageAnswers.objects.filter(audit=audit, page="overview").first()
    return [row["name"] for row in found.content["household"]] if found else []


def household(page: Page) -> Locator:
    return page.locator("[data-rows=household]")


def wait_until_saved(page: Page) -> None:
    page.wait_for_timeout(200)  # long enough for what was typed to be noticed
    expect(page.locator("[data-saved]")).to_contain_text("Saved 1", timeout=15_000)


class TestPeopleInRows:
    def test_are_added_with_the_focus_in_the_new_row(self, audit: Audit, auditor: User, desks: Any) -> None:
        desk: Desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/do/overview/")
        household(page).get_by_label("Name").fill("Mo Sample")
        household(page).get_by_role("button", name="Add a person").click()
        assert page.evaluate("document.activeElement.id") == "id_household_1_relationship"
        page.keyboard.type("Grandmother")
        household(page).get_by_label("Name").nth(1).fill("Nan Sample")
        expect(page.get_by_role("group", name="People in the household: Person 2")).to_be_visible()
        wait_until_saved(page)
        assert names(audit) == ["Mo Sample", "Nan Sample"]
        desk.look()

    @pytest.mark.parametrize("width", [1280, 390])
    def test_are_taken_out_and_put_back_where_they_were(
        self, audit: Audit, auditor: User, desks: Any, width: int
    ) -> None:
        desk: Desk = desks(auditor, width=width)
        page = desk.open(f"/audits/{audit.reference}/do/overview/")
        for place, name in enumerate(("Mo Sample", "Nan Sample", "Kit Sample")):
            if place:
                household(page).get_by_role("button", name="Add a person").click()
            household(page).get_by_label("Name").nth(place).fill(name)
        household(page).get_by_role("button", name="Remove person 2").click()
        undo = household(page).get_by_role("button", name="Put Nan Sample back")
        expect(undo).to_be_focused()
        expect(page.get_by_role("group", name="People in the household: Person 3")).to_have_count(0)
        wait_until_saved(page)
        assert names(audit) == ["Mo Sample", "Kit Sample"]
        desk.look()
        undo.click()
        wait_until_saved(page)
        assert names(audit) == ["Mo Sample", "Nan Sample", "Kit Sample"]
        page.reload()
        expect(household(page).get_by_label("Name").nth(1)).to_have_value("Nan Sample")

    def test_are_added_by_saving_where_scripts_do_not_run(
        self, audit: Audit, auditor: User, chromium: Browser, live_server: Any
    ) -> None:
        desk = Desk(chromium, live_server.url, auditor, 1280, scripts=False)
        page = desk.page
        page.goto(f"/audits/{audit.reference}/do/overview/")
        expect(household(page).get_by_role("button", name="Add a person")).to_be_hidden()
        expect(household(page).get_by_role("button", name="Remove")).to_be_hidden()
        household(page).get_by_label("Name").fill("Mo Sample")
        page.get_by_role("button", name="Save and add another person").click()
        expect(household(page).get_by_label("Name")).to_have_count(2)
        household(page).get_by_label("Name").nth(0).fill("")
        household(page).get_by_label("Name").nth(1).fill("Nan Sample")
        page.get_by_role("button", name="Save and add another person").click()
        page.wait_for_url("**rows=more**")
        assert names(audit) == ["Nan Sample"]
        desk.context.close()
