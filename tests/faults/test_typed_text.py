"""Nothing that was shown as saved is lost, whatever dies while nine sections are typed (R1 to R4).

Thirty runs each time, as many as FAULT_RUNS says by hand: `make faults`. Each run has its own audit, its own browser
process and its own seed, which its name tells; what happens, and when, follows from the seed.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Error, Playwright, expect, sync_playwright

from tests.faults.house import House, house
from tests.faults.typist import BOX, Typist, pieces, text_of, typist

pytestmark = [pytest.mark.browser, pytest.mark.processes]
RUNS = int(os.environ.get("FAULT_RUNS", "30"))
KINDS = {"browser": 12, "web": 6, "database": 5, "session": 4, "tabs": 2, "person": 1}
DECK = [kind for kind, times in KINDS.items() for _ in range(times)]
random.Random(7).shuffle(DECK)  # neighbours differ, so that workers share the slow ones


@pytest.fixture(scope="module")
def home() -> Iterator[tuple[House, dict[str, Any]]]:
    """The portal of this worker, with an audit for each run."""
    with house(audits=RUNS) as built:
        yield built


@pytest.fixture(scope="module")
def sessions(home: tuple[House, dict[str, Any]]) -> Iterator[str]:
    """Keys of sessions of the auditor, each for one sign-in: some runs end theirs."""
    return iter(home[1]["sessions"])


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """What speaks with the browsers."""
    with sync_playwright() as started:
        yield started


class Run:
    """One auditor typing through nine sections, and the one thing that happens to them on the way."""

    def __init__(
        self, built: House, made: dict[str, Any], seat: Typist, *, number: int, sessions: Iterator[str]
    ) -> None:
        self.house, self.made, self.seat = built, made, seat
        self.audit: str = made["audits"][number]
        self.sections: list[str] = made["sections"]
        self.deck = random.Random(number)
        self.number = number
        self.sessions = sessions
        self.count = 0  # pieces typed
        self.again: Callable[[], None] | None = None  # what ends the trouble, a few pieces later
        self.until = 0
        self.typed_in_trouble = 0

    def typed(self, section: str) -> str:
        return text_of(self.number, section)

    def type_all(self, happens: Callable[[], None], *, at: int) -> None:
        """Type everything; at the piece of that number it happens, and some pieces later it is over.

        Trouble that lasts to the end of a section is there when the button is pressed, and over soon after.
        """
        for section in self.sections:
            self.seat.open(self.audit, section)
            for piece in pieces(self.typed(section), deck=self.deck):
                self.count += 1
                if self.count == at:
                    happens()
                if self.again is not None and self.count >= self.until:
                    self.end_trouble()
                self.typed_in_trouble += self.again is not None
                self.seat.insert(piece)
                time.sleep(self.deck.uniform(0.0, 0.08 if self.again is None else 0.8))  # so that saving fails, too
            if self.again is not None or self.deck.random() < 0.7:
                self.seat.press_continue(meanwhile=self.end_trouble)
            else:
                self.seat.wait_saved()

    def trouble(self, *, over: Callable[[], None]) -> None:
        """Have this end the trouble, some pieces of typing later."""
        self.again, self.until = over, self.count + self.deck.randint(1, 12)

    def end_trouble(self) -> None:
        """Mend what is broken, where something is."""
        if self.again is not None:
            self.again, ends = None, self.again
            ends()

    def assert_everything_is_there(self) -> None:
        """Every section holds exactly what was typed, in the auditor's name, and nothing was shown as saved in vain."""
        stored = self.house.pages(self.audit)
        for section in self.sections:
            assert stored[section]["rationale"] == self.typed(section), section
        assert self.house.writers(self.audit) == {self.made["auditor"]}

    def assert_nothing_shown_is_lost(self) -> None:
        """Whatever was shown as saved is stored, or was on its way to something longer."""
        stored = self.house.pages(self.audit)
        for section, shown in self.seat.shown.items():
            kept = stored.get(section, {}).get("rationale", "")
            assert kept.startswith(shown), f"{section}: {len(shown)} characters shown as saved, {len(kept)} there"
            assert self.typed(section).startswith(kept), f"{section} holds what nobody typed"


