"""Auditor and worker arrange their meeting in the browser: offered, chosen, moved, and chosen again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page

from audits.models import Audit, Meeting
from people.models import OutgoingMail, User
from tests.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ticking() -> Iterator[None]:
    """The clock of the tests, going on as it should."""
    with time_machine.travel(NOW, tick=True):
        yield


def fill_time(page: Page, number: int, day: date, clock: str) -> None:
    for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
        page.locator(f"[name=day_{number}_{part}]").fill(str(value))
    page.locator(f"[name=time_{number}]").fill(clock)


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize("width", [1280, 390])
class TestMeeting:
    def test_is_offered_chosen_moved_and_chosen_again(self, desks: Any, audit: Audit, worker: User, width: int) -> None:
        auditor, at_work = desks(audit.auditor, width=width), desks(worker, width=width)
        page = auditor.open(f"/audits/{audit.reference}/do/")
        page = auditor.follow("Book the meeting")
        fill_time(page, 1, date(2026, 11, 21), "10")
        page.get_by_label("In person").check()
        page.get_by_label("Where, or how to join").fill("Room 2")
        page = auditor.press("Send the times")
        assert page.get_by_text("Saturday 21 November 2026 is at the weekend.").is_visible()
        fill_time(page, 1, date(2026, 11, 19), "2:30pm")
        page = auditor.press("Send them as they are")
        assert page.get_by_text("Sent to Wren Worker today; no answer yet.").is_visible()

        at_work.open("/")
        page = at_work.follow("Answer the invitation")
        page.get_by_label("None of these").check()
        assert page.get_by_label("Which times would suit you?").is_visible()
        page.get_by_label("Thursday 19 November 2026, 14:30 to 15:30").check()
        assert page.get_by_label("Which times would suit you?").is_hidden()
        page = at_work.press("Send my answer")
        assert page.get_by_text("The meeting is agreed.").is_visible()

        page = auditor.open(f"/audits/{audit.reference}/meeting/")
        page = auditor.press("Move the meeting")
        page.get_by_label("Why does it have to move?").fill("A court hearing.")
        fill_time(page, 1, date(2026, 11, 20), "9.15")
        page = auditor.press("Send the times")
        assert page.get_by_text("A court hearing.").is_visible()

        at_work.open("/")
        page = at_work.follow("Answer the invitation")
        page.get_by_label("Friday 20 November 2026, 09:15 to 10:15").check()
        at_work.press("Send my answer")
        assert list(Meeting.objects.values_list("state", flat=True)) == ["moved", "agreed"]
        last = OutgoingMail.objects.filter(kind="meeting_agreed", recipient=worker).order_by("-pk")[0]
        assert "DTSTART:20261120T091500Z" in last.attachment
