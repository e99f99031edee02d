"""Part B in the browser: the worker answers, it comes back with a comment, is answered again, and both sign (S2)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from audits.models import Audit, PartBReturn, Status
from people.models import User
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.journeys.test_whole_month import fill_date

pytestmark = pytest.mark.django_db(transaction=True)
COMMENT = "What do you make of the findings?"


def test_part_b_is_answered_sent_back_and_signed(
    desks: Any, clock: Any, audit: Audit, worker: User, team_manager: User
) -> None:
    submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)
    address = f"/audits/{audit.reference}/part-b/"

    theirs = desks(worker, width=390)
    page = theirs.open(address)
    page.get_by_label(COMMENT).fill("I agree.")
    expect(page.locator("[data-saved]")).to_contain_text("Saved 1")  # by itself
    theirs.press("Save, sign later")
    page = desks(worker).open(address)  # on another computer
    expect(page.get_by_label(COMMENT)).to_have_value("I agree.")
    theirs.open(address)
    theirs.press("Sign Part B")
    expect(theirs.page.get_by_text("There is nothing for you to sign here.")).to_be_visible()

    manager = desks(team_manager, width=390)
    page = manager.open(address)
    expect(page.get_by_text("I agree.")).to_be_visible()
    manager.follow("Send the worker’s part back")
    page.get_by_label("What should they change or add?").fill("Say what you will do about the visits.")
    manager.press("Send it back")

    page = theirs.open(address)
    expect(page.get_by_text("Say what you will do about the visits.").first).to_be_visible()
    expect(page.get_by_label(COMMENT)).to_have_value("I agree.")
    page.get_by_label("Your response to action 1").fill("I have booked them until June.")
    theirs.press("Sign Part B")

    page = manager.open(address)
    fill_date(page, "supervision_on", "10", "11", "2026")
    page.get_by_label(COMMENT).fill("Fair, and useful.")
    manager.press("Sign Part B")
    expect(page.get_by_text("There is a problem")).to_be_visible()  # the findings are not answered yet
    for box in page.locator("textarea[name^='finding_'], textarea[name^='response_']").all():
        box.fill("We work on it.")
    manager.press("Sign Part B")

    audit.refresh_from_db()
    assert audit.status == Status.ACTIONS
    assert PartBReturn.objects.get().signed["comment"] == "I agree."
    page = desks(team_manager).open(address)
    expect(page.get_by_text("I have booked them until June.")).to_be_visible()
