"""The embedded servers: they run, keep what they promise to keep, and leave nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from tools.places import ServiceError, private_folder, server_account, socket_folder
from tools.postgres import answers, runs_on
from tools.services import postgres, redis_url, valkey
from tools.testing import own_queue, scratch_folder
from tools.valkey import pongs

LAUNCHER = """
import sys, time
from pathlib import Path
from tools.services import postgres
with postgres(Path(sys.argv[1]), sockets=Path(sys.argv[1]), durable=False):
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as made:
        yield made


def ask(sockets: Path, question: str) -> object:
    connection = psycopg2.connect(host=str(sockets / "pg"), user="portal", dbname="portal")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def servers_on(data: Path) -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if runs_on(int(entry.name), data)]


class TestPostgres:
    def test_answers_as_a_role_that_is_no_superuser_and_stops_with_the_block(self, folder: Path) -> None:
        with postgres(folder, sockets=folder, durable=False) as url:
            assert url == f"postgres://portal@/{folder}/pg/portal"
            assert ask(folder, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
            assert ask(folder, "SELECT current_setting('listen_addresses')") == ""
        assert not answers(folder / "pg")
        assert servers_on(folder / "postgres") == []

    def test_keeps_its_data_from_one_run_to_the_next(self, folder: Path) -> None:
        with postgres(folder, sockets=folder, durable=False):
            ask(folder, "CREATE TABLE kept AS SELECT 'Zoë' AS word")
        with postgres(folder, sockets=folder, durable=False):
            assert ask(folder, "SELECT upper(word) FROM kept") == "ZOË"

    def test_keeps_promises_on_disk_when_durable(self, folder: Path) -> None:
        with postgres(folder, sockets=folder):
            assert ask(folder, "SELECT current_setting('fsync')") == "on"

    def test_works_where_the_way_to_the_data_is_private(self, folder: Path) -> None:
        (folder / "private").mkdir(mode=0o700)
        with postgres(folder / "private" / "data", sockets=folder, durable=False):
            assert ask(folder, "SELECT 1") == 1

    def test_says_what_to_do_about_data_of_another_version(self, folder: Path) -> None:
        data = private_folder(folder / "postgres", owner=server_account())
        (data / "PG_VERSION").write_text("9\n")
        with (
            pytest.raises(ServiceError, match=r"PostgreSQL 9.*make demo-reset"),
            postgres(folder, sockets=folder, durable=False),
        ):
            pass

    def test_goes_down_with_a_launcher_that_is_killed_and_comes_up_again(self, folder: Path) -> None:
        command = [sys.executable, "-c", LAUNCHER, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as launcher:
            assert launcher.stdout is not None
            assert launcher.stdout.readline() == b"up\n"
            launcher.kill()
        with postgres(folder, sockets=folder, durable=False):
            assert ask(folder, "SELECT 1") == 1
        assert servers_on(folder / "postgres") == []

    def test_forgets_a_note_about_a_server_that_is_long_gone(self, folder: Path) -> None:
        with postgres(folder, sockets=folder, durable=False):
            note = (folder / "postgres" / "postmaster.pid").read_text()
        ours = f"{os.getpid()}\n" + note.split("\n", 1)[1]  # the number has gone to somebody else since
        (folder / "postgres" / "postmaster.pid").write_text(ours)
        with postgres(folder, sockets=folder, durable=False):
            assert ask(folder, "SELECT 1") == 1


class TestValkey:
    def test_answers_and_stops_with_the_block(self, folder: Path) -> None:
        with valkey(folder, sockets=folder, durable=False) as url:
            assert url == f"redis+socket://{folder}/valkey/s?virtual_host=0"
            assert pongs(folder / "valkey" / "s")
        assert not pongs(folder / "valkey" / "s")

    def test_is_understood_by_celery(self, folder: Path) -> None:
        from kombu import Connection

        with valkey(folder, sockets=folder, durable=False) as url, Connection(url) as connection:
            queue = connection.SimpleQueue("letters")
            queue.put({"id": 7})
            assert queue.get(timeout=5).payload == {"id": 7}
            queue.close()

    def test_keeps_messages_over_a_restart_when_durable(self, folder: Path) -> None:
        from redis import Redis

        for word in (None, b"kept"):
            with valkey(folder, sockets=folder), Redis(unix_socket_path=str(folder / "valkey" / "s")) as client:
                assert client.get("word") == word
                client.set("word", "kept")


class TestSocketFolder:
    def test_is_short_and_differs_from_checkout_to_checkout(self, tmp_path: Path) -> None:
        first, second = socket_folder(tmp_path / "a"), socket_folder(tmp_path / "b")
        try:
            assert first != second
            assert first == socket_folder(tmp_path / "a")
            assert len(str(first / "pg" / ".s.PGSQL.5432.lock")) <= 100
        finally:
            first.rmdir()
            second.rmdir()

    def test_refuses_a_folder_that_others_may_write_to(self, tmp_path: Path) -> None:
        folder = socket_folder(tmp_path)
        try:
            folder.chmod(0o777)
            with pytest.raises(ServiceError, match="belongs to somebody else"):
                socket_folder(tmp_path)
        finally:
            folder.rmdir()


class TestScratchFolder:
    def test_sweeps_up_after_a_run_that_was_killed(self) -> None:
        killed = subprocess.run(
            [
                sys.executable,
                "-c",
                "import os; from tools.testing import *; f = scratch_folder(); "
                "print(f.__enter__(), flush=True); os.kill(os.getpid(), 9)",
            ],
            capture_output=True,
            text=True,
        )
        assert killed.returncode == -signal.SIGKILL
        left = Path(killed.stdout.strip())
        assert left.is_dir()
        with scratch_folder():
            assert not left.exists()


class TestOwnQueue:
    def test_gives_each_parallel_worker_a_database_of_its_own(self) -> None:
        assert own_queue(redis_url(Path("/x")), worker="gw0") == "redis+socket:///x/valkey/s?virtual_host=1"
        assert own_queue("redis://queue:6379/0", worker="gw3") == "redis://queue:6379/4"
