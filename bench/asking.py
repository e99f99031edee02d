"""One process that asks pages of one site on one database, and says what each request cost.

A line of JSON in, a line out. {"page": {…}, "times": n} is answered by {"app", "db"}: seconds of CPU per request in
this process and in its PostgreSQL backend. {"page": {…}, "times": 0} asks once and is answered by {"status", "bytes",
"queries", "commits", "slow"}. A request is handed to Django as a web server would hand it and passes every middleware;
the cost of the web server itself is on neither side.
"""

import io
import json
import sys
import time
from importlib import import_module
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django first
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402

from audits.models import Audit  # noqa: E402
from bench.opened import FULL, LONG, OPEN, reference  # noqa: E402
from people.models import User  # noqa: E402

TOKEN = "x" * 32  # the CSRF cookie and header
TEXTS = ("The plan says who does what and by when. " * 20, "The plan says who does this and by when. " * 20)
TICKS = 100  # of /proc's clock in a second
application = get_wsgi_application()


class Asker:
    """Asks as one person, signed in through a real session."""

    def __init__(self, person: User) -> None:
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        self.revision = 1

    def environ(self, page: dict, references: dict[str, str]) -> dict:
        path, _, query = page["path"].format(**references).partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "HTTP_ACCEPT": "text/html",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        return environ | (self._posted() if page["save"] else {})

    def _posted(self) -> dict:
        answers = {f"S1-{n:02d}": ("yes", "no")[self.revision % 2] for n in range(1, 13)}
        content = {"answers": answers, "grade": "good", "rationale": TEXTS[self.revision % 2], "set_aside": ""}
        body = json.dumps({"base_revision": self.revision, "content": content}).encode()
        return {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_CSRFTOKEN": TOKEN,
            "wsgi.input": io.BytesIO(body),
        }


def ask(environ: dict) -> tuple[str, bytes]:
    """One request as the web server makes it; the status line and the body."""
    status: list[str] = []
    response = application(environ, lambda line, headers, exc_info=None: status.append(line))
    body = b"".join(response)
    response.close()
    return status[0], body


def backend_seconds() -> float:
    """CPU so far of the PostgreSQL process that serves this one. Exact where the kernel says so, else in ticks."""
    process = Path(f"/proc/{connection.connection.info.backend_pid}")
    try:
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, IndexError):
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def transactions() -> int:
    """How many writing transactions this server has begun."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        return cursor.fetchone()[0]


def people(references: dict[str, str]) -> dict[str, Asker]:
    return {
        "lead": Asker(User.objects.get(job_role="principal_social_worker")),
        "manager": Asker(User.objects.filter(job_role="team_manager").earliest("pk")),
        "auditor": Asker(Audit.objects.get(reference=references["open"]).auditor),
    }


class Site:
    """The site of this process's settings, with the people who ask it."""

    def __init__(self) -> None:
        self.references = {"open": reference(OPEN), "full": reference(FULL), "long": reference(LONG)}
        self.people = people(self.references)

    def once(self, page: dict) -> tuple[float, str, bytes]:
        """Ask once; the application's seconds, the status line and the body."""
        asker = self.people[page["who"]]
        environ = asker.environ(page, self.references)
        begun = time.process_time()
        status, body = ask(environ)
        took = time.process_time() - begun
        if page["save"] and status.startswith("200"):
            asker.revision = json.loads(body)["revision"]
        return took, status, body

    def measure(self, page: dict, times: int) -> dict:
        database = backend_seconds()
        app = sum(self.once(page)[0] for _ in range(times))
        return {"app": app / times, "db": (backend_seconds() - database) / times}

    def look(self, page: dict) -> dict:
        """One request with its queries and writing transactions counted."""
        asked: list[str] = []

        def note(execute, sql, params, many, context):
            asked.append(sql)
            return execute(sql, params, many, context)

        before = transactions()
        with connection.execute_wrapper(note):
            took, status, body = self.once(page)
        commits = transactions() - before
        return {"status": status, "bytes": len(body), "queries": len(asked), "commits": commits, "app": took,
                "asked": asked}  # fmt: skip


def main() -> None:
    site = Site()
    for line in sys.stdin:
        wanted = json.loads(line)
        answer = site.measure(wanted["page"], wanted["times"]) if wanted["times"] else site.look(wanted["page"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
