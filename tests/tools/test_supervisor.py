"""Keeping processes: what ends is started again, what is asked to stop stops, and what they say is kept."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tools import processes
from tools.supervisor import Child, Supervisor

STAYS = "import time; print('here', flush=True); time.sleep(600)"
ENDS = "print('an ERROR of some kind', flush=True)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)"
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(log_folder=tmp_path / "logs", say=said.append)
    yield made
    made.stop(*(child.name for child in made.children))
    made.selector.close()


def child(name: str, program: str, *, grace: float = 10) -> Child:
    start = partial(processes.start, [sys.executable, "-c", program], output=subprocess.PIPE)
    return Child(name=name, start=start, grace=grace)


def step_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        supervisor.step(0.05)


class TestSupervisor:
    def test_starts_again_what_ended_and_says_so(self, supervisor: Supervisor, said: list[str]) -> None:
        supervisor.add(child("web", ENDS))
        step_until(supervisor, lambda: sum("starting it again" in line for line in said) >= 2)

    def test_waits_longer_each_time_for_what_ends_at_once(self, supervisor: Supervisor, said: list[str]) -> None:
        web = child("web", ENDS)
        supervisor.add(web)
        step_until(supervisor, lambda: web.quick_ends == 3)
        assert web.not_before > time.monotonic() + 1

    def test_keeps_all_that_was_said_and_shows_only_trouble(self, supervisor: Supervisor, said: list[str]) -> None:
        supervisor.add(child("quiet", STAYS))
        supervisor.add(child("web", ENDS))
        step_until(supervisor, lambda: (supervisor.log_folder / "quiet.log").exists() and bool(said))
        assert (supervisor.log_folder / "quiet.log").read_text() == "here\n"
        assert said[0] == "    web | an ERROR of some kind"
        assert not any("here" in line for line in said)

    def test_shows_everything_when_talkative(self, supervisor: Supervisor, said: list[str]) -> None:
        supervisor.talkative = True
        supervisor.add(child("web", STAYS))
        step_until(supervisor, lambda: "    web | here" in said)

    def test_stops_what_is_named_and_keeps_the_rest(self, supervisor: Supervisor) -> None:
        web, worker = child("web", STAYS), child("worker", STAYS)
        supervisor.add(web)
        supervisor.add(worker)
        supervisor.stop("web")
        assert web.process is None
        assert worker.process is not None
        assert worker.process.poll() is None

    def test_kills_what_does_not_stop_when_asked(self, supervisor: Supervisor) -> None:
        worker = child("worker", STUBBORN, grace=0.2)
        supervisor.add(worker)
        step_until(supervisor, lambda: (supervisor.log_folder / "worker.log").exists())
        assert worker.process is not None
        pid = worker.process.pid
        supervisor.stop("worker")
        assert not processes.is_alive(pid)
