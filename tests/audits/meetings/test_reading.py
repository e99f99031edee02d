"""How the booking stands, what an invitation waits for, and what the form takes from the meeting (A3, L5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from audits import meetings
from audits.meeting_reading import Booking, booking, doubts_about, invitations, prefill
from audits.models import Audit
from people.models import Absence, Holiday, User
from tests.audits.meetings.offering import FIRST, LATER, SECOND, agreed, offer
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestDoubts:
    def test_are_said_of_days_off_absences_and_the_due_date(self, audit: Audit, worker: User) -> None:
        Holiday.objects.update_or_create(day=date(2026, 11, 20), defaults={"name": "Founder’s day"})
        Absence.objects.create(user=worker, starts=date(2026, 11, 18), ends=date(2026, 11, 19), reason="SECRET")
        times = [FIRST, SECOND, datetime(2026, 11, 21, 10, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC)]
        assert doubts_about(times, audit=audit, people=[worker.pk], today=TODAY) == [
            "Wren Worker is recorded as away on Thursday 19 November 2026.",
            "Friday 20 November 2026 is a day off: Founder’s day.",
            "Saturday 21 November 2026 is at the weekend.",
            "Tuesday 1 December 2026 is after the audit is due.",
        ]

    def test_are_none_of_an_ordinary_day(self, audit: Audit, worker: User) -> None:
        assert doubts_about([FIRST], audit=audit, people=[worker.pk], today=TODAY) == []


class TestBooking:
    def test_says_how_far_it_is(self, audit: Audit, worker: User, django_assert_num_queries: Any) -> None:
        def now(at: datetime = LATER) -> Booking:
            with django_assert_num_queries(1):
                return booking(audit, at=at)

        assert now().words == "Not yet booked"
        meeting = offer(audit)
        assert now().hint == "Sent to Wren Worker today; no answer yet."
        assert now(NOW + timedelta(days=1)).hint == "Wren Worker has not answered since 10 November 2026."
        assert now(SECOND).words == "Offer other times"
        meetings.say_none_fits(meeting, note="Any morning.", by=worker, at=LATER)
        assert now().hint == "Wren Worker cannot come. Offer other times."
        meetings.agree(meeting, starts_at=FIRST, by=worker, at=LATER)
        assert now().words == "Agreed"
        assert now(SECOND).words == "Done"
        meetings.call_off(meeting, reason="Not needed.", by=audit.auditor, at=LATER)
        assert now().words == "Called off"


class TestInvitations:
    def test_wait_until_they_are_answered(self, audit: Audit, worker: User, co_worker: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        assert [one.to_answer for one in invitations(worker, at=LATER)] == [True]
        meetings.agree(meeting, starts_at=FIRST, by=worker, at=LATER)
        [own] = invitations(worker, at=LATER)
        assert (own.to_answer, own.when) == (False, "Thursday 19 November 2026, 10:00 to 11:00")
        assert [one.to_answer for one in invitations(co_worker, at=LATER)] == [True]
        meetings.say_whether_coming(meeting, coming=False, note="", by=co_worker, at=LATER)
        assert invitations(co_worker, at=LATER) == []
        assert invitations(worker, at=SECOND) == []

    def test_are_read_in_one_query(self, audit: Audit, worker: User, django_assert_num_queries: Any) -> None:
        offer(audit)
        with django_assert_num_queries(1):
            assert str(invitations(worker, at=LATER)[0].meeting.audit.reference)


class TestPrefill:
    AFTER = FIRST + timedelta(hours=2)

    def test_takes_day_way_and_company_from_the_meeting_once_it_is_over(
        self, audit: Audit, worker: User, co_worker: User
    ) -> None:
        meeting = agreed(audit, worker, co_workers_asked=[co_worker.pk])
        meetings.say_whether_coming(meeting, coming=True, note="", by=co_worker, at=LATER)
        assert prefill(audit, {}, at=LATER) == {}
        assert prefill(audit, {}, at=self.AFTER) == {
            "met_on_day": "19",
            "met_on_month": "11",
            "met_on_year": "2026",
            "met_how": "in_person",
            "others": "Cody Co-worker",
        }

    def test_says_why_it_was_moved(self, audit: Audit, worker: User) -> None:
        agreed(audit, worker)
        offer(audit, SECOND, at=LATER, reason="A court hearing.")
        assert prefill(audit, {}, at=LATER) == {"rearranged": "A court hearing."}

    def test_keeps_a_workers_own_reason_out_of_the_record(self, audit: Audit, worker: User) -> None:
        meetings.ask_to_move(agreed(audit, worker), reason="I am in hospital.", note="Friday.", by=worker, at=LATER)
        assert prefill(audit, {}, at=LATER) == {"rearranged": "Moved at the worker’s request."}

    def test_names_who_stood_in_for_the_worker(self, audit: Audit, team_manager: User) -> None:
        Audit.objects.filter(pk=audit.pk).update(worker=None)
        audit.refresh_from_db()
        meeting = agreed(audit, team_manager)
        meetings.ask_to_move(meeting, reason="I am in hospital.", note="Friday.", by=team_manager, at=LATER)
        assert prefill(audit, {}, at=LATER) == {"rearranged": "Moved at the team manager’s request."}

    def test_never_changes_what_was_written(self, audit: Audit, worker: User) -> None:
        agreed(audit, worker)
        written = {"met": "no", "why_not": "Ill.", "reflection_went_well": "Yes"}
        assert prefill(audit, written, at=self.AFTER) == written
        assert prefill(audit, {"worries": "Gaps."}, at=self.AFTER)["worries"] == "Gaps."
