"""An inadequate audit, from submitting it to the answer of the team manager, who comes from the mail with a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from audits.models import Audit, NoticeRecipient
from people.holidays import ensure_holidays
from people.models import OutgoingMail, User
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import PASSWORD
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.processes]
STEP = "I see the child at 16:00 with the duty worker and ring the auditor afterwards."


@pytest.mark.django_db(transaction=True)
class TestUrgentAudit:
    def test_is_answered_by_the_manager_and_seen_by_the_psw(
        self, desks: Any, clock: Any, audit: Audit, head_of_service: User, psw: User, team_manager: User
    ) -> None:
        ensure_holidays()
        fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        self.submit(desks(audit.auditor), audit)
        link = self.link_in_mail(team_manager)
        phone = desks(None, width=390)
        page = self.open_from_mail(phone, team_manager, link)
        self.answer(phone, page)
        self.psw_sees_it(desks(psw), audit, link)
        self.auditor_reads_it(desks(audit.auditor, width=390), audit)

    def submit(self, desk: Desk, audit: Audit) -> None:
        page = desk.open(f"/audits/{audit.reference}/do/check/")
        desk.press("Continue to submit")
        expect(page.get_by_role("heading", name="These people are told to act today")).to_be_visible()
        expect(page.get_by_text("an urgent email: act today", exact=False).first).to_be_visible()
        desk.press("Submit and tell them now")
        expect(page.get_by_role("heading", level=1)).to_contain_text("is submitted")

    def link_in_mail(self, team_manager: User) -> str:
        mail = OutgoingMail.objects.get(recipient=team_manager, kind="urgent")
        found = re.search(r"https?://[^/]+(/notices/\d+/)", mail.body)
        assert found
        return found.group(1)

    def open_from_mail(self, desk: Desk, person: User, link: str) -> Page:
        page = desk.open(link)
        page.get_by_label("E-mail").or_(page.get_by_label("Email")).first.fill(person.email)
        page.locator("input[type=password]").fill(PASSWORD)
        page = desk.press("Sign in")
        expect(page.get_by_role("heading", name="What has to happen now")).to_be_visible()
        assert not NoticeRecipient.objects.filter(acknowledged_at__isnull=False).exists(), "opening it is no answer"
        return page

    def answer(self, desk: Desk, page: Page) -> None:
        page = desk.press("I have seen this")
        expect(page.get_by_role("link", name="Say what you do about it")).to_be_visible()
        page.get_by_label("I have seen this. What I do about it:").fill(STEP)
        page = desk.press("I have seen this")
        expect(page.get_by_text(STEP)).to_be_visible()
        expect(page.get_by_text("not answered by Wren Worker")).to_be_visible()

    def psw_sees_it(self, desk: Desk, audit: Audit, link: str) -> None:
        page = desk.open("/")
        expect(page.get_by_text("Wren Worker").first).to_be_visible()
        page = desk.open(link)
        expect(page.get_by_text(STEP)).to_be_visible()
        desk.open("/notices/")
        desk.open(f"/audits/{audit.reference}/")

    def auditor_reads_it(self, desk: Desk, audit: Audit) -> None:
        desk.open("/notices/")
        desk.open(f"/audits/{audit.reference}/")
        page = desk.follow("See who was told and what they do")
        expect(page.get_by_text(STEP)).to_be_visible()
