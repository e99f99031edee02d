"""What moves a meeting, ends it or overtakes it, and what is on record of that (A3, L5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from audits import meetings, setting_aside, workflow
from audits.meeting_reading import booking, prefill
from audits.meeting_times import MeetingError
from audits.messages_meeting import calendar_file
from audits.models import Audit, StatusChange
from people.models import Activity, OutgoingMail, User
from tests.audits.meetings.offering import FIRST, LATER, SECOND, agreed, mails, offer, told
from tests.audits.test_calendar_entry import only
from tests.cast import submitted
from tests.conftest import TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestMoving:
    def test_by_the_auditor_needs_a_reason_and_keeps_the_meeting_with_it(self, audit: Audit, worker: User) -> None:
        first = agreed(audit, worker)
        with pytest.raises(MeetingError) as refused:
            offer(audit, SECOND, at=LATER)
        assert refused.value.field == "reason"
        second = offer(audit, SECOND, at=LATER, reason="A child protection conference.")
        first.refresh_from_db()
        assert (first.state, first.reason) == ("moved", "A child protection conference.")
        assert list(audit.meetings.all()) == [first, second]

    def test_takes_the_first_out_of_calendars_with_the_new_times(self, audit: Audit, worker: User) -> None:
        first = agreed(audit, worker)
        sent = only(mails("meeting_agreed")[0].attachment, "SEQUENCE")
        offer(audit, SECOND, at=LATER, reason="Ill today.")
        entry = mails("meeting_offered")[-1].attachment
        assert (only(entry, "METHOD"), only(entry, "DTSTART")) == ("CANCEL", "20261119T100000Z")
        assert int(only(entry, "SEQUENCE")) > int(sent)
        assert told("meeting_off_calendar") == {"Ada Auditor"}
        assert "Ill today." not in "".join(mail.body for mail in OutgoingMail.objects.all())
        assert first.pk

    def test_counts_the_entries_on_so_that_the_last_word_wins(self, audit: Audit, worker: User) -> None:
        agreed(audit, worker)
        second = offer(audit, SECOND, at=LATER, reason="Ill today.")
        meetings.agree(second, starts_at=SECOND, by=worker, at=LATER)
        entries = [mail.attachment for mail in OutgoingMail.objects.order_by("pk") if mail.attachment]
        numbers = [int(only(entry, "SEQUENCE")) for entry in entries]
        assert numbers == sorted(numbers)
        assert len({only(entry, "UID") for entry in entries}) == 1
        assert only(entries[-1], "METHOD") == "REQUEST"
        assert numbers[-1] > max(n for n, e in zip(numbers, entries, strict=True) if only(e, "METHOD") == "CANCEL")

    def test_of_another_one_leaves_the_one_that_took_place_where_it_stands_in_calendars(
        self, audit: Audit, worker: User
    ) -> None:
        agreed(audit, worker)
        after = FIRST + timedelta(hours=2)
        second = meetings.agree(offer(audit, SECOND, at=after), starts_at=SECOND, by=worker, at=after)
        moved = offer(audit, SECOND + timedelta(days=1), at=after, reason="Ill today.")
        third = meetings.agree(moved, starts_at=SECOND + timedelta(days=1), by=worker, at=after)
        uids = {only(mail.attachment, "UID") for mail in mails("meeting_agreed")}
        assert len(uids) == 2
        of_second, of_third = (only(calendar_file(each, at=after), "UID") for each in (second, third))
        assert of_second == of_third == f"audit-{audit.reference}-2@audit-portal.invalid"

    def test_tells_those_who_are_not_invited_any_more(self, audit: Audit, co_worker: User, worker: User) -> None:
        agreed(audit, worker, co_workers_asked=[co_worker.pk])
        offer(audit, SECOND, at=LATER, reason="Ill today.")
        assert told("meeting_called_off") == {"Cody Co-worker"}

    def test_by_the_worker_ends_it_and_asks_the_auditor_for_more(
        self, audit: Audit, worker: User, co_worker: User
    ) -> None:
        meeting = agreed(audit, worker, co_workers_asked=[co_worker.pk])
        meetings.ask_to_move(meeting, reason="Court moved.", note="The week after.", by=worker, at=LATER)
        meeting.refresh_from_db()
        assert (meeting.state, meeting.reason) == ("moved", "Court moved.")
        assert meetings.standing_meeting(audit, at=LATER) is None
        assert told("meeting_move_asked") == {"Ada Auditor"}
        assert told("meeting_called_off") == {"Cody Co-worker"}
        assert told("meeting_off_calendar") == {"Wren Worker"}
        assert {only(mail.attachment, "METHOD") for mail in mails("meeting_move_asked")} == {"CANCEL"}

    def test_by_the_worker_is_too_late_once_it_has_begun(self, audit: Audit, worker: User) -> None:
        meeting = agreed(audit, worker)
        with pytest.raises(MeetingError):
            meetings.ask_to_move(meeting, reason="Court moved.", note="", by=worker, at=FIRST)


class TestCallOff:
    def test_keeps_the_reason_and_tells_everybody(self, audit: Audit, worker: User) -> None:
        meeting = agreed(audit, worker)
        meetings.call_off(meeting, reason="We spoke on the telephone.", by=audit.auditor, at=LATER)
        meeting.refresh_from_db()
        assert (meeting.state, meeting.reason) == ("called_off", "We spoke on the telephone.")
        assert told("meeting_called_off") == {"Wren Worker"}
        assert told("meeting_off_calendar") == {"Ada Auditor"}

    def test_of_times_nobody_chose_sends_no_entry(self, audit: Audit) -> None:
        meetings.call_off(offer(audit), reason="Not needed.", by=audit.auditor, at=LATER)
        assert [mail.attachment for mail in mails("meeting_called_off")] == [""]
        assert mails("meeting_off_calendar") == []

    @pytest.mark.parametrize("reason", ["", "   x  "])
    def test_needs_a_reason(self, audit: Audit, reason: str) -> None:
        with pytest.raises(MeetingError):
            meetings.call_off(offer(audit), reason=reason, by=audit.auditor, at=LATER)

    def test_is_the_auditors(self, audit: Audit, worker: User) -> None:
        with pytest.raises(MeetingError, match="Only the auditor"):
            meetings.call_off(offer(audit), reason="Not needed.", by=worker, at=LATER)

    def test_happens_once(self, audit: Audit) -> None:
        meeting = offer(audit)
        for _ in range(2):
            try:
                meetings.call_off(meeting, reason="Not needed.", by=audit.auditor, at=LATER)
            except MeetingError:
                assert len(mails("meeting_called_off")) == 1


class TestThatTookPlace:
    AFTER = FIRST + timedelta(hours=2)

    def test_cannot_be_called_off(self, audit: Audit, worker: User) -> None:
        meeting = agreed(audit, worker)
        with pytest.raises(MeetingError, match="took place"):
            meetings.call_off(meeting, reason="A stale page.", by=audit.auditor, at=self.AFTER)
        meeting.refresh_from_db()
        assert meeting.state == "agreed"
        assert mails("meeting_called_off") == []

    def test_stands_no_more(self, audit: Audit, worker: User) -> None:
        meeting = agreed(audit, worker)
        assert meetings.standing_meeting(audit, at=LATER) == meeting
        assert meetings.standing_meeting(audit, at=self.AFTER) is None

    def test_stays_as_it_was_when_another_is_arranged(self, audit: Audit, worker: User) -> None:
        first = agreed(audit, worker)
        second = offer(audit, SECOND, at=self.AFTER)
        first.refresh_from_db()
        assert (first.state, first.reason, first.ended_at) == ("held", "", None)
        assert second.state == "offered"
        assert mails("meeting_off_calendar") == []
        assert "rearranged" not in prefill(audit, {}, at=self.AFTER)
        assert prefill(audit, {}, at=self.AFTER)["met_on_day"] == "19"

    def test_is_what_counts_when_the_next_is_called_off(self, audit: Audit, worker: User) -> None:
        agreed(audit, worker)
        second = offer(audit, SECOND, at=self.AFTER)
        meetings.call_off(second, reason="Not needed.", by=audit.auditor, at=self.AFTER)
        assert booking(audit, at=self.AFTER).words == "Done"


class TestOvertaken:
    def test_by_the_submission(self, audit: Audit, worker: User) -> None:
        meeting = agreed(audit, worker)
        submitted(audit, at=LATER, today=TODAY)
        meeting.refresh_from_db()
        assert (meeting.state, meeting.reason) == ("called_off", "The audit was submitted.")
        assert told("meeting_called_off") == {"Wren Worker"}

    @pytest.mark.parametrize(("step", "words"), [("withdraw", "taken back"), ("exempt", "need not be done")])
    def test_by_taking_the_audit_back(self, audit: Audit, psw: User, step: str, words: str) -> None:
        meeting = offer(audit)
        setting_aside.set_aside(audit, step, reason="The case closed.", by=psw, at=LATER, today=TODAY)
        meeting.refresh_from_db()
        assert meeting.state == "called_off"
        assert words in meeting.reason
        assert told("meeting_called_off") == {"Wren Worker", "Ada Auditor"}

    def test_leaves_a_meeting_that_took_place(self, audit: Audit, worker: User, psw: User) -> None:
        meeting = agreed(audit, worker)
        after = FIRST + timedelta(hours=2)
        setting_aside.set_aside(audit, "withdraw", reason="The case closed.", by=psw, at=after, today=after.date())
        meeting.refresh_from_db()
        assert meeting.state == "agreed"
        assert mails("meeting_called_off") == []

    def test_by_another_auditor_is_called_off_and_both_sides_are_told(
        self, audit: Audit, worker: User, psw: User
    ) -> None:
        meeting = agreed(audit, worker)
        with transaction.atomic():
            now = Audit.objects.select_for_update().get(pk=audit.pk)
            Audit.objects.filter(pk=audit.pk).update(auditor=UserFactory(name="Nia Next"))
            meetings.overtake(now, why=meetings.WHY_HANDED_OVER, by=psw, at=LATER)
        meeting.refresh_from_db()
        assert (meeting.state, meeting.reason) == ("called_off", "The audit was given to another auditor.")
        assert told("meeting_called_off") == {"Wren Worker", "Ada Auditor"}

    def test_by_no_step_that_leaves_the_audit_open(self, audit: Audit) -> None:
        meeting = offer(audit)
        workflow.move(audit, "start", by=audit.auditor, at=LATER)
        meeting.refresh_from_db()
        assert meeting.state == "offered"
        assert StatusChange.objects.get().step == "start"

    def test_is_undone_with_the_step(self, audit: Audit, psw: User) -> None:
        meeting = offer(audit)
        with transaction.atomic():
            setting_aside.set_aside(audit, "withdraw", reason="Closed.", by=psw, at=LATER, today=TODAY)
            transaction.set_rollback(True)
        meeting.refresh_from_db()
        assert meeting.state == "offered"
        assert mails("meeting_called_off") == []


class TestRecord:
    def test_says_who_did_what_and_no_reason(self, audit: Audit, worker: User) -> None:
        meeting = agreed(audit, worker)
        meetings.call_off(meeting, reason="Their mother died.", by=audit.auditor, at=LATER)
        rows = Activity.objects.filter(target=f"audit:{audit.reference}").order_by("pk")
        assert [row.verb for row in rows] == [
            "offered times for a meeting",
            "agreed on a meeting",
            "called a meeting off",
        ]
        assert "mother" not in str([row.detail for row in rows])
