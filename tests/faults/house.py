"""A whole portal to break: its own PostgreSQL that keeps its promises, a queue, a real web server in front.

Everything can be killed and started again while a browser is typing. What is found afterwards is read from the
database without the product's own code.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

from tools import processes
from tools.demo import free_port
from tools.places import ServiceError
from tools.postgres import DATABASE, PostgresPlace, database_url, postgres_place, start_postgres, stop_postgres
from tools.testing import scratch_folder
from tools.valkey import valkey

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
STATES = "audits_pageanswersauditpagecontentrevisionsavedatsavedbyevent"  # every state a page ever had
WEB = "gunicorn auditportal.wsgi --worker-class gthread --workers 2 --threads 4 --no-control-socket --bind"


class House:
    """The processes of one portal, and a straight look into its database."""

    def __init__(self, folder: Path, *, redis_url: str) -> None:
        self.folder = folder
        self.place: PostgresPlace = postgres_place(folder, sockets=folder)
        self.port = free_port(rather=65536)  # any that is free
        self.address = f"http://{HOST}:{self.port}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(folder),
            "REDIS_URL": redis_url,
            "DJANGO_SETTINGS_MODULE": "tests.faults.house_settings",
            "FAULTS_STATIC": str(folder / "static"),
            "PORTAL_MODE": "demo",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "PUBLIC_URL": self.address,
            "PYTHONWARNINGS": "ignore",
        }
        self.environment.pop("PYTEST_XDIST_WORKER", None)
        self.data: processes.Process | None = None
        self.web: processes.Process | None = None

    # -------------------------------------------------------------- up and down

    def start_data(self) -> None:
        """Start PostgreSQL with everything that keeps committed work over a crash."""
        self.data = start_postgres(self.place, durable=True)

    def crash_data(self) -> None:
        """Stop PostgreSQL at once, as a power cut would: no checkpoint, every connection gone."""
        assert self.data is not None
        self.data.send_signal(signal.SIGQUIT)
        self.data.wait(30)

    def start_web(self) -> None:
        """Start the web server, and wait until it answers. Raises ServiceError."""
        command = [sys.executable, "-m", *WEB.split(), f"{HOST}:{self.port}"]
        with (self.folder / "web.log").open("ab") as log:
            self.web = processes.start(command, output=log, env=self.environment, folder=ROOT)
        if not processes.wait_until(self.answers, process=self.web, seconds=60):
            raise ServiceError((self.folder / "web.log").read_text()[-2000:])

    def kill_web(self) -> None:
        """Kill the web server with all its workers, in the middle of whatever they do."""
        assert self.web is not None
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait(30)

    def answers(self) -> bool:
        """Whether the web server gives any answer."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/health", headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status < 600
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def run(self, *arguments: str) -> str:
        """Run one Python command of the product to its end; returns what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise ServiceError(done.stderr[-3000:])
        return done.stdout

    def prepare(self, *, audits: int) -> dict[str, Any]:
        """Tables, static files, people and audits; returns what seeding says it made."""
        self.run("manage.py", "migrate", "--no-input", "-v0")
        self.run("manage.py", "collectstatic", "--no-input", "-v0")
        made: dict[str, Any] = json.loads(self.run("-m", "tests.faults.seeding", str(audits)))
        return made

    def close(self) -> None:
        """Stop what runs."""
        if self.web is not None and self.web.poll() is None:
            processes.stop(self.web)
        if self.data is not None and self.data.poll() is None:
            stop_postgres(self.data)

    # -------------------------------------------------------------- what is there

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database holds, read past the product. Waits while it restarts."""
        for _ in range(100):
            with contextlib.suppress(psycopg2.OperationalError):
                connection = psycopg2.connect(host=str(self.place.sockets), user=DATABASE, dbname=DATABASE)
                break
            time.sleep(0.1)
        with contextlib.closing(connection), connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def pages(self, audit: str) -> dict[str, dict[str, Any]]:
        """What is stored on each page of an audit."""
        query = (
            "SELECT page, content FROM audits_pageanswers p JOIN audits_audit a ON a.id = p.audit_id"
            " WHERE a.reference = %s"
        )
        return dict(self.rows(query, audit))

    def every_text(self, audit: str, page: str) -> list[str]:
        """Every text of a page that can still be got at: each state it ever had, and what came too late."""
        query = (
            f"SELECT e.content FROM {STATES} e JOIN audits_audit a ON a.id = e.audit_id"
            " WHERE a.reference = %s AND e.page = %s"
            " UNION ALL SELECT d.content FROM audits_staledraft d JOIN audits_audit a ON a.id = d.audit_id"
            " WHERE a.reference = %s AND d.page = %s"
        )
        return [row[0].get("rationale", "") for row in self.rows(query, audit, page, audit, page)]

    def writers(self, audit: str) -> set[int]:
        """Everybody in whose name something was ever saved in an audit."""
        query = (
            f"SELECT DISTINCT e.saved_by_id FROM {STATES} e JOIN audits_audit a ON a.id = e.audit_id"
            " WHERE a.reference = %s"
        )
        return {row[0] for row in self.rows(query, audit)}

    def end_session(self, key: str) -> None:
        """End one session, as time or an administrator would."""
        self.rows("DELETE FROM django_session WHERE session_key = %s", key)


@contextlib.contextmanager
def house(*, audits: int) -> Iterator[tuple[House, dict[str, Any]]]:
    """A portal that runs, with that many audits to write, and what seeding says of it."""
    with scratch_folder() as folder, valkey(folder / "queue", sockets=folder, durable=False) as redis_url:
        built = House(folder, redis_url=redis_url)
        try:
            built.start_data()
            made = built.prepare(audits=audits)
            built.start_web()
            yield built, made
        finally:
            built.close()
