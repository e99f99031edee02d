"""The meeting of auditor and worker: who is invited, what is agreed, what is told, what ends it (A3, L5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audits import meetings, setting_aside, workflow
from audits.meeting_reading import Booking, booking, doubts_about, invitations, prefill
from audits.meeting_times import MeetingError
from audits.meetings import Offer
from audits.models import Audit, Meeting, MeetingGuest, StatusChange
from people.models import Absence, Activity, Holiday, OutgoingMail, Team, User
from people.roles import JobRole
from tests.audits.test_calendar_entry import only, properties
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import InvolvementFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
FIRST = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
SECOND = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def co_worker(audit: Audit, team: Team) -> User:
    """A support worker who works with the child too."""
    person = UserFactory(name="Cody Co-worker", job_role=JobRole.SUPPORT_WORKER, team=team)
    InvolvementFactory(case=audit.case, user=person, role="Family support")
    return person


def what(*times: datetime, **changes: Any) -> Offer:
    return Offer(**{"times": times or (FIRST, SECOND), "how": "in_person", "place": "Room 2", **changes})


def offer(audit: Audit, *times: datetime, at: datetime = NOW, **more: Any) -> Meeting:
    words = {"message": more.pop("message", "")}
    return meetings.offer(audit, what(*times, **words), by=audit.auditor, at=at, today=TODAY, **more)


def agreed(audit: Audit, worker: User, **more: Any) -> Meeting:
    return meetings.agree(offer(audit, **more), starts_at=FIRST, by=worker, at=LATER)


def mails(kind: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind=kind).order_by("pk"))


def told(kind: str) -> set[str]:
    return {mail.recipient.name for mail in OutgoingMail.objects.filter(kind=kind).select_related("recipient")}


def answer_of(meeting: Meeting, person: User) -> str:
    return meeting.guests.get(person=person).answer


class TestWhomToMeet:
    def test_is_the_worker(self, audit: Audit, worker: User) -> None:
        assert meetings.whom_to_meet(audit, today=TODAY) == worker

    def test_is_the_team_manager_where_there_is_no_worker_any_more(
        self, audit: Audit, worker: User, team_manager: User
    ) -> None:
        worker.leave_date = TODAY
        assert audit.worker is not None
        audit.worker.leave_date = TODAY
        assert meetings.whom_to_meet(audit, today=TODAY) == team_manager
        audit.worker = None
        assert meetings.whom_to_meet(audit, today=TODAY) == team_manager

    def test_is_nobody_where_nobody_is_recorded(self, audit: Audit) -> None:
        Audit.objects.filter(pk=audit.pk).update(worker=None, team_manager=None)
        with pytest.raises(MeetingError, match="nobody can be invited"):
            offer(audit)


class TestCoWorkers:
    def test_are_those_who_work_with_the_child_now(self, audit: Audit, co_worker: User, team: Team) -> None:
        for starts, ends in ((date(2026, 1, 1), TODAY - timedelta(days=1)), (TODAY + timedelta(days=1), None)):
            InvolvementFactory(case=audit.case, user=UserFactory(team=team), starts=starts, ends=ends)
        InvolvementFactory(case=audit.case, user=UserFactory(team=team, leave_date=TODAY))
        InvolvementFactory(user=UserFactory(team=team))
        InvolvementFactory(case=audit.case, team=team)
        assert meetings.co_workers(audit, today=TODAY) == [co_worker]

    def test_are_never_worker_auditor_or_supervisor(self, audit: Audit, worker: User, other_team: Team) -> None:
        audit.supervisor = UserFactory(team=other_team)
        for person in (worker, audit.auditor, audit.supervisor):
            InvolvementFactory(case=audit.case, user=person)
        assert meetings.co_workers(audit, today=TODAY) == []

    def test_are_invited_only_where_they_were_ticked(self, audit: Audit, co_worker: User, worker: User) -> None:
        stranger = UserFactory()
        meeting = offer(audit, co_workers_asked=[co_worker.pk, stranger.pk])
        assert {guest.person: guest.part for guest in meeting.guests.all()} == {
            worker: "worker",
            co_worker: "co_worker",
        }
        assert list(offer(audit).guests.values_list("person__name", flat=True)) == ["Wren Worker"]


class TestOffer:
    def test_keeps_the_times_once_each_and_in_order(self, audit: Audit) -> None:
        meeting = offer(audit, SECOND, FIRST, FIRST)
        assert meeting.times == ["2026-11-19T10:00:00+00:00", "2026-11-20T14:00:00+00:00"]
        assert meeting.state == "offered"

    def test_invites_the_supervisor_of_a_learner_as_a_matter_of_course(self, audit: Audit, other_team: Team) -> None:
        audit.supervisor = UserFactory(name="Sunny Supervisor", team=other_team)
        audit.save()
        assert "Sunny Supervisor" in {guest.person.name for guest in offer(audit).guests.all()}

    def test_tells_everybody_what_to_look_at_before(self, audit: Audit, co_worker: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk], message="Bring the plan.")
        assert told("meeting_offered") == {"Wren Worker", "Cody Co-worker"}
        body = mails("meeting_offered")[0].body
        for part in (
            "Thursday 19 November 2026, 10:00 to 11:00",
            f"/meetings/{meeting.pk}/",
            "/templates/core-case-file/1/",
            "/templates/core-case-file/1/before-you-meet/",
        ):
            assert part in body
        assert "Bring the plan." not in body
        assert audit.case.child_name not in body
        assert audit.case.reference not in body

    @pytest.mark.parametrize(
        ("offered", "why"),
        [
            (what(NOW), "is past"),
            (what(FIRST, NOW - timedelta(days=1)), "is past"),
            (what(*(FIRST + timedelta(days=n) for n in range(6))), "at most 5"),
            (what(minutes=0), "minutes"),
            (Offer((), "in_person", "Room 2"), "at least one"),
        ],
    )
    def test_refuses_times_that_cannot_be(self, audit: Audit, offered: Offer, why: str) -> None:
        with pytest.raises(MeetingError, match=why):
            meetings.offer(audit, offered, by=audit.auditor, at=NOW, today=TODAY)
        assert not Meeting.objects.exists()
        assert not OutgoingMail.objects.exists()

    def test_refuses_the_childs_name_where_calendars_show_it(self, audit: Audit) -> None:
        place = f"With  {audit.case.child_name.upper()} at school"
        with pytest.raises(MeetingError, match="name out") as refused:
            meetings.offer(audit, what(place=place), by=audit.auditor, at=NOW, today=TODAY)
        assert refused.value.field == "place"

    def test_is_the_auditors_alone_and_only_while_it_is_written(self, audit: Audit, worker: User) -> None:
        with pytest.raises(MeetingError, match="Only the auditor"):
            meetings.offer(audit, what(), by=worker, at=NOW, today=TODAY)
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(MeetingError, match="not being written"):
            offer(audit)

    def test_takes_the_place_of_one_that_nobody_answered(self, audit: Audit) -> None:
        first, second = offer(audit), offer(audit, SECOND, at=LATER)
        first.refresh_from_db()
        assert (first.state, first.reason) == ("moved", "Other times were offered before one was chosen.")
        assert second.sequence > first.sequence
        assert mails("meeting_offered")[-1].attachment == ""

    def test_says_itself_why_where_none_of_the_times_suited(self, audit: Audit, worker: User) -> None:
        first = offer(audit)
        meetings.say_none_fits(first, note="Any morning.", by=worker, at=LATER)
        offer(audit, SECOND, at=LATER)
        first.refresh_from_db()
        assert first.reason == "None of the times suited Wren Worker."

    def test_stands_once_for_an_audit(self, audit: Audit) -> None:
        meeting = offer(audit)
        meeting.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            meeting.save(force_insert=True)


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


class TestCoWorkersAnswer:
    def test_is_kept_and_can_change(self, audit: Audit, co_worker: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        meetings.say_whether_coming(meeting, coming=True, note="", by=co_worker, at=LATER)
        assert answer_of(meeting, co_worker) == "coming"
        meetings.say_whether_coming(meeting, coming=False, note="Court that day.", by=co_worker, at=LATER)
        assert answer_of(meeting, co_worker) == "not_coming"


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


class TestVisibility:
    def test_is_for_auditor_and_guests(self, audit: Audit, co_worker: User, worker: User, psw: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        for person in (audit.auditor, worker, co_worker):
            assert list(Meeting.objects.visible_to(person)) == [meeting]
        for person in (psw, audit.team_manager, UserFactory()):
            assert isinstance(person, User)
            assert not Meeting.objects.visible_to(person).exists()


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

    def test_never_changes_what_was_written(self, audit: Audit, worker: User) -> None:
        agreed(audit, worker)
        written = {"met": "no", "why_not": "Ill.", "reflection_went_well": "Yes"}
        assert prefill(audit, written, at=self.AFTER) == written
        assert prefill(audit, {"worries": "Gaps."}, at=self.AFTER)["worries"] == "Gaps."


class TestGuests:
    def test_are_invited_once(self, audit: Audit, worker: User) -> None:
        meeting = offer(audit)
        with pytest.raises(IntegrityError), transaction.atomic():
            MeetingGuest.objects.create(meeting=meeting, person=worker, part="co_worker")
