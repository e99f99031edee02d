"""What can happen to the processes that mail needs. Each fault lasts as long as its block."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from random import Random

from tests.faults.mail_house import SENDERS, MailHouse
from tools.places import ServiceError

Fault = Callable[[MailHouse, Random], AbstractContextManager[None]]
UNTIL_MAIL_COMES = 120  # seconds
A_FEW_DEATHS = 3  # seconds
A_WHILE = 0.6  # seconds for one mail, so that what is killed is in the middle of a conversation


@contextlib.contextmanager
def nothing(house: MailHouse, deck: Random) -> Iterator[None]:
    """No fault: what the others are compared with."""
    yield


def killed(*names: str) -> Fault:
    """Processes killed while the mailbox takes its time, and started anew; of several, one or all."""

    @contextlib.contextmanager
    def fault(house: MailHouse, deck: Random) -> Iterator[None]:
        chosen = names[: deck.randint(1, len(names))]
        house.mood("slow", seconds=A_WHILE)
        time.sleep(deck.uniform(0.1, 1.0))
        house.kill(*chosen)
        yield
        house.mood("good")
        house.start(*chosen)

    return fault


def frozen(*names: str, longer: float = 0.0) -> Fault:
    """Processes that stand still with all they hold, and go on as if nothing had been; of several, one or all."""

    @contextlib.contextmanager
    def fault(house: MailHouse, deck: Random) -> Iterator[None]:
        chosen = names[: deck.randint(1, len(names))]
        house.mood("slow", seconds=A_WHILE)
        time.sleep(deck.uniform(0.1, 1.0))
        house.signal(signal.SIGSTOP, *chosen)
        house.mood("good")
        time.sleep(longer)
        yield
        house.signal(signal.SIGCONT, *chosen)

    return fault


@contextlib.contextmanager
def database_restarts(house: MailHouse, deck: Random) -> Iterator[None]:
    """PostgreSQL stops at once, without a checkpoint, and comes back."""
    house.crash_data()
    yield
    house.start_data()


@contextlib.contextmanager
def queue_stops(house: MailHouse, deck: Random) -> Iterator[None]:
    """The Redis-protocol server is away for a while."""
    house.stop_queue()
    yield
    house.start_queue()


@contextlib.contextmanager
def queue_is_emptied(house: MailHouse, deck: Random) -> Iterator[None]:
    """Everything that waits in the queue is thrown away, twice."""
    house.flush_queue()
    yield
    house.flush_queue()


@contextlib.contextmanager
def mailbox_down(house: MailHouse, deck: Random) -> Iterator[None]:
    """Nothing listens where mail goes."""
    house.kill("sink")
    yield
    house.start_sink()


def mailbox(kind: str, *, times: int = 0, seconds: float = 0.0) -> Fault:
    """The mailbox refuses, or is slow, so many times or as long as it lasts."""

    @contextlib.contextmanager
    def fault(house: MailHouse, deck: Random) -> Iterator[None]:
        before = len(house.noted())
        house.mood(kind, times=times, seconds=seconds)
        yield
        until = time.monotonic() + UNTIL_MAIL_COMES
        while not any(kind in (line.get("mood"), line.get("answer")) for line in house.noted()[before:]):
            assert time.monotonic() < until, f"nothing came while it was {kind}: this proves nothing"
            time.sleep(0.05)
        house.mood("good")

    return fault


@contextlib.contextmanager
def no_answer(house: MailHouse, deck: Random) -> Iterator[None]:
    """The mailbox takes each message and dies before it says so; then it is started again."""
    before = len(house.noted())
    house.mood("dies")
    least, until = time.monotonic() + A_FEW_DEATHS, time.monotonic() + UNTIL_MAIL_COMES
    # In this thread: a process ends with the thread that started it.
    while time.monotonic() < least or not any(line.get("mood") == "dies" for line in house.noted()[before:]):
        assert time.monotonic() < until, "nothing came while it died of each message: this proves nothing"
        with contextlib.suppress(ServiceError):  # it died before it was seen to listen
            house.start_sink()
        time.sleep(0.05)
    house.mood("good")
    house.start_sink()
    yield
    house.start_sink()  # a last message may have met the old mood


FAULTS: dict[str, Fault] = {  # those first after which mail waits longest, for a run in which each comes once
    "451 try later": mailbox("451"),
    "452 mailbox full": mailbox("452"),
    "550 for one, once": mailbox("550", times=1),
    "sender killed": killed(*SENDERS),
    "worker killed": killed("worker"),
    "no fault": nothing,
    "taken, no answer": no_answer,
    "421 closing": mailbox("421"),
    "mailbox down": mailbox_down,
    "mailbox slow": mailbox("slow", seconds=1.5),
    "database restarted": database_restarts,
    "web killed": killed("web"),
    "web frozen": frozen("web"),
    "sender frozen": frozen(*SENDERS),
    "worker frozen": frozen("worker"),
    "beat killed": killed("beat"),
    "beat frozen": frozen("beat"),
    "queue stopped": queue_stops,
    "queue emptied": queue_is_emptied,
}
LONG_FAULTS: dict[str, Fault] = {  # for a run that has time
    "frozen over a lease": frozen("sender-1", longer=65),
    "slower than allowed": mailbox("slow", times=2, seconds=25),
}
