"""A pytest plugin: one throwaway PostgreSQL and Valkey for a whole run, up before Django reads its settings.

Workers of pytest-xdist inherit the addresses. A caller who sets DATABASE_URL brings servers of their own.
"""

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tools.processes import is_alive
from tools.services import postgres, valkey

PREFIX = "portal-test-"
SETTINGS = {
    "PORTAL_MODE": "test",
    "SECRET_KEY": "for-tests-only-and-nowhere-else-0123456789",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "PUBLIC_URL": "http://localhost",
    "DEBUG": "false",
}
running = contextlib.ExitStack()


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a short folder that is removed at the end, and sweep up after runs that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not is_alive(int(left.name.removeprefix(PREFIX).split("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Run both servers without crash safety; gives the environment that points to them."""
    with (
        scratch_folder() as folder,
        postgres(folder, sockets=folder, durable=False) as database_url,
        valkey(folder / "queue", sockets=folder, durable=False) as redis_url,
    ):
        yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


def own_queue(redis_url: str, *, worker: str) -> str:
    """Return the address of this xdist worker's own numbered database: gw0 has 1, gw1 has 2, and so on."""
    number = int(worker.removeprefix("gw")) % 15 + 1
    if redis_url.startswith("redis+socket:"):
        return f"{redis_url.partition('?')[0]}?virtual_host={number}"
    return urlunsplit(urlsplit(redis_url)._replace(path=f"/{number}"))


def prepare_environment() -> None:
    os.environ.update(SETTINGS)
    if "DATABASE_URL" not in os.environ:
        os.environ.update(running.enter_context(servers()))
        atexit.register(running.close)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and "REDIS_URL" in os.environ:
        os.environ["REDIS_URL"] = own_queue(os.environ["REDIS_URL"], worker=worker)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Set the environment before pytest-django loads the settings."""
    prepare_environment()
    yield


def pytest_unconfigure() -> None:
    running.close()
