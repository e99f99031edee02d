"""A meeting that is still to come when its audit is submitted: said before it is called off, and after."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audits import immediate_risks, setting_aside
from audits.models import Audit, Meeting
from people.models import User
from tests.audits.meetings.offering import FIRST, LATER
from tests.audits.meetings.pages.visits import send, visit
from tests.cast import fill_in, submitted
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

BOOKED = (
    "A meeting with Wren Worker is booked for Thursday 19 November 2026 at 10:00. "
    "Submitting calls it off, and everybody invited is told."
)


def page_of(client: Client, audit: Audit, name: str) -> str:
    return html.unescape(visit(client, audit.auditor, name, audit.reference).content.decode())


class TestBeforeSubmitting:
    def test_says_on_the_check_page_that_it_is_called_off(self, client: Client, agreed: Meeting) -> None:
        fill_in(agreed.audit, at=NOW, today=TODAY)
        page = page_of(client, agreed.audit, "check")
        assert BOOKED in page[page.index('id="submit"') : page.index("Submit this audit")]

    def test_says_so_on_the_page_that_stops(self, client: Client, agreed: Meeting) -> None:
        fill_in(agreed.audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = page_of(client, agreed.audit, "submit_urgent")
        assert BOOKED in page[: page.index("Submit and tell them now")]

    def test_says_so_of_times_that_nobody_has_answered(self, client: Client, offered: Meeting) -> None:
        page = page_of(client, offered.audit, "check")
        assert "Wren Worker was offered times for a meeting. Submitting calls them off" in page

    def test_says_nothing_where_they_have_met(self, client: Client, agreed: Meeting) -> None:
        with time_machine.travel(FIRST + timedelta(hours=1), tick=False):
            assert "calls it off" not in page_of(client, agreed.audit, "check")


class TestAfterSubmitting:
    def test_says_what_was_called_off(self, client: Client, agreed: Meeting) -> None:
        fill_in(agreed.audit, at=NOW, today=TODAY)
        send(client, agreed.audit.auditor, "check", agreed.audit.reference)
        page = page_of(client, agreed.audit, "submitted")
        assert "The meeting with Wren Worker on Thursday 19 November 2026 at 10:00 was called off" in page

    def test_says_nothing_of_what_the_auditor_called_off(self, client: Client, audit: Audit) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        assert "called off" not in page_of(client, done, "submitted")

    def test_asks_for_nothing_that_cannot_be_done(self, client: Client, agreed: Meeting) -> None:
        submitted(agreed.audit, at=LATER, today=TODAY)
        page = page_of(client, agreed.audit, "meetings")
        assert "The meeting was called off because the audit was submitted. Nothing is left to do." in page
        assert "Offer" not in page

    def test_asks_for_nothing_where_none_was_booked(self, client: Client, audit: Audit) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        page = page_of(client, done, "meetings")
        assert "No meeting was booked in the portal. Nothing is left to do." in page
        assert "Offer" not in page

    def test_says_of_an_audit_taken_back_why(self, client: Client, agreed: Meeting, psw: User) -> None:
        when: dict[str, Any] = {"at": LATER, "today": TODAY}
        setting_aside.set_aside(agreed.audit, "withdraw", reason="The case closed.", by=psw, **when)
        assert "called off because the audit was taken back." in page_of(client, agreed.audit, "meetings")


class TestWhoWasTold:
    def test_is_what_the_page_said_before(
        self, client: Client, audit: Audit, head_of_service: User, team_manager: User
    ) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        page = page_of(client, done, "submitted")
        assert "Tamar Manager</b>, Team manager<br>An email: read it and answer Part B" in page
        assert "Hana Head</b>, Head of service<br>A short email: a copy to read" in page

    def test_is_not_taken_from_the_email_that_calls_the_meeting_off(self, client: Client, agreed: Meeting) -> None:
        done = submitted(agreed.audit, at=LATER, today=TODAY)
        page = page_of(client, done, "submitted")
        assert "Wren Worker</b>, Social worker<br>An email: read it and answer Part B" in page

    def test_keeps_a_risk_of_before_apart(
        self, client: Client, audit: Audit, psw: User, head_of_service: User, team_manager: User
    ) -> None:
        who_and_when: dict[str, Any] = {"by": audit.auditor, "at": NOW - timedelta(days=2), "today": TODAY}
        immediate_risks.raise_risk(audit, concern="The father is back.", done_already="", **who_and_when)
        done = submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = page_of(client, done, "submitted")
        told, apart = page[page.index("Who was told") : page.index("What comes next")].split("Apart from this", 1)
        assert psw.name not in told
        assert f"{psw.name}, on 8 November 2026" in apart
        assert "told of a child at risk;" not in page


class TestHome:
    def test_shows_an_agreed_meeting_to_both(self, client: Client, agreed: Meeting, worker: User) -> None:
        for person, other in ((worker, agreed.offered_by), (agreed.offered_by, worker)):
            client.force_login(person)
            page = client.get(reverse("home")).content.decode()
            assert f"With {other.name}. Thursday 19 November 2026, 10:00 to 11:00." in page

    def test_does_not_say_that_nothing_is_to_do_beside_an_invitation(
        self, client: Client, offered: Meeting, worker: User
    ) -> None:
        client.force_login(worker)
        page = client.get(reverse("home")).content.decode()
        assert "Answer the invitation" in page
        assert "Audits of your cases" in page
        assert "nothing to do" not in page
        assert "arranges to meet you" not in page
