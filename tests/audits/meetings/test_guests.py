"""Whom an auditor meets about an audit, who is asked along, and who may read of it (A3, L5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from audits import meetings
from audits.meeting_times import MeetingError
from audits.models import Audit, Meeting, MeetingGuest
from people.models import Team, User
from tests.audits.meetings.offering import offer
from tests.conftest import TODAY
from tests.factories import InvolvementFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


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


class TestGuests:
    def test_are_invited_once(self, audit: Audit, worker: User) -> None:
        meeting = offer(audit)
        with pytest.raises(IntegrityError), transaction.atomic():
            MeetingGuest.objects.create(meeting=meeting, person=worker, part="co_worker")


class TestVisibility:
    def test_is_for_auditor_and_guests(self, audit: Audit, co_worker: User, worker: User, psw: User) -> None:
        meeting = offer(audit, co_workers_asked=[co_worker.pk])
        for person in (audit.auditor, worker, co_worker):
            assert list(Meeting.objects.visible_to(person)) == [meeting]
        for person in (psw, audit.team_manager, UserFactory()):
            assert isinstance(person, User)
            assert not Meeting.objects.visible_to(person).exists()
