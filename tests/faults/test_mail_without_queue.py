"""An Inadequate is submitted and its mail leaves while the Redis-protocol server is away, or answers nobody (R8, R11).

Nothing is published from inside a request, so nothing can stall there. Web server and sender are real processes.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from audits.models import Audit
from people.models import OutgoingMail, User
from tests.cast import fill_in
from tests.faults.house import HOST, WEB
from tests.processes.conftest import database_url, running
from tools.demo import free_port
from tools.mail_catcher import MailSink

pytestmark = pytest.mark.processes
ANSWERS_WITHIN = 30  # seconds; a publisher that cannot reach its queue tries for longer, or fails
LEAVES_WITHIN = 60  # seconds, as promised
TOKEN = "0" * 32


class Trap:
    """Stands where the queue should: takes every connection, counts it, and never answers."""

    def __init__(self, path: Path) -> None:
        self.knocks = 0
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(path))
        self._door.listen(50)
        self._held: list[socket.socket] = []
        threading.Thread(target=self._hold, daemon=True).start()

    def _hold(self) -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                self._held.append(self._door.accept()[0])
                self.knocks += 1

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        for each in [self._door, *self._held]:
            each.close()


@pytest.fixture
def queue_path() -> Iterator[Path]:
    """Where the queue would listen; nothing does."""
    with tempfile.TemporaryDirectory() as folder:  # short, as the way to a socket has to be
        yield Path(folder) / "s"


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """A real SMTP server that keeps what it gets."""
    with MailSink() as server:
        yield server


@pytest.fixture
def environment(transactional_db: None, queue_path: Path, sink: MailSink) -> dict[str, str]:
    """The database of this test, a mail server that works, and the queue that does not."""
    host, port = sink.address
    return {
        "DATABASE_URL": database_url(),
        "REDIS_URL": f"redis+socket://{queue_path}",
        "EMAIL_HOST": host,
        "EMAIL_PORT": str(port),
        "PYTHONWARNINGS": "ignore",
    }


@pytest.fixture
def web_port(environment: dict[str, str]) -> Iterator[int]:
    """A web server that answers."""
    port = free_port(rather=65536)
    with running([sys.executable, "-m", *WEB.split(), f"{HOST}:{port}"], environment) as process:
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
                break
            time.sleep(0.1)
        yield port


@pytest.fixture
def ready(audit: Audit, environment: dict[str, str]) -> Audit:
    """An audit that only needs the button: its grade is Inadequate."""
    fill_in(audit, grade="inadequate", outcomes="not_met", at=timezone.now(), today=timezone.localdate())
    return audit


def press_submit(audit: Audit, *, by: User, port: int) -> str:
    """Submit in the browser; returns where it leads. Raises TimeoutError where no answer comes in time."""
    client = Client()
    client.force_login(by)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    headers = {"Host": "localhost", "Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
    with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=ANSWERS_WITHIN)) as connection:
        connection.request("POST", f"/audits/{audit.reference}/do/check/urgent/", body="", headers=headers)
        return connection.getresponse().getheader("Location") or ""


def urgent_mail() -> set[str]:
    """Whom urgent mail is queued for."""
    return set(OutgoingMail.objects.filter(urgent=True).values_list("address", flat=True))


class TestWithoutTheQueue:
    def test_submitting_answers_and_urgent_mail_leaves_within_a_minute(
        self, ready: Audit, web_port: int, environment: dict[str, str], sink: MailSink
    ) -> None:
        told = {ready.worker.email, ready.team_manager.email}
        with running([sys.executable, "manage.py", "send_mail", "--loop"], environment):
            leads_to = press_submit(ready, by=ready.auditor, port=web_port)
            assert leads_to.endswith(f"/audits/{ready.reference}/submitted/")
            assert told <= urgent_mail()
            messages = sink.wait_for(len(urgent_mail()), seconds=LEAVES_WITHIN)
        arrived = {message["X-Envelope-To"] for message in messages if message["Subject"].startswith("Urgent")}
        assert arrived >= told

    def test_submitting_knocks_at_no_queue(self, ready: Audit, web_port: int, queue_path: Path) -> None:
        trap = Trap(queue_path)
        try:
            leads_to = press_submit(ready, by=ready.auditor, port=web_port)
            knocks = trap.knocks
        finally:
            trap.close()
        assert leads_to.endswith(f"/audits/{ready.reference}/submitted/")
        assert urgent_mail() >= {ready.worker.email, ready.team_manager.email}
        assert knocks == 0
