"""Keep a set of processes running: start them, pass on what they say, start again what ended, stop in order."""

import os
import re
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools import processes
from tools.places import ServiceError

TROUBLE = re.compile(r"\b(ERROR|CRITICAL)\b")
STEADY_SECONDS = 20  # a process that ran this long starts again at once; one that did not waits longer each time
LONGEST_WAIT = 30


@dataclass
class Child:
    """One process to keep: how to start it, how to ask it to stop, how long that may take, and a log of its own."""

    name: str
    start: Callable[[], processes.Process]
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10
    own_log: Path | None = None
    process: processes.Process | None = None
    started_at: float = 0
    quick_ends: int = 0
    not_before: float = 0
    unfinished: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs children by name. `log_folder` gets what each says; `say` shows a line to the person at the keyboard."""

    def __init__(self, *, log_folder: Path, say: Callable[[str], None], talkative: bool = False) -> None:
        self.children: list[Child] = []
        self.log_folder = log_folder
        self.say = say
        self.talkative = talkative
        self.selector = selectors.DefaultSelector()
        log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, child: Child) -> None:
        """Start `child` and keep it. Raises ServiceError when it cannot even be started the first time."""
        self.children.append(child)
        self.launch(child)

    def launch(self, child: Child) -> None:
        child.process = child.start()
        child.started_at = time.monotonic()
        child.unfinished = b""
        if child.process.stdout:
            os.set_blocking(child.process.stdout.fileno(), False)
            self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def step(self, seconds: float = 0.2) -> None:
        """Pass on what was said within so many seconds and start again what has ended."""
        if self.selector.get_map():
            for key, _ in self.selector.select(seconds):
                self.read(key.data)
        else:
            time.sleep(seconds)
        for child in self.children:
            self.care_for(child)

    def care_for(self, child: Child) -> None:
        if child.process and child.process.poll() is not None:
            self.note_end(child, code=child.process.returncode)
        if child.process is None and time.monotonic() >= child.not_before:
            try:
                self.launch(child)
            except ServiceError as error:
                self.say(str(error))
                self.put_off(child)

    def note_end(self, child: Child, *, code: int) -> None:
        self.forget(child)
        if time.monotonic() - child.started_at > STEADY_SECONDS:
            child.quick_ends = 0
        self.put_off(child)
        self.say(f"{child.name} ended by itself (code {code}): starting it again; see {self.log_of(child)}")

    def put_off(self, child: Child) -> None:
        wait = min(2**child.quick_ends - 1, LONGEST_WAIT)
        child.quick_ends += 1
        child.not_before = time.monotonic() + wait

    def forget(self, child: Child) -> None:
        """Read the last words of a process that has ended, and take what it left behind in its group with it."""
        if child.process is None:
            return
        if child.process.stdout:
            self.read(child)
            self.selector.unregister(child.process.stdout)
            child.process.stdout.close()
        processes.wait_or_kill(child.process, seconds=0)
        child.process = None

    def read(self, child: Child) -> None:
        if child.process is None or child.process.stdout is None:
            return
        try:
            said = os.read(child.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return
        *lines, child.unfinished = (child.unfinished + said).split(b"\n")
        if lines:
            self.pass_on(child, [line.decode(errors="replace") for line in lines])

    def pass_on(self, child: Child, lines: Sequence[str]) -> None:
        with self.log_of(child).open("a") as log:
            log.writelines(f"{line}\n" for line in lines)
        for line in lines:
            if self.talkative or TROUBLE.search(line):
                self.say(f"{child.name:>7} | {line}")

    def log_of(self, child: Child) -> Path:
        return child.own_log or self.log_folder / f"{child.name}.log"

    def stop(self, *names: str) -> None:
        """Ask the named children to stop, all at once, and wait for them; then they are no longer kept."""
        leaving = [child for child in self.children if child.name in names]
        self.children = [child for child in self.children if child.name not in names]
        for child in leaving:
            if child.process:
                processes.ask_to_stop(child.process, with_signal=child.stop_signal)
        for child in leaving:
            self.see_off(child, until=time.monotonic() + child.grace)

    def see_off(self, child: Child, *, until: float) -> None:
        while child.process and child.process.poll() is None and time.monotonic() < until:
            self.read(child)  # a full pipe would keep it from ending
            time.sleep(0.02)
        self.forget(child)
