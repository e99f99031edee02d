"""Booking a meeting on the page, and another one after it, as the auditor does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from audits import meetings
from audits.forms.meeting_booking import ClockField
from audits.meetings import Offer
from audits.models import Audit, Meeting
from people.models import User
from tests.audits.meetings.offering import FIRST
from tests.audits.meetings.pages.visits import booking, send, visit
from tests.cast import date_parts
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestBooking:
    def test_offers_the_times_and_says_what_happens_next(self, client: Client, audit: Audit, co_worker: User) -> None:
        page = visit(client, audit.auditor, "book_meeting", audit.reference).content.decode()
        assert "Wren Worker chooses one" in page
        assert "Cody Co-worker" in page
        sent = send(client, audit.auditor, "book_meeting", audit.reference, **booking(co_workers=str(co_worker.pk)))
        assert sent.url == reverse("audits:meetings", args=[audit.reference])
        meeting = Meeting.objects.get()
        assert (meeting.times, meeting.guests.count()) == (["2026-11-19T10:00:00+00:00"], 2)

    def test_takes_london_time_in_summer(self, client: Client, audit: Audit) -> None:
        Audit.objects.filter(pk=audit.pk).update(due_on=date(2027, 4, 30))
        send(client, audit.auditor, "book_meeting", audit.reference, **booking(date(2027, 3, 30), "2pm"))
        assert Meeting.objects.get().times == ["2027-03-30T13:00:00+00:00"]

    def test_asks_about_a_place_that_names_the_child_until_they_say_it_is_called_so(
        self, client: Client, audit: Audit
    ) -> None:
        first = audit.case.child_name.split()[0]
        typed = booking(place=f"{first}’s home")
        asked = send(client, audit.auditor, "book_meeting", audit.reference, **typed)
        assert "tick the box below" in asked.content.decode()
        assert 'name="called_so"' in asked.content.decode()
        ticked = {"called_so": "on", "asked_about": f"{first} House"}  # and then another place was typed
        send(client, audit.auditor, "book_meeting", audit.reference, **typed, **ticked)
        assert not Meeting.objects.exists()
        house = {**booking(place=f"{first} House"), **ticked}
        send(client, audit.auditor, "book_meeting", audit.reference, **house)
        assert Meeting.objects.get().place == f"{first} House"

    def test_asks_nothing_about_an_ordinary_place(self, client: Client, audit: Audit) -> None:
        assert 'name="called_so"' not in visit(client, audit.auditor, "book_meeting", audit.reference).content.decode()

    def test_asks_once_about_odd_days_and_sends_nothing_until_then(self, client: Client, audit: Audit) -> None:
        typed = booking(date(2026, 11, 21))
        first = send(client, audit.auditor, "book_meeting", audit.reference, **typed)
        assert "Saturday 21 November 2026 is at the weekend." in first.content.decode()
        assert not Meeting.objects.exists()
        sure = first.context["form"].fingerprint()
        send(client, audit.auditor, "book_meeting", audit.reference, **{**typed, "sure": sure})
        assert Meeting.objects.exists()

    def test_says_in_title_and_aloud_that_it_asks(self, client: Client, audit: Audit) -> None:
        page = send(client, audit.auditor, "book_meeting", audit.reference, **booking(date(2026, 11, 21)))
        text = page.content.decode()
        assert "<title>Are these times right?" in text
        assert 'role="alert" aria-labelledby="odd" tabindex="-1"' in text

    def test_warns_of_no_day_after_the_due_date_once_that_is_over(self, client: Client, audit: Audit) -> None:
        Audit.objects.filter(pk=audit.pk).update(due_on=date(2026, 11, 6))
        page = visit(client, audit.auditor, "book_meeting", audit.reference).content.decode()
        assert "Leave time after the meeting" not in page
        send(client, audit.auditor, "book_meeting", audit.reference, **booking())
        assert Meeting.objects.exists()

    def test_names_all_that_is_missing_at_once(self, client: Client, audit: Audit) -> None:
        answer = send(client, audit.auditor, "book_meeting", audit.reference, minutes="60")
        assert set(answer.context["form"].errors) == {"how", "place", "day_1"}

    def test_takes_a_year_of_two_numbers(self, client: Client, audit: Audit) -> None:
        send(client, audit.auditor, "book_meeting", audit.reference, **booking(day_1_year="26"))
        assert Meeting.objects.exists()

    def test_leads_whoever_is_invited_from_the_audits_meeting_to_the_invitation(
        self, client: Client, audit: Audit, worker: User, psw: User
    ) -> None:
        assert visit(client, worker, "meetings", audit.reference).status_code == 403
        meeting = meetings.offer(
            audit, Offer([FIRST], "in_person", "Room 2"), by=audit.auditor, at=NOW, today=TODAY, co_workers_asked=[]
        )
        answer = visit(client, worker, "meetings", audit.reference)
        assert answer.url == reverse("audits:meeting", args=[meeting.pk])
        assert visit(client, psw, "meetings", audit.reference).status_code == 403

    def test_asks_again_about_other_odd_days(self, client: Client, audit: Audit) -> None:
        typed = booking(date(2026, 11, 22), sure="2026-11-21T10:00:00+00:00")
        assert send(client, audit.auditor, "book_meeting", audit.reference, **typed).status_code == 200
        assert not Meeting.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"time_1": ""}, "Enter the time too"),
            ({"time_1": "soon"}, "Enter a time between 7:00 and 20:00"),
            ({**date_parts("day_1", date(2026, 11, 9))}, "must be 10 November 2026 or later"),
            ({**date_parts("day_1", TODAY), "time_1": "9:30"}, "is past"),
            ({"day_1_day": "", "day_1_month": "", "day_1_year": "", "time_1": ""}, "at least one day and time"),
            ({"place": ""}, "Enter where"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, client: Client, audit: Audit, changes: dict[str, str], says: str
    ) -> None:
        answer = send(client, audit.auditor, "book_meeting", audit.reference, **{**booking(), **changes})
        assert answer.status_code == 200
        assert says in answer.content.decode()
        assert not Meeting.objects.exists()

    def test_marks_the_row_that_is_past(self, client: Client, audit: Audit) -> None:
        third = {**date_parts("day_3", TODAY), "time_3": "9:00"}
        answer = send(client, audit.auditor, "book_meeting", audit.reference, **booking(**third))
        assert list(answer.context["form"].errors) == ["day_3"]

    def test_offers_the_team_manager_where_there_is_no_worker(self, client: Client, audit: Audit) -> None:
        Audit.objects.filter(pk=audit.pk).update(worker=None)
        page = visit(client, audit.auditor, "book_meeting", audit.reference).content.decode()
        assert "No worker is recorded for this case. Tamar Manager, the team manager, is invited instead." in page
        Audit.objects.filter(pk=audit.pk).update(team_manager=None)
        page = visit(client, audit.auditor, "book_meeting", audit.reference).content.decode()
        assert "the portal can invite nobody" in page

    def test_of_a_meeting_that_was_agreed_needs_the_reason(self, client: Client, audit: Audit, agreed: Meeting) -> None:
        answer = send(client, audit.auditor, "book_meeting", audit.reference, **booking(date(2026, 11, 20)))
        assert list(answer.context["form"].errors) == ["reason"]
        moved = booking(date(2026, 11, 20), reason="A court hearing.")
        send(client, audit.auditor, "book_meeting", audit.reference, **moved)
        page = visit(client, audit.auditor, "meetings", audit.reference).content.decode()
        assert "A court hearing." in page
        assert "Thursday 19 November 2026, 10:00 to 11:00" in page

    def test_is_refused_to_everybody_else(self, client: Client, audit: Audit, worker: User, psw: User) -> None:
        for person in (worker, psw):
            assert visit(client, person, "book_meeting", audit.reference).status_code == 403


class TestClock:
    @pytest.mark.parametrize(
        ("typed", "hour", "minute"),
        [
            ("10:00", 10, 0), ("9.30", 9, 30), ("1430", 14, 30), ("2pm", 14, 0), ("2:30 PM", 14, 30),
            ("12pm", 12, 0), ("noon", 12, 0), ("2", 14, 0), ("11am", 11, 0), ("20:00", 20, 0), (" 7 ", 7, 0),
        ],
    )  # fmt: skip
    def test_is_read_as_people_write_it(self, typed: str, hour: int, minute: int) -> None:
        read = ClockField(required=False).clean(typed)
        assert (read.hour, read.minute) == (hour, minute)

    @pytest.mark.parametrize("typed", ["25:00", "10:75", "6am", "20:01", "midnight", "1:2", "١٠:٠٠", "13pm", "-1"])
    def test_is_not_guessed(self, typed: str) -> None:
        with pytest.raises(ValidationError, match="between 7:00 and 20:00"):
            ClockField(required=False).clean(typed)


class TestAfterTheMeeting:
    AFTER = FIRST + timedelta(hours=2)

    @pytest.fixture(autouse=True)
    def afterwards(self, today: Any, agreed: Meeting) -> Iterator[None]:
        with time_machine.travel(self.AFTER, tick=False):
            yield

    def test_another_is_arranged_without_touching_it(self, client: Client, audit: Audit, agreed: Meeting) -> None:
        text = visit(client, audit.auditor, "meetings", audit.reference).content.decode()
        assert "Arrange another meeting" in text
        assert "Call it off" not in text
        book = visit(client, audit.auditor, "book_meeting", audit.reference)
        assert "Why" not in [field.label for field in book.context["form"]]
        meetings.offer(
            audit,
            Offer([FIRST + timedelta(days=2)], "in_person", "Room 2"),
            by=audit.auditor,
            at=self.AFTER,
            today=self.AFTER.date(),
        )
        text = visit(client, audit.auditor, "meetings", audit.reference).content.decode()
        assert "Took place" in text
        worker = agreed.guests.get(part="worker").person
        text = visit(client, worker, "meeting", agreed.pk).content.decode()
        assert "This meeting is over." in text
        assert "You need not come" not in text

    @pytest.mark.parametrize("name", ["call_off_meeting"])
    def test_a_stale_page_calls_nothing_off(self, client: Client, audit: Audit, agreed: Meeting, name: str) -> None:
        client.force_login(audit.auditor)
        client.post(reverse(f"audits:{name}", args=[audit.reference]), {"reason": "A stale page."})
        agreed.refresh_from_db()
        assert agreed.state == "agreed"

    def test_calling_off_what_is_off_already_keeps_the_page(self, client: Client, audit: Audit) -> None:
        """Refused, and not led on, which would take the page away with the reason (R3)."""
        sent = send(client, audit.auditor, "call_off_meeting", audit.reference, reason="They moved away.")
        assert sent.status_code == 403
        assert "There is no meeting to call off." in sent.content.decode()
        assert f'href="{reverse("audits:meetings", args=[audit.reference])}"' in sent.content.decode()
        led = visit(client, audit.auditor, "call_off_meeting", audit.reference)
        assert led.url == reverse("audits:meetings", args=[audit.reference])
