"""Mail about an Inadequate, and every reminder, reaches its mailbox whatever dies, stops or refuses (R8 to R11, R15).

A few audits each time, as many as MAIL_FAULTS by hand: `make faults`. Everything is a process of its own. Judged by
what lies in the mailbox, against a list of what was acknowledged that the portal knows nothing of.
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.mail_driver import Driver
from tests.faults.mail_faults import FAULTS, LONG_FAULTS
from tests.faults.mail_house import MailHouse, mail_house
from tests.faults.mail_judge import Judge, Round

pytestmark = pytest.mark.processes
AUDITS = int(os.environ.get("MAIL_FAULTS", "31"))
SEED = int(os.environ.get("MAIL_SEED", "5"))
LONG = AUDITS > 100
TIMES = 4 if LONG else 1  # each fault
REMINDED = 0.35  # of the audits; the others are submitted as Inadequate, and four people hear of each
HOLDS = (2.0, 6.0) if LONG else (0.8, 1.4)  # seconds
PATIENCE = 600 if LONG else 240  # seconds for which the last mail is waited for, before it counts as lost


def dealt(deck: random.Random) -> list[str]:
    """The faults in the order in which they come."""
    kinds = [kind for kind in FAULTS for _ in range(TIMES)]
    if LONG:
        kinds += LONG_FAULTS
        deck.shuffle(kinds)
    return kinds


def hands(references: list[str], count: int) -> list[list[str]]:
    """What happens during each fault, all about as much."""
    return [references[number::count] for number in range(count)]


class Run:
    """One run through the whole deck."""

    def __init__(self, house: MailHouse, made: dict[str, Any], *, seed: int) -> None:
        self.house, self.made = house, made
        self.deck = random.Random(seed)
        self.driver = Driver(house, made)
        self.rounds: list[Round] = []

    def play(self) -> None:
        """Let everything happen, with one fault after the other."""
        references = [*self.made["inadequates"], *self.made["reminders"]]
        kinds = dealt(self.deck)
        for kind, hand in zip(kinds, hands(references, len(kinds)), strict=True):
            self.round(kind, hand)

    def round(self, kind: str, references: list[str]) -> None:
        """Let a few things happen while something is broken, and again after it is mended."""
        busy = threading.Thread(target=self.happen, args=[references])
        busy.start()
        time.sleep(self.deck.uniform(0.0, 0.3))
        with {**FAULTS, **LONG_FAULTS}[kind](self.house, self.deck):
            time.sleep(self.deck.uniform(*HOLDS))
        ended = time.time()
        busy.join()
        self.driver.happen_surely(references)
        self.rounds.append(Round(kind, references, ended))

    def happen(self, references: list[str]) -> None:
        """Try through the fault; what is not acknowledged by its end is tried again after it, and then has to be."""
        with contextlib.suppress(AssertionError):
            self.driver.happen_surely(references)

    def judge(self) -> Judge:
        """What the mailbox says now."""
        return Judge(self.made, acknowledged=self.driver.acknowledged, noted=self.house.noted())

    def wait_for(self, there: Callable[[Judge], bool]) -> Judge:
        """Wait until the mailbox shows it, or patience is over."""
        until = time.monotonic() + PATIENCE
        while not there(self.judge()) and time.monotonic() < until:
            time.sleep(0.5)
        return self.judge()


class TestMail:
    @pytest.mark.timeout(1_200 + 10 * AUDITS)  # one that hangs ends; most of it is a slow machine's start
    def test_reaches_its_mailbox_once_whatever_happens(self, record_property: Callable[[str, object], None]) -> None:
        reminders = round(AUDITS * REMINDED)
        with mail_house(inadequates=AUDITS - reminders, reminders=reminders) as (house, made):
            run = Run(house, made, seed=SEED)
            run.play()
            found = run.wait_for(lambda judge: not judge.lost())
            time.sleep(3)  # a double would come after
            found = run.judge()
        table = found.table(run.rounds)
        record_property("table", table)
        assert found.lost() == [], table
        assert found.real_doubles() == [], table
        assert found.strangers() == []
        assert found.unlike() == []
        assert len(found.promised()) == 4 * (AUDITS - reminders) + reminders
