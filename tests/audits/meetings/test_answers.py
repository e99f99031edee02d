"""What worker and co-workers answer to an invitation, and the entry that goes to their calendars (A3, L5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from audits import meetings
from audits.meeting_times import MeetingError
from audits.models import Audit
from people.models import User
from tests.audits.meetings.offering import FIRST, LATER, SECOND, agreed, answer_of, mails, offer, told
from tests.audits.test_calendar_entry import only, properties
from tests.conftest import NOW
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestAgree:
    def test_sets_the_time_and_sends_it_to_both(self, audit: Audit, worker: User) -> None:
        meeting = agreed(audit, worker)
        assert (meeting.state, meeting.starts_at, meeting.agreed_by) == ("agreed", FIRST, worker)
        assert answer_of(meeting, worker) == "coming"
        assert told("meeting_agreed") == {"Wren Worker", "Ada Auditor"}

    def test_sends_an_entry_for_the_calendar_that_names_no_child(self, audit: Audit, worker: User) -> None:
        agreed(audit, worker)
        mail = mails("meeting_agreed")[0]
        assert (mail.attachment_name, only(mail.attachment, "METHOD")) == ("meeting.ics", "REQUEST")
        assert only(mail.attachment, "DTSTART") == "20261119T100000Z"
        assert only(mail.attachment, "SUMMARY") == f"Audit meeting\\, {audit.reference}"
        assert only(mail.attachment, "UID") == f"audit-{audit.reference}@audit-portal.invalid"
        assert {value for _, value in properties(mail.attachment)["ATTENDEE"]} == {
            f"mailto:{person.email}" for person in (worker, audit.auditor)
        }
        for text in (mail.attachment, mail.body, mail.subject):
            assert audit.case.child_name not in text
            assert audit.case.reference not in text

    def test_leaves_out_who_cannot_come(self, audit: Audit, worker: User, co_worker: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        meetings.say_whether_coming(meeting, coming=False, note="", by=co_worker, at=NOW)
        meetings.agree(meeting, starts_at=FIRST, by=worker, at=LATER)
        assert "Cody Co-worker" not in told("meeting_agreed")

    def test_twice_is_once(self, audit: Audit, worker: User) -> None:
        meeting = agreed(audit, worker)
        meetings.agree(meeting, starts_at=FIRST, by=worker, at=LATER)
        assert len(mails("meeting_agreed")) == 2
        with pytest.raises(MeetingError, match="meanwhile"):
            meetings.agree(meeting, starts_at=SECOND, by=worker, at=LATER)

    @pytest.mark.parametrize(
        ("starts_at", "at", "why"),
        [
            (FIRST + timedelta(minutes=1), LATER, "one of the times"),
            (FIRST, FIRST, "is over"),
        ],
    )
    def test_takes_only_a_time_that_was_offered_and_is_to_come(
        self, audit: Audit, worker: User, starts_at: datetime, at: datetime, why: str
    ) -> None:
        with pytest.raises(MeetingError, match=why):
            meetings.agree(offer(audit), starts_at=starts_at, by=worker, at=at)

    def test_is_for_the_worker_to_do(self, audit: Audit, co_worker: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        for person in (co_worker, audit.auditor, UserFactory()):
            with pytest.raises(MeetingError, match="invited"):
                meetings.agree(meeting, starts_at=FIRST, by=person, at=LATER)

    def test_takes_nothing_of_a_meeting_that_was_moved_meanwhile(self, audit: Audit, worker: User) -> None:
        seen = offer(audit)
        offer(audit, SECOND, at=LATER)
        with pytest.raises(MeetingError, match="meanwhile"):
            meetings.agree(seen, starts_at=FIRST, by=worker, at=LATER)


class TestNoneFits:
    def test_tells_the_auditor_and_keeps_which_would(self, audit: Audit, worker: User) -> None:
        meeting = offer(audit)
        meetings.say_none_fits(meeting, note="Any morning next week.", by=worker, at=LATER)
        assert told("meeting_no_time") == {"Ada Auditor"}
        assert "Any morning" not in mails("meeting_no_time")[0].body
        assert meeting.guests.get().note == "Any morning next week."

    def test_asks_which_would(self, audit: Audit, worker: User) -> None:
        with pytest.raises(MeetingError) as refused:
            meetings.say_none_fits(offer(audit), note=" ", by=worker, at=LATER)
        assert refused.value.field == "note"

    def test_can_be_taken_back_by_choosing_one(self, audit: Audit, worker: User) -> None:
        meeting = offer(audit)
        meetings.say_none_fits(meeting, note="Any morning.", by=worker, at=LATER)
        assert meetings.agree(meeting, starts_at=FIRST, by=worker, at=LATER).state == "agreed"

    def test_twice_with_other_words_tells_the_auditor_twice(self, audit: Audit, worker: User) -> None:
        meeting = offer(audit)
        meetings.say_none_fits(meeting, note="Any morning.", by=worker, at=LATER)
        meetings.say_none_fits(meeting, note="Any morning.", by=worker, at=LATER + timedelta(seconds=1))
        assert len(mails("meeting_no_time")) == 1
        meetings.say_none_fits(meeting, note="Friday only, sorry.", by=worker, at=LATER + timedelta(hours=1))
        assert len(mails("meeting_no_time")) == 2


class TestCoWorkersAnswer:
    def test_is_kept_and_can_change(self, audit: Audit, co_worker: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        meetings.say_whether_coming(meeting, coming=True, note="", by=co_worker, at=LATER)
        assert answer_of(meeting, co_worker) == "coming"
        meetings.say_whether_coming(meeting, coming=False, note="Court that day.", by=co_worker, at=LATER)
        assert answer_of(meeting, co_worker) == "not_coming"

    def test_is_told_to_the_auditor_and_says_no_more_than_whether(self, audit: Audit, co_worker: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        for coming, note in ((False, "Court that day."), (False, "Court that day."), (True, "")):
            meetings.say_whether_coming(
                meeting, coming=coming, note=note, by=co_worker, at=LATER + timedelta(note == "")
            )
        no, yes = mails("meeting_answer")
        assert (no.recipient, yes.recipient) == (audit.auditor, audit.auditor)
        assert no.subject == f"Cody Co-worker cannot come: meeting about audit {audit.reference}"
        assert "Cody Co-worker comes to the meeting" in yes.body
        assert "Court" not in no.body

    def test_that_they_come_after_all_brings_the_meeting_into_their_calendar(
        self, audit: Audit, worker: User, co_worker: User
    ) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        meetings.say_whether_coming(meeting, coming=False, note="", by=co_worker, at=NOW)
        meetings.agree(meeting, starts_at=FIRST, by=worker, at=LATER)
        assert "Cody Co-worker" not in told("meeting_agreed")
        for hours, coming in ((1, True), (2, False), (3, True)):
            at = LATER + timedelta(hours=hours)
            meetings.say_whether_coming(meeting, coming=coming, note="", by=co_worker, at=at)
        theirs = [mail for mail in mails("meeting_agreed") if mail.recipient == co_worker]
        assert [only(mail.attachment, "DTSTART") for mail in theirs] == ["20261119T100000Z"] * 2
