"""Who is told instead when an email cannot reach somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from people import mail, mail_fallback, mail_sending
from people.models import PRIVATE_MAIL, Activity, OutgoingMail, Team, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory
from tools.mail_catcher import MailSink

pytestmark = pytest.mark.django_db
ABOUT = "audit:2026-11-0007"
LINK = "http://localhost/audits/2026-11-0007/"


@pytest.fixture
def sink(settings: Any) -> Iterator[MailSink]:
    """A real SMTP server; Django sends to it."""
    with MailSink() as server:
        settings.EMAIL_BACKEND = "people.mail_server.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.address
        yield server


@pytest.fixture
def deputy(team: Team, team_manager: User) -> User:
    return UserFactory(name="Dara Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=team, line_manager=team_manager)


def urgent_to(person: User, *, kind: str = "urgent", urgent: bool = True, body: str = f"See\n{LINK}\n") -> OutgoingMail:
    return mail.queue(
        person, key=f"{kind}:{person.pk}", kind=kind, subject="Urgent", body=body, at=NOW, about=ABOUT, urgent=urgent
    )


def send(minutes: float = 0) -> None:
    at = NOW + timedelta(minutes=minutes)
    mail_sending.send_queued(now=lambda: at)


def send_for(minutes: int) -> None:
    for minute in range(0, minutes, 2):
        send(minute)


def told_instead(row: OutgoingMail) -> list[str]:
    """The names of those told instead, one after the other."""
    names = []
    current: OutgoingMail | None = row
    while current and (current := current.stand_ins.select_related("recipient").first()):
        names.append(current.recipient.name)
    return names


class TestLine:
    def test_goes_from_the_own_team_to_the_programme(
        self, worker: User, deputy: User, head_of_service: User, psw: User
    ) -> None:
        line = [person.name for person in mail_fallback.line_for(worker, today=TODAY)]
        assert line == ["Tamar Manager", "Dara Deputy", "Hana Head", "Petra Programme"]

    def test_of_the_manager_begins_with_the_deputy(self, team_manager: User, deputy: User, psw: User) -> None:
        line = [person.name for person in mail_fallback.line_for(team_manager, today=TODAY)]
        assert line == ["Dara Deputy", "Hana Head", "Petra Programme"]

    def test_names_no_leaver_and_never_the_person(self, worker: User, team_manager: User, deputy: User) -> None:
        User.objects.filter(pk=team_manager.pk).update(leave_date=TODAY)
        User.objects.filter(pk=deputy.pk).update(is_active=False)
        worker.refresh_from_db()
        assert [person.name for person in mail_fallback.line_for(worker, today=TODAY)] == ["Hana Head"]

    def test_of_somebody_without_a_team_is_their_managers_and_the_programme(self, psw: User) -> None:
        boss = UserFactory(name="Bo Boss", job_role=JobRole.SERVICE_MANAGER)
        person = UserFactory(job_role=JobRole.IRO, line_manager=boss)
        line = [found.name for found in mail_fallback.line_for(person, today=TODAY)]
        assert line == ["Bo Boss", "Petra Programme"]

    def test_of_the_only_one_who_works_here_is_empty(self, psw: User) -> None:
        assert mail_fallback.stand_in(psw, today=TODAY) is None


class TestStandIn:
    def test_is_queued_with_the_same_page_when_an_email_fails(self, worker: User, deputy: User, sink: MailSink) -> None:
        row = urgent_to(worker)
        sink.refuse_with = "550 no such mailbox"
        send_for(6)
        row.refresh_from_db()
        (instead,) = row.stand_ins.all()
        assert (row.status, instead.recipient.name, instead.urgent) == ("failed", "Tamar Manager", True)
        assert (instead.kind, instead.about) == ("stand_in", ABOUT)
        assert LINK in instead.body
        assert "Wren Worker" in instead.body
        assert Activity.objects.get(target=f"mail:{row.pk}").detail["told_instead"] == "Tamar Manager"

    def test_goes_to_the_next_in_line_until_nobody_is_left(
        self, worker: User, deputy: User, psw: User, sink: MailSink
    ) -> None:
        row = urgent_to(worker)
        sink.refuse_with = "550 no such mailbox"
        send_for(60)
        assert told_instead(row) == ["Tamar Manager", "Dara Deputy", "Hana Head", "Petra Programme"]
        assert OutgoingMail.objects.filter(status="failed").count() == OutgoingMail.objects.count() == 5
        assert Activity.objects.filter(detail__told_instead="nobody").count() == 1

    def test_passes_over_those_who_were_just_told(self, worker: User, team_manager: User, deputy: User) -> None:
        row = urgent_to(worker)
        urgent_to(team_manager)
        mail_sending.give_up(row, words="550 no such mailbox", at=NOW)
        assert told_instead(row) == ["Dara Deputy"]

    def test_is_queued_once(self, worker: User, team_manager: User) -> None:
        row = urgent_to(worker)
        first = mail_fallback.queue_stand_in(row, at=NOW, today=TODAY)
        assert first == mail_fallback.queue_stand_in(row, at=NOW, today=TODAY)
        assert OutgoingMail.objects.count() == 2

    def test_comes_for_urgent_mail_after_ten_minutes_of_later(
        self, worker: User, team_manager: User, sink: MailSink
    ) -> None:
        row = urgent_to(worker)
        sink.refuse_with = "451 later"
        send(0)
        send(9)
        assert told_instead(row) == []
        sink.refuse_with = "451 still later"
        send(10.5)
        send(12)
        row.refresh_from_db()
        assert told_instead(row) == ["Tamar Manager"]
        assert row.status == "queued", "and it is tried on"

    def test_comes_not_because_the_server_was_away_before_it_said_later(
        self, worker: User, team_manager: User, sink: MailSink
    ) -> None:
        row = urgent_to(worker)
        sink.refuse_with = "421 closing"
        send_for(60)
        sink.refuse_with = "451 later"
        send(62)
        send(66)
        row.refresh_from_db()
        assert (row.trouble, told_instead(row)) == ("slow", [])

    def test_comes_not_for_what_may_wait_or_a_server_that_is_away(
        self, worker: User, team_manager: User, sink: MailSink
    ) -> None:
        row = urgent_to(worker, urgent=False)
        sink.refuse_with = "451 later"
        send_for(60)
        away = urgent_to(team_manager)
        sink.refuse_with = "421 closing"
        send_for(60)
        assert told_instead(row) == told_instead(away) == []

    @pytest.mark.parametrize(
        ("kind", "body"), [(PRIVATE_MAIL, "Sign in."), ("welcome", "http://localhost/password/reset/key/x/")]
    )
    def test_never_comes_for_what_only_the_recipient_may_know(
        self, worker: User, team_manager: User, sink: MailSink, kind: str, body: str
    ) -> None:
        row = urgent_to(worker, kind=kind, body=body)
        sink.refuse_with = "550 no such mailbox"
        send_for(6)
        row.refresh_from_db()
        assert (row.status, told_instead(row)) == ("failed", [])
        assert not Activity.objects.exists()

    def test_says_nothing_that_the_email_did_not(self, worker: User, team_manager: User) -> None:
        row = urgent_to(worker, body="No page at all.")
        instead = mail_fallback.queue_stand_in(row, at=NOW, today=TODAY)
        assert instead is not None
        assert "No page at all." not in instead.body
        assert "http://localhost/\n" in instead.body

    def test_goes_to_a_person_by_itself_whatever_they_chose(self, worker: User, team_manager: User) -> None:
        User.objects.filter(pk=team_manager.pk).update(mail_choice="daily")
        row = urgent_to(worker, urgent=False)
        instead = mail_fallback.queue_stand_in(row, at=NOW, today=TODAY)
        assert instead is not None
        assert instead.status == "queued"
