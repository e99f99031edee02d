"""One conversation has a hard end, and one connection carries several emails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from people import mail, mail_sending, mail_server
from people.models import OutgoingMail, User
from tests.conftest import NOW
from tests.people.rough_server import CLOSES, DRIPS, SILENT, RoughServer

pytestmark = pytest.mark.django_db
Rough = Callable[..., RoughServer]
STEPS = {"end": "."}


@pytest.fixture
def rough(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rough]:
    """Starts a rough server that mail goes to; a conversation may take half a second."""
    monkeypatch.setattr(mail_server, "DEADLINE", 0.5)
    monkeypatch.setattr(mail_server, "STILL_THERE", 0.2)
    settings.EMAIL_BACKEND = "people.mail_server.EmailBackend"
    with ExitStack() as stack:

        def start(**answers: str) -> RoughServer:
            server = stack.enter_context(
                RoughServer({key.upper().replace("END", "."): answers[key] for key in answers})
            )
            settings.EMAIL_HOST, settings.EMAIL_PORT = server.address
            return server

        yield start


def queued(person: User, number: int = 1) -> OutgoingMail:
    return mail.queue(person, key=f"k{number}", kind="test", subject="About", body="Sign in.", at=NOW, urgent=True)


def send() -> int:
    return mail_sending.send_queued(now=lambda: NOW)


class TestDeadline:
    @pytest.mark.parametrize("step", ["ehlo", "mail", "rcpt", "data", "end"])
    @pytest.mark.parametrize("manner", [SILENT, DRIPS])
    def test_ends_a_conversation_however_slow_the_server_is(
        self, rough: Rough, worker: User, step: str, manner: str
    ) -> None:
        row = queued(worker)
        rough(**{step: manner})
        assert send() == 0, "it comes back; without an end of its own it would wait for ever"
        row.refresh_from_db()
        assert (row.status, row.trouble) == ("queued", "quick")


class TestDoubt:
    def test_is_recorded_where_the_answer_to_the_text_never_came(self, rough: Rough, worker: User) -> None:
        row = queued(worker)
        server = rough(end=CLOSES)
        assert send() == 0
        row.refresh_from_db()
        assert "It may have arrived" in row.last_error
        assert len(server.taken) == 1

    def test_is_not_where_the_connection_broke_before(self, rough: Rough, worker: User) -> None:
        row = queued(worker)
        rough(data=CLOSES)
        assert send() == 0
        row.refresh_from_db()
        assert "It may have arrived" not in row.last_error


class TestConnection:
    def test_carries_several_emails(self, rough: Rough, worker: User) -> None:
        for number in range(5):
            queued(worker, number)
        server = rough()
        assert send() == 5
        assert server.connections == 1

    def test_is_made_anew_where_the_server_ended_it(self, rough: Rough, worker: User) -> None:
        for number in range(3):
            queued(worker, number)
        server = rough(noop=CLOSES)
        assert send() == 3
        assert server.connections == 3

    def test_is_made_anew_after_a_refusal(self, rough: Rough, worker: User) -> None:
        for number in range(2):
            queued(worker, number)
        server = rough(rcpt="450 later")
        assert send() == 0
        assert server.connections == 2
