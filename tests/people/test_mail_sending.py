"""Claim a row, send it without holding a lock, mark it: attempts, waits, two senders, what never happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from people import mail, mail_sending
from people.models import MailAttempt, OutgoingMail, User
from tests.conftest import NOW
from tools.mail_catcher import MailSink

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sink(settings: Any) -> Iterator[MailSink]:
    """A real SMTP server; Django sends to it."""
    with MailSink() as server:
        settings.EMAIL_BACKEND = "people.mail_server.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.address
        yield server


def queued(person: User, key: str = "k", *, urgent: bool = False) -> OutgoingMail:
    return mail.queue(person, key=key, kind="test", subject=f"About {key}", body="Sign in.", at=NOW, urgent=urgent)


def send(at: datetime = NOW) -> int:
    return mail_sending.send_queued(now=lambda: at)


def every(minutes: int, *, until: timedelta) -> Iterator[datetime]:
    """The moments from NOW on."""
    at = NOW
    while at <= NOW + until:
        yield at
        at += timedelta(minutes=minutes)


class TestAttempts:
    def test_are_written_with_what_came_of_them(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        sink.refuse_with = "451 try later"
        send()
        sink.refuse_with = ""
        send(NOW + 10 * MINUTE)
        first, second = row.attempts_made.all()
        assert (first.number, first.outcome, first.trouble, first.error) == (1, "refused", "slow", "451 try later")
        assert (second.number, second.outcome, second.ended_at) == (2, "taken", NOW + 10 * MINUTE)

    def test_are_in_doubt_where_the_sender_was_killed(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        assert mail_sending.claim(at=NOW) is not None  # and nothing comes after
        assert send(NOW + mail_sending.LEASE + timedelta(seconds=1)) == 1
        first, second = row.attempts_made.all()
        assert (first.outcome, first.ended_at) == ("", None)
        assert second.outcome == "taken"

    def test_of_a_sender_that_was_too_late_say_what_it_did(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        late = mail_sending.claim(at=NOW)
        assert late is not None
        afterwards = NOW + mail_sending.LEASE + timedelta(seconds=1)
        send(afterwards)
        assert mail_sending.send_one(late, now=lambda: afterwards + MINUTE)
        row.refresh_from_db()
        assert row.sent_at == afterwards, "the row stays as the one who held it left it"
        assert [attempt.outcome for attempt in row.attempts_made.all()] == ["taken", "taken"]
        assert len({message["Message-ID"] for message in sink.messages}) == 1


class TestTrouble:
    def test_is_kept_on_the_row_until_the_email_goes(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        sink.refuse_with = "452 full"
        send()
        send(NOW + 30 * MINUTE)
        row.refresh_from_db()
        assert (row.trouble, row.trouble_since, row.last_error) == ("slow", NOW, "452 full")
        sink.refuse_with = ""
        send(NOW + 120 * MINUTE)
        row.refresh_from_db()
        assert (row.status, row.trouble, row.trouble_since, row.last_error) == ("sent", "", None, "")

    def test_never_ends_an_urgent_email_that_may_yet_go(self, worker: User, sink: MailSink) -> None:
        row = queued(worker, urgent=True)
        sink.refuse_with = "451 later"
        for day in range(60):
            send(NOW + timedelta(days=day))
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("queued", 60)

    def test_of_three_days_ends_one_that_is_not_urgent(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        sink.refuse_with = "451 later"
        seen = []
        for hours in (0, 24, 48, 72, 73):
            send(NOW + timedelta(hours=hours))
            row.refresh_from_db()
            seen.append(row.status)
        assert seen == ["queued", "queued", "queued", "queued", "failed"]

    @pytest.mark.parametrize("urgent", [True, False])
    def test_for_good_is_visible_within_a_quarter_of_an_hour(self, worker: User, sink: MailSink, urgent: bool) -> None:
        row = queued(worker, urgent=urgent)
        sink.refuse_with = "550 no such mailbox"
        for at in every(1, until=15 * MINUTE):
            send(at)
        row.refresh_from_db()
        assert (row.status, row.attempts, row.trouble) == ("failed", 3, "permanent")

    def test_with_the_way_there_is_not_counted_as_refused_for_good(self, worker: User, sink: MailSink) -> None:
        row = queued(worker, urgent=True)
        sink.refuse_with = "421 busy"
        for minutes in range(0, 50, 10):
            send(NOW + minutes * MINUTE)
        sink.refuse_with = "550 no such mailbox"
        send(NOW + 60 * MINUTE)
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("queued", 6)


class TestUrgentMail:
    def test_overtakes_a_flood_that_is_on_its_way(self, worker: User, psw: User, sink: MailSink) -> None:
        for number in range(30):
            queued(psw, f"flood {number}")
        waiting = iter([False, False, False])

        def comes_in(at: datetime) -> None:
            if next(waiting, True) and not OutgoingMail.objects.filter(urgent=True).exists():
                queued(worker, "urgent", urgent=True)

        mail_sending.send_queued(now=lambda: NOW, alive=comes_in)
        subjects = [message["Subject"] for message in sink.messages]
        assert subjects.index("About urgent") == 4, "the next one after it came in"

    def test_is_not_held_up_by_others_that_fail(self, worker: User, psw: User, settings: Any) -> None:
        for number in range(30):
            queued(psw, f"flood {number}")
        row = queued(worker, "urgent", urgent=True)
        settings.EMAIL_BACKEND = "people.mail_server.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        send()
        row.refresh_from_db()
        assert row.attempts == 1


@pytest.mark.django_db(transaction=True)
class TestTwoSenders:
    def test_send_each_email_once(self, worker: User, sink: MailSink) -> None:
        for number in range(40):
            queued(worker, f"k{number}")
        at_once([lambda: send_all(NOW)] * 4)
        assert len(sink.messages) == 40
        assert len({message["Message-ID"] for message in sink.messages}) == 40
        assert MailAttempt.objects.count() == 40

    def test_write_down_what_went_although_the_database_broke_off_meanwhile(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        breaks = iter([break_off])
        mail_sending.send_queued(now=lambda: NOW, alive=lambda at: next(breaks, lambda: None)())
        row.refresh_from_db()
        assert (row.status, len(sink.messages)) == ("sent", 1)
        assert row.attempts_made.get().outcome == "taken"

    def test_hold_no_lock_while_they_talk_to_the_mail_server(self, worker: User, sink: MailSink) -> None:
        queued(worker)
        assert mail_sending.claim(at=NOW) is not None
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE relation = 'people_outgoingmail'::regclass")
            assert cursor.fetchone() == (0,)


def break_off() -> None:
    """End this test's connection to the database from outside, as a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()[0]

    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [ours])

    at_once([end])


def send_all(at: datetime) -> None:
    while send(at):
        pass


def at_once(steps: list[Callable[[], object]]) -> None:
    """Run them in threads of their own, all begun together."""
    barrier = threading.Barrier(len(steps))
    errors: list[BaseException] = []

    def run(step: Callable[[], object]) -> None:
        try:
            barrier.wait()
            step()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
