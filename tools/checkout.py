"""What belongs to this checkout's demo: its folders, its secret, its environment, and the lock on its data."""

import contextlib
import fcntl
import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from tools.places import ServiceError, socket_folder
from tools.services import database_url, redis_url

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".services"
LOGS = FOLDER / "logs"
MAIL = FOLDER / "mail"
STATE = FOLDER / "demo.json"
LOCK = FOLDER / "lock"
SIGN_INS = FOLDER / "sign-ins"
DEFAULT_PORTS = {"port": 8000, "page_port": 9000, "smtp_port": 1025}


class InUse(Exception):
    """Somebody else works on this checkout's data; `holder` says what: demo, manage or reset."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@contextlib.contextmanager
def claim(what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold this checkout's data alone for as long as the block lasts; a dead holder holds nothing.

    Raises InUse when it is taken, unless told to wait.
    """
    FOLDER.mkdir(mode=0o711, exist_ok=True)
    with LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise InUse(holder_named_in(lock)) from None
        lock.seek(0)
        lock.truncate()
        lock.write(what)
        lock.flush()
        yield


def holder_named_in(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read().strip()


def secret_key() -> str:
    """Return this checkout's own secret, made on first use and readable by its owner only."""
    path = FOLDER / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def remember_ports(ports: dict[str, int]) -> None:
    STATE.write_text(json.dumps(ports))


def last_ports() -> dict[str, int]:
    """Return the ports of the demo that runs, or that ran last."""
    try:
        return {**DEFAULT_PORTS, **json.loads(STATE.read_text())}
    except (FileNotFoundError, ValueError):
        return DEFAULT_PORTS


def demo_environment(ports: dict[str, int]) -> dict[str, str]:
    """Return the whole environment of the demo's processes."""
    sockets = socket_folder(ROOT)
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "DJANGO_SETTINGS_MODULE": "auditportal.settings",
        "PYTHONUNBUFFERED": "1",
        "PORTAL_MODE": "demo",
        "DEBUG": "false",
        "SECRET_KEY": secret_key(),
        "DATABASE_URL": database_url(sockets),
        "REDIS_URL": redis_url(sockets),
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PUBLIC_URL": f"http://localhost:{ports['port']}",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(ports["smtp_port"]),
    }


def sentence(error: ServiceError | str) -> int:
    """Say on the error output what is wrong and return the exit code that goes with it."""
    print(error, file=sys.stderr)
    return 1
