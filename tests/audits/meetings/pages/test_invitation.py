"""The page of an invitation, as worker and co-worker use it, and what leads to it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audits import meetings
from audits.models import Audit, Case, Meeting
from people.models import OutgoingMail, User
from tests.audits.meetings.offering import FIRST
from tests.audits.meetings.pages.visits import send, visit
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestAnswer:
    def test_page_shows_times_message_and_what_to_look_at(self, client: Client, offered: Meeting, worker: User) -> None:
        page = visit(client, worker, "meeting", offered.pk).content.decode()
        for part in (
            "Thursday 19 November 2026, 10:00 to 11:00",
            "Friday 20 November 2026",
            "Bring the plan.",
            "Room 2",
            reverse("audits:template", args=["core-case-file", 1]),
            reverse("audits:before_you_meet", args=["core-case-file", 1]),
            "What has been hard?",
        ):
            assert part in page
        assert offered.audit.case.child_name not in page

    def test_takes_a_time(self, client: Client, offered: Meeting, worker: User) -> None:
        send(client, worker, "meeting", offered.pk, choice=offered.times[0])
        offered.refresh_from_db()
        assert offered.starts_at == FIRST

    def test_takes_none_with_which_would_suit(self, client: Client, offered: Meeting, worker: User) -> None:
        answer = send(client, worker, "meeting", offered.pk, choice="none", note="")
        assert list(answer.context["form"].errors) == ["note"]
        send(client, worker, "meeting", offered.pk, choice="none", note="Any morning.")
        page = visit(client, offered.audit.auditor, "meetings", offered.audit.reference).content.decode()
        assert "“Any morning.”" in page

    def test_refuses_a_time_that_was_not_offered(self, client: Client, offered: Meeting, worker: User) -> None:
        for choice in ("2026-11-19T11:00:00+00:00", "x", ""):
            assert send(client, worker, "meeting", offered.pk, choice=choice).status_code == 200
        offered.refresh_from_db()
        assert offered.state == "offered"

    def test_shows_no_time_that_is_over(self, client: Client, offered: Meeting, worker: User) -> None:
        with time_machine.travel(FIRST + timedelta(hours=1), tick=False):
            page = visit(client, worker, "meeting", offered.pk).content.decode()
        assert "Thursday 19 November" not in page
        assert "Friday 20 November" in page

    def test_by_reading_changes_nothing(self, client: Client, offered: Meeting, worker: User) -> None:
        mails = OutgoingMail.objects.count()
        for _ in range(3):
            visit(client, worker, "meeting", offered.pk)
        offered.refresh_from_db()
        assert (offered.state, OutgoingMail.objects.count()) == ("offered", mails)

    def test_of_a_co_worker_is_coming_or_not(self, client: Client, offered: Meeting, co_worker: User) -> None:
        page = visit(client, co_worker, "meeting", offered.pk).content.decode()
        assert "Can you come?" in page
        send(client, co_worker, "meeting", offered.pk, coming="yes", note="")
        assert offered.guests.get(person=co_worker).answer == "coming"

    def test_after_it_was_called_off_is_not_asked_for(
        self, client: Client, offered: Meeting, worker: User, co_worker: User
    ) -> None:
        meetings.call_off(offered, reason="A death in the family.", by=offered.audit.auditor, at=NOW)
        page = visit(client, worker, "meeting", offered.pk).content.decode()
        assert "You need not come. A death in the family." in page
        page = visit(client, co_worker, "meeting", offered.pk).content.decode()
        assert "You need not come." in page
        assert "death" not in page
        answer = send(client, worker, "meeting", offered.pk, choice="none", note="Any morning.")
        assert answer.status_code == 403
        assert "There is nothing to answer here any more." in answer.content.decode()
        assert f'href="{reverse("audits:meeting", args=[offered.pk])}"' in answer.content.decode()

    def test_is_nobody_elses(self, client: Client, offered: Meeting, psw: User, team_manager: User) -> None:
        for person in (psw, team_manager):
            assert visit(client, person, "meeting", offered.pk).status_code == 404
        assert send(client, offered.audit.auditor, "meeting", offered.pk, choice="none").status_code == 403


class TestMoving:
    def test_by_the_worker_says_why_and_which_would_suit(self, client: Client, agreed: Meeting, worker: User) -> None:
        answer = send(client, worker, "move_meeting", agreed.pk, reason="Court.", note="")
        assert list(answer.context["form"].errors) == ["note"]
        send(client, worker, "move_meeting", agreed.pk, reason="Court moved.", note="Any day after.")
        page = visit(client, agreed.audit.auditor, "meetings", agreed.audit.reference).content.decode()
        assert "Court moved." in page
        assert "Any day after." in page
        assert "Offer times" in page

    def test_of_what_was_called_off_meanwhile_keeps_the_page(
        self, client: Client, agreed: Meeting, worker: User
    ) -> None:
        """The script is told in words, and not where to go, which would take the page away with the reason (R3)."""
        meetings.call_off(agreed, reason="A death in the family.", by=agreed.audit.auditor, at=NOW)
        client.force_login(worker)
        answer = client.post(
            reverse("audits:move_meeting", args=[agreed.pk]),
            {"reason": "I am in court that day.", "note": "Friday."},
            headers={"X-Kept": "1", "X-Writer": str(worker.pk)},
        )
        words = "No time is agreed at the moment, so there is none to move."
        assert (answer.status_code, answer.json()) == (403, {"message": words})

    def test_says_who_reads_the_reason(self, client: Client, agreed: Meeting, worker: User) -> None:
        page = visit(client, worker, "move_meeting", agreed.pk).content.decode()
        assert "The auditor of this audit and their supervisor read this. It stays out of the child’s record." in page

    def test_calls_nobody_of_18_a_child(self, client: Client, agreed: Meeting, worker: User) -> None:
        Case.objects.filter(pk=agreed.audit.case_id).update(date_of_birth=date(2000, 1, 1))
        page = visit(client, worker, "move_meeting", agreed.pk).content.decode()
        assert "out of the young person’s record." in page

    def test_of_what_is_not_agreed_leads_back(self, client: Client, offered: Meeting, worker: User) -> None:
        assert visit(client, worker, "move_meeting", offered.pk).url == reverse("audits:meeting", args=[offered.pk])


class TestCalendar:
    def test_comes_as_a_file_named_for_the_audit(self, client: Client, agreed: Meeting, worker: User) -> None:
        answer = visit(client, worker, "meeting_calendar", agreed.pk)
        assert answer.headers["Content-Type"].startswith("text/calendar")
        assert f"audit-meeting-{agreed.audit.reference}.ics" in answer.headers["Content-Disposition"]
        assert b"DTSTART:20261119T100000Z" in answer.content

    def test_is_there_once_a_time_is_agreed(self, client: Client, offered: Meeting, worker: User) -> None:
        assert visit(client, worker, "meeting_calendar", offered.pk).status_code == 404


class TestBeforeYouMeet:
    def test_asks_the_templates_own_questions(self, client: Client, audit: Audit, worker: User) -> None:
        page = visit(client, worker, "before_you_meet", "core-case-file", 1).content.decode()
        for question in audit.template_version.reflection_questions:
            assert question["label"] in page


class TestTaskListAndHome:
    def test_say_where_the_booking_stands(self, client: Client, audit: Audit, offered: Meeting) -> None:
        page = visit(client, audit.auditor, "tasks", audit.reference).content.decode()
        assert "Sent to Wren Worker today; no answer yet." in page

    def test_put_an_invitation_before_whom_it_waits_for(
        self, client: Client, offered: Meeting, worker: User, co_worker: User
    ) -> None:
        for person in (worker, co_worker):
            client.force_login(person)
            page = client.get("/").content.decode()
            assert f"Answer the invitation: audit {offered.audit.reference}" in page
        meetings.agree(offered, starts_at=FIRST, by=worker, at=NOW)
        client.force_login(worker)
        page = client.get("/").content.decode()
        assert "Answer the invitation" not in page
        assert "Thursday 19 November 2026, 10:00 to 11:00" in page


class TestWhoTypes:
    """What is typed stays with whoever typed it (R3)."""

    def test_is_asked_before_anything_is_sent(
        self, client: Client, audit: Audit, agreed: Meeting, co_worker: User, worker: User
    ) -> None:
        pages = [
            visit(client, audit.auditor, "book_meeting", audit.reference),
            visit(client, audit.auditor, "call_off_meeting", audit.reference),
            visit(client, worker, "move_meeting", agreed.pk),
            visit(client, co_worker, "meeting", agreed.pk),
        ]
        for page in pages:
            text = page.content.decode()
            assert "data-kept data-writer-url" in text
            assert 'name="writer"' in text
            assert "js/kept" in text

    def test_cannot_be_sent_by_another(self, client: Client, audit: Audit, agreed: Meeting, worker: User) -> None:
        typed = {"reason": "Court moved.", "writer": str(worker.pk)}
        client.force_login(audit.auditor)
        assert client.post(reverse("audits:call_off_meeting", args=[audit.reference]), typed).status_code == 403
        client.force_login(worker)
        typed["writer"] = str(audit.auditor.pk)
        assert client.post(reverse("audits:move_meeting", args=[agreed.pk]), typed).status_code == 403
        agreed.refresh_from_db()
        assert agreed.state == "agreed"
