"""Real processes of the portal, pointed at the test's own database, queue and mail server."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from tools.mail_catcher import MailSink

ROOT = Path(__file__).resolve().parents[2]
GRACE = 20  # seconds to stop in


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """A real SMTP server that keeps what it gets."""
    with MailSink() as server:
        yield server


def database_url() -> str:
    """The address of the database of this test, for another process."""
    found = connection.settings_dict
    host, port = str(found["HOST"]), str(found["PORT"] or "")
    if host.startswith("/"):
        return f"postgres://{found['USER']}@/{found['NAME']}?host={quote(host)}"
    password = f":{quote(str(found['PASSWORD']))}" if found["PASSWORD"] else ""
    return f"postgres://{found['USER']}{password}@{host}{':' + port if port else ''}/{found['NAME']}"


@contextlib.contextmanager
def running(arguments: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run one process of the portal and stop it at the end."""
    with subprocess.Popen(
        arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture
def portal(
    sink: MailSink, tmp_path: Path, transactional_db: None
) -> Callable[[list[str]], contextlib.AbstractContextManager[subprocess.Popen[bytes]]]:
    """Start a process of the portal: portal(["manage.py", "send_mail", "--loop"]) or portal(["celery", "worker"])."""
    host, port = sink.address
    environment = {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "EMAIL_HOST": host,
        "EMAIL_PORT": str(port),
        "PYTHONWARNINGS": "ignore",
    }
    celery = [sys.executable, "-m", "celery", "-A", "auditportal"]
    commands = {
        "sender": [sys.executable, "manage.py", "send_mail", "--loop"],
        "worker": [*celery, "worker", "--concurrency=1", "--loglevel=warning"],
        "beat": [*celery, "beat", "--schedule", str(tmp_path / "beat"), "--pidfile="],
    }

    def start(name: list[str]) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
        return running([*commands[name[0]], *name[1:]], environment)

    return start