class Killed(Exception):
    """The browser is gone: nobody types any more."""


def browser(run: Run) -> None:
    """The browser is killed, with everything it had not sent."""

    def die() -> None:
        run.seat.kill()
        raise Killed

    at = run.deck.randint(20, 110)  # after the first section, so that something was shown as saved
    with contextlib.suppress(Killed, Error):
        run.type_all(die, at=at)
    assert run.seat.shown, "nothing was shown as saved: this run proves nothing"
    run.assert_nothing_shown_is_lost()


def web(run: Run) -> None:
    """The web server is killed in the middle of a request and comes back while typing goes on."""

    def die() -> None:
        run.house.kill_web()
        run.trouble(over=run.house.start_web)

    run.type_all(die, at=run.deck.randint(2, 110))
    assert run.typed_in_trouble, "nothing was typed while it was broken: this run proves nothing"
    run.assert_everything_is_there()


def database(run: Run) -> None:
    """PostgreSQL stops at once, without a checkpoint, and comes back."""

    def die() -> None:
        run.house.crash_data()
        run.trouble(over=run.house.start_data)

    run.type_all(die, at=run.deck.randint(2, 110))
    assert run.typed_in_trouble, "nothing was typed while it was broken: this run proves nothing"
    run.assert_everything_is_there()


def session(run: Run) -> None:
    """The session ends; a little later the auditor signs in again in another tab."""

    def end() -> None:
        mine = next(cookie["value"] for cookie in run.seat.context.cookies() if cookie["name"] == "sessionid")
        run.house.end_session(mine)
        run.trouble(over=lambda: run.seat.sign_in(next(run.sessions)))

    run.type_all(end, at=run.deck.randint(2, 110))
    assert run.typed_in_trouble, "nothing was typed while it was broken: this run proves nothing"
    run.assert_everything_is_there()


def tabs(run: Run) -> None:
    """A second tab answers other questions of the same page meanwhile: both are kept."""

    def second_tab() -> None:
        address = run.seat.page.url
        other = run.seat.context.new_page()
        other.goto(address)
        other.locator("input[type=radio][name^=answers__][value=yes]").first.check(force=True)
        expect(other.locator("[data-saved]")).to_have_attribute("data-kind", "saved", timeout=60_000)
        other.close()
        run.seat.page.locator(BOX).focus()

    run.type_all(second_tab, at=run.deck.randint(2, 110))
    run.assert_everything_is_there()
    answers = [page.get("answers", {}) for page in run.house.pages(run.audit).values()]
    assert sum(len(given) for given in answers) == 1, "what the other tab answered is gone"


def person(run: Run) -> None:
    """Somebody else signs in at the same browser: nothing goes under their name, and the text comes back."""

    def somebody_else() -> None:
        page = run.seat.page
        run.seat.sign_in(run.made["other_session"])
        run.seat.insert("~")  # makes the page save, and find out
        expect(page.locator(BOX)).to_be_hidden(timeout=60_000)
        run.seat.sign_in(next(run.sessions))
        expect(page.locator(BOX)).to_be_visible(timeout=90_000)
        page.locator(BOX).focus()
        page.keyboard.press("Control+End")
        page.keyboard.press("Backspace")

    run.type_all(somebody_else, at=run.deck.randint(2, 110))
    run.assert_everything_is_there()


WHAT: dict[str, Callable[[Run], None]] = {
    "browser": browser,
    "web": web,
    "database": database,
    "session": session,
    "tabs": tabs,
    "person": person,
}


class TestTypedText:
    @pytest.mark.parametrize("number", range(RUNS), ids=lambda number: f"{DECK[number % len(DECK)]}-{number}")
    def test_shown_as_saved_is_never_lost(
        self, home: tuple[House, dict[str, Any]], sessions: Iterator[str], playwright: Playwright, number: int
    ) -> None:
        built, made = home
        with typist(playwright, built.address, session=next(sessions)) as seat:
            run = Run(built, made, seat, number=number, sessions=sessions)
            try:
                WHAT[DECK[number % len(DECK)]](run)
            finally:
                run.end_trouble()  # the next run finds everything running
