"""Queue one email to one person, once; send what is queued."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from people import mail
from people.models import OutgoingMail, User
from tests.conftest import NOW
from tools.mail_catcher import MailSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(settings: Any) -> Iterator[MailSink]:
    """A real SMTP server; Django sends to it."""
    with MailSink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.address
        yield server


def moment(hour: int) -> datetime:
    """So many hours after NOW."""
    return NOW + timedelta(hours=hour)


def queued(person: User, key: str = "k", *, urgent: bool = False) -> OutgoingMail:
    return mail.queue(person, key=key, kind="test", subject=f"About {key}", body="Sign in.", at=NOW, urgent=urgent)


class TestQueue:
    def test_keeps_one_row_for_one_key(self, worker: User) -> None:
        assert queued(worker).pk == queued(worker).pk
        assert OutgoingMail.objects.count() == 1

    def test_goes_with_the_transaction_it_belongs_to(self, worker: User) -> None:
        with transaction.atomic():
            queued(worker)
            transaction.set_rollback(True)
        assert not OutgoingMail.objects.exists()


class TestSendQueued:
    def test_delivers_and_marks_as_sent(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        assert mail.send_queued(now=lambda: NOW) == 1
        row.refresh_from_db()
        assert (row.status, row.sent_at, row.attempts) == ("sent", NOW, 1)
        assert sink.messages[0]["X-Envelope-To"] == worker.email

    def test_sends_urgent_mail_first(self, worker: User, sink: MailSink) -> None:
        queued(worker, "plain")
        queued(worker, "urgent", urgent=True)
        mail.send_queued(now=lambda: NOW)
        assert [message["Subject"] for message in sink.messages] == ["About urgent", "About plain"]

    def test_tries_again_later_with_the_same_message_id_and_date(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        sink.refuse_with = "451 try again later"
        assert mail.send_queued(now=lambda: NOW) == 0
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("queued", 1)
        assert "451" in row.last_error
        assert mail.send_queued(now=lambda: NOW) == 0, "not before the wait is over"
        sink.refuse_with = ""
        assert mail.send_queued(now=lambda: NOW + timedelta(minutes=10)) == 1
        assert sink.messages[0]["Message-ID"] == row.message_id
        assert sink.messages[0]["Date"].datetime == NOW

    def test_never_gives_up_on_urgent_mail_that_may_yet_go(self, worker: User, sink: MailSink) -> None:
        row = queued(worker, urgent=True)
        sink.refuse_with = "421 busy"
        for hour in range(50):
            mail.send_queued(now=partial(moment, hour))
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("queued", 50)

    def test_says_so_when_an_address_will_never_do(self, worker: User, sink: MailSink) -> None:
        row = queued(worker)
        sink.refuse_with = "550 no such mailbox"
        for hour in range(4):
            mail.send_queued(now=partial(moment, hour))
        row.refresh_from_db()
        assert row.status == "failed"
        assert "550" in row.last_error

    def test_survives_a_mail_server_that_is_down(self, worker: User, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        row = queued(worker)
        assert mail.send_queued(now=lambda: NOW) == 0
        row.refresh_from_db()
        assert row.status == "queued"

    def test_leaves_a_row_that_another_sender_holds(self, worker: User, sink: MailSink) -> None:
        queued(worker)
        assert mail.claim(at=NOW) is not None
        assert mail.claim(at=NOW) is None
        assert mail.claim(at=NOW + mail.LEASE + timedelta(seconds=1)) is not None

    def test_lets_a_late_sender_change_nothing(self, worker: User, sink: MailSink) -> None:
        queued(worker)
        late = mail.claim(at=NOW)
        assert late is not None
        afterwards = NOW + mail.LEASE + timedelta(seconds=1)
        assert mail.send_queued(now=lambda: afterwards) == 1
        sink.refuse_with = "451 later"
        assert not mail.send_one(late, now=lambda: afterwards)
        late.refresh_from_db()
        assert (late.status, late.sent_at) == ("sent", afterwards)

    def test_never_holds_others_up_for_one_that_cannot_be_made(self, worker: User, psw: User, sink: MailSink) -> None:
        bad = queued(worker, "bad")
        OutgoingMail.objects.filter(pk=bad.pk).update(subject="two\nlines")
        mail.queue(psw, key="good", kind="test", subject="Good", body="b", at=NOW)
        assert mail.send_queued(now=lambda: NOW) == 1
        bad.refresh_from_db()
        assert (bad.status, bad.attempts) == ("queued", 1)
        assert "BadHeaderError" in bad.last_error

    def test_goes_on_trying_where_the_server_itself_refuses(self) -> None:
        assert not mail.is_permanent(smtplib.SMTPConnectError(554, b"no service here"))
        assert mail.is_permanent(smtplib.SMTPDataError(550, b"no such mailbox"))

    def test_waits_no_longer_than_five_minutes(self) -> None:
        waits = [mail.wait_after(attempts, spread=1.0) for attempts in range(1, 30)]
        assert waits == sorted(waits)
        assert max(waits) == timedelta(minutes=5)
