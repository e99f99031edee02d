"""Times offered for the meeting of auditor and worker: what is told, and what is refused (A3, L5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audits import meetings
from audits.meeting_times import MeetingError
from audits.meetings import Offer
from audits.models import Audit, Meeting
from people.models import OutgoingMail, Team, User
from tests.audits.meetings.offering import FIRST, LATER, SECOND, mails, offer, told, what
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


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
