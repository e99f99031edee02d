"""The pages of a meeting, and what the form takes from it, as auditor, worker and co-worker use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from audits import meetings
from audits.forms.meeting_booking import ClockField
from audits.meetings import Offer
from audits.models import Audit, Meeting, PageAnswers
from audits.structure import form_of
from people.models import OutgoingMail, Team, User
from people.roles import JobRole
from tests.cast import date_parts, page_content
from tests.conftest import NOW, TODAY
from tests.factories import InvolvementFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
DAY = date(2026, 11, 19)
FIRST = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


@pytest.fixture
def co_worker(audit: Audit, team: Team) -> User:
    person = UserFactory(name="Cody Co-worker", job_role=JobRole.SUPPORT_WORKER, team=team)
    InvolvementFactory(case=audit.case, user=person)
    return person


@pytest.fixture
def offered(audit: Audit, co_worker: User) -> Meeting:
    what = Offer([FIRST, FIRST + timedelta(days=1)], "in_person", "Room 2", message="Bring the plan.")
    return meetings.offer(audit, what, co_workers_asked=[co_worker.pk], by=audit.auditor, at=NOW, today=TODAY)


@pytest.fixture
def agreed(offered: Meeting, worker: User) -> Meeting:
    return meetings.agree(offered, starts_at=FIRST, by=worker, at=NOW)


def visit(client: Client, person: User, name: str, *args: Any) -> Any:
    client.force_login(person)
    return client.get(reverse(f"audits:{name}", args=args))


def send(client: Client, person: User, name: str, *args: Any, **data: Any) -> Any:
    client.force_login(person)
    return client.post(reverse(f"audits:{name}", args=args), data)


def booking(day: date = DAY, clock: str = "10:00", **changes: str) -> dict[str, Any]:
    typed = {"minutes": "60", "how": "in_person", "place": "Room 2", "message": "", "time_1": clock}
    return {**typed, **date_parts("day_1", day), **changes}


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
        answer = send(client, worker, "meeting", offered.pk, choice=offered.times[0])
        assert answer.status_code == 302

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


class TestMeetingPage:
    def url(self, audit: Audit) -> str:
        return reverse("audits:page", args=[audit.reference, "meeting"])

    def test_is_filled_in_from_the_meeting_once_it_is_over(self, client: Client, audit: Audit, agreed: Meeting) -> None:
        with time_machine.travel(FIRST + timedelta(hours=2), tick=False):
            client.force_login(audit.auditor)
            form = client.get(self.url(audit)).context["form"]
        assert form["met_on"].value() == ["19", "11", "2026"]
        assert form["met_how"].value() == "in_person"
        assert not PageAnswers.objects.exists()

    def test_takes_no_date_that_is_still_to_come(self, client: Client, audit: Audit) -> None:
        client.force_login(audit.auditor)
        tomorrow = {"met": "yes", **date_parts("met_on", date(2026, 11, 11)), "base_revision": "0", "go": "next"}
        answer = client.post(self.url(audit), tomorrow)
        assert answer.status_code == 200
        assert "The date you met must be 10 November 2026 or earlier" in answer.content.decode()
        assert PageAnswers.objects.get().content["met_on_day"] == "11"

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"met": "no", **date_parts("met_on", TODAY)}, "You say you did not meet, but on 10 November 2026"),
            ({"met": "yes", "why_not": "They were ill."}, "You say you met. Take this out"),
        ],
    )
    def test_asks_about_answers_that_do_not_go_together_and_saves_them(
        self, client: Client, audit: Audit, typed: dict[str, str], says: str
    ) -> None:
        client.force_login(audit.auditor)
        answer = client.post(self.url(audit), {**typed, "base_revision": "0", "go": "next"})
        assert answer.status_code == 200
        assert says in answer.content.decode()
        assert PageAnswers.objects.get().content["met"] == typed["met"]

    def test_costs_two_queries_more_than_a_page_without_a_meeting(
        self, client: Client, audit: Audit, agreed: Meeting, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(audit.auditor)
        with django_assert_max_num_queries(8):
            client.get(self.url(audit))


class TestContactPage:
    def test_keeps_every_answer_it_asks_for(self, client: Client, audit: Audit) -> None:
        client.force_login(audit.auditor)
        form = form_of(audit.template_version_id)
        content = page_content("child", form, grade="good", outcomes="met", day=TODAY, plan=audit.plan, age=11)
        more = {"quote_ok": "yes", "quote": "It got better.", "different": "Fewer people.", "spoken_how": "video"}
        url = reverse("audits:page", args=[audit.reference, "child"])
        sent = client.post(url, {**content, **more, "base_revision": "0", "go": "next"})
        assert sent.status_code == 302
        stored = PageAnswers.objects.get().content
        typed = {name: value for name, value in {**content, **more}.items() if value}
        assert {name: stored[name] for name in typed} == typed

    def test_speaks_of_a_young_person_from_18(self, client: Client, audit: Audit) -> None:
        audit.case.date_of_birth = date(2007, 5, 1)
        audit.case.save()
        client.force_login(audit.auditor)
        page = client.get(reverse("audits:page", args=[audit.reference, "parent"])).content.decode()
        assert "A parent’s, carer’s or supporter’s views" in page
        assert "only if the young person agrees" in page

    def test_asks_for_help_with_communication_where_the_case_says_so(self, client: Client, audit: Audit) -> None:
        audit.case.primary_language = "Urdu"
        audit.case.save()
        client.force_login(audit.auditor)
        page = client.get(reverse("audits:page", args=[audit.reference, "child"])).content.decode()
        assert "First language in the case: Urdu." in page


class TestBeforeYouMeet:
    def test_asks_the_templates_own_questions(self, client: Client, audit: Audit, worker: User) -> None:
        page = visit(client, worker, "before_you_meet", "core-case-file", 1).content.decode()
        for question in audit.template_version.reflection_questions:
            assert question["label"] in page


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
            assert "data-kept data-signed-in" in text
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
