"""Start a process in a group of its own that cannot outlive us, and stop it politely."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1  # Linux: the signal a process gets when the one that started it dies
LIBC = ctypes.CDLL(None)

Process = subprocess.Popen[bytes]


def dies_with_us(with_signal: signal.Signals) -> Callable[[], None]:
    """Return what a new process runs first, so that even a killed launcher leaves nothing behind."""

    def ask_the_kernel() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(with_signal))

    return ask_the_kernel


def start(
    command: Sequence[str | Path],
    *,
    output: IO[bytes] | int,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: int | None = None,
    group: int | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Process:
    """Start `command` in its own process group, both outputs to `output`; as `user` when we are root."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env) if env is not None else None,
        cwd=folder,
        user=user,
        group=group,
        extra_groups=[] if user is not None else None,
        process_group=0,
        preexec_fn=dies_with_us(stop_signal),
    )


def ask_to_stop(process: Process, *, with_signal: signal.Signals = signal.SIGTERM) -> None:
    """Send the signal unless the process is gone already."""
    if process.poll() is None:
        process.send_signal(with_signal)


def wait_or_kill(process: Process, *, seconds: float) -> None:
    """Give the process that long to end, then kill it; whatever it left in its group goes with it."""
    try:
        process.wait(timeout=max(seconds, 0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def stop(process: Process, *, with_signal: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
    """Ask, wait, and only then kill."""
    ask_to_stop(process, with_signal=with_signal)
    wait_or_kill(process, seconds=seconds)


def is_alive(pid: int) -> bool:
    """Say whether a process of that number exists, ours or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until(ready: Callable[[], bool], *, process: Process, seconds: float) -> bool:
    """Ask `ready` until it says yes; no when the process ends or the time is over first."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if ready():
            return True
        time.sleep(0.02)
    return False
