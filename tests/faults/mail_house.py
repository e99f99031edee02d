"""A portal with everything that mail needs: web, worker, beat, two senders, the queue, a mailbox.

Each is a process of its own and can be killed, frozen and started again.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from redis import Redis

from tests.faults.house import HOST, ROOT, STARTS_WITHIN, House
from tests.faults.mail_sink import Mood
from tools import processes
from tools.demo import free_port
from tools.places import ServiceError
from tools.testing import scratch_folder
from tools.valkey import redis_url, start_valkey

CELERY = [sys.executable, "-m", "celery", "-A", "tests.faults.mail_app"]
SENDERS = ("sender-1", "sender-2")
WEDNESDAY = 2


def a_noon(now: datetime) -> datetime:
    """A noon of five weeks ago or more, on a Wednesday: they are bank holidays only at Christmas."""
    day = (now - timedelta(days=35)).date()
    day -= timedelta(days=(day.weekday() - WEDNESDAY) % 7)
    if (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 3):
        day -= timedelta(days=21)
    return datetime.combine(day, time(12), tzinfo=UTC)


class MailHouse(House):
    """A house whose mail is sent."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, redis_url=redis_url(folder))
        self.noon = a_noon(datetime.now(UTC))
        self.smtp_port = free_port(rather=65536)
        self.journal, self.mood_file = folder / "journal", folder / "mood"
        self.moods = 0
        self.running: dict[str, processes.Process] = {}
        self.queue: processes.Process | None = None
        self.environment |= {
            "EMAIL_HOST": HOST,
            "EMAIL_PORT": str(self.smtp_port),
            "FAULTS_NOON": self.noon.isoformat(),
        }
        sender = [sys.executable, "manage.py", "send_mail", "--loop"]
        sink = [sys.executable, "-m", "tests.faults.mail_sink", str(self.smtp_port)]
        self.commands = {
            **dict.fromkeys(SENDERS, sender),
            "worker": [*CELERY, "worker", "--concurrency=1", "--loglevel=WARNING", "--without-gossip"],
            "beat": [*CELERY, "beat", "--loglevel=WARNING", "--pidfile=", "-s", str(folder / "beat-schedule")],
            "sink": [*sink, str(self.journal), str(self.mood_file)],
        }

    # -------------------------------------------------------------- up and down

    def start_queue(self) -> None:
        """Start the Redis-protocol server as in production: what is in it outlives a restart."""
        self.queue = start_valkey(self.folder / "queue", sockets=self.folder, durable=True)

    def stop_queue(self) -> None:
        assert self.queue is not None
        processes.stop(self.queue)

    def flush_queue(self) -> None:
        """Throw away everything that waits in the queue, and what tells which queues there are."""
        with contextlib.closing(Redis(unix_socket_path=str(self.folder / "valkey" / "s"))) as client:
            client.flushall()

    def start(self, *names: str) -> None:
        """Start those of these processes that do not run."""
        for name in names:
            if name == "web":
                self.start_web() if self.web is None or self.web.poll() is not None else None
            elif name not in self.running or self.running[name].poll() is not None:
                with (self.folder / f"{name}.log").open("ab") as log:
                    self.running[name] = processes.start(
                        self.commands[name], output=log, env=self.environment, folder=ROOT
                    )

    def start_sink(self) -> None:
        """Start the mailbox, and wait until it listens. Raises ServiceError."""
        self.start("sink")
        sink = self.running["sink"]
        if not processes.wait_until(self.takes_mail, process=sink, seconds=STARTS_WITHIN):
            raise ServiceError((self.folder / "sink.log").read_text()[-2000:])

    def takes_mail(self) -> bool:
        """Whether the mailbox listens."""
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.smtp_port), timeout=5):
            return True
        return False

    def all_start(self) -> None:
        """Start whatever does not run."""
        self.mood("good")
        self.start_sink()
        self.start("web", *SENDERS, "worker", "beat")

    def process(self, name: str) -> processes.Process:
        found = self.web if name == "web" else self.running[name]
        assert found is not None
        return found

    def signal(self, number: signal.Signals, *names: str) -> None:
        """Send a signal to these processes with all their children, unless they are gone."""
        for name in names:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process(name).pid, number)

    def kill(self, *names: str) -> None:
        """Kill these processes, in the middle of whatever they do."""
        self.signal(signal.SIGKILL, *names)
        for name in names:
            self.process(name).wait(30)

    def close(self) -> None:
        """Kill what sends, then stop the rest."""
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
        if self.web is not None:
            self.signal(signal.SIGCONT, "web")
        if self.queue is not None:
            processes.stop(self.queue)
        super().close()

    # -------------------------------------------------------------- the mailbox

    def mood(self, kind: str, *, times: int = 0, seconds: float = 0.0) -> None:
        """Have the mailbox behave like this from now on."""
        self.moods += 1
        Mood(kind, self.moods, times, seconds).write(self.mood_file)

    def noted(self) -> list[dict[str, Any]]:
        """Everything the mailbox has written down so far, oldest first."""
        whole = self.journal.read_bytes().rpartition(b"\n")[0] if self.journal.exists() else b""
        return [json.loads(line) for line in whole.splitlines()]

    # -------------------------------------------------------------- what falls due

    def fall_due(self, audit: str) -> None:
        """Let time pass for one audit: it is due on the day on which chasing stands."""
        self.rows("UPDATE audits_audit SET due_on = %s WHERE reference = %s", self.noon.date(), audit)

    def seed(self, *, inadequates: int, reminders: int) -> dict[str, Any]:
        """People and audits; returns what seeding says it made. No page is drawn, so static files are not needed."""
        made: dict[str, Any] = json.loads(self.run("-m", "tests.faults.mail_seeding", str(inadequates), str(reminders)))
        return made


@contextlib.contextmanager
def mail_house(*, inadequates: int, reminders: int) -> Iterator[tuple[MailHouse, dict[str, Any]]]:
    """A portal that runs and sends mail, and what seeding says of it."""
    with scratch_folder() as folder:
        built = MailHouse(folder)
        try:
            built.start_with_tables()
            made = built.seed(inadequates=inadequates, reminders=reminders)
            built.start_queue()
            built.all_start()
            yield built, made
        finally:
            built.close()
