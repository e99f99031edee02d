"""An auditor at a real browser of their own, who can be killed in the middle of a word.

What the page shows as saved is noted the moment it is shown, with the text that stood in the box then.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from tools import processes

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]
BOX = "#id_rationale"
CHARACTERS = 3_000  # in each section
PATIENCE = 90  # seconds within which what was broken has come back and is seen to work
WORDS = "Seen alone on 3 March. 'He feels “safe” at home' – مرحبا, שלום, naïve café 👧🏽 & <b>so on</b>.\n"
# Tells the test what is shown as saved, in the same turn of the page's own script in which it is shown.
WATCH = """() => {
  const line = document.querySelector('[data-saved]');
  const box = document.querySelector('#id_rationale');
  if (!line || !box) return;
  const tell = () => line.dataset.kind === 'saved' && window.shownAsSaved(location.pathname, box.value);
  new MutationObserver(tell).observe(line, {childList: true, attributes: true, characterData: true, subtree: true});
}"""


def text_of(seed: int, section: str) -> str:
    """Three thousand characters that say whose they are, in many scripts."""
    start = f"Run {seed}, {section}: "
    return (start + WORDS * (CHARACTERS // len(WORDS) + 1))[:CHARACTERS]


@dataclass
class Typist:
    """One browser process with one auditor signed in."""

    process: subprocess.Popen[bytes]
    context: BrowserContext
    page: Page
    address: str
    shown: dict[str, str] = field(default_factory=dict)  # section: what stood there when it was shown as saved
    asked: int = 0

    def sign_in(self, session: str) -> None:
        """As in another tab: another session, and another token for forms."""
        self.asked += 1
        values = {"sessionid": session, "csrftoken": f"{self.asked:032d}"}
        self.context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in values.items()]
        )

    def open(self, audit: str, section: str) -> None:
        """Go to a section; where nothing answers, try until something does."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(Error):
                answer = self.page.goto(f"{self.address}/audits/{audit}/do/{section}/", timeout=10_000)
                if answer is not None and answer.ok:
                    self.page.evaluate(WATCH)
                    self.page.locator(BOX).focus()
                    return
            time.sleep(0.1)
        raise AssertionError(f"{section} could not be opened again")

    def insert(self, piece: str) -> None:
        """Type a few words at the end of the box."""
        self.page.keyboard.insert_text(piece)

    def press_continue(self, *, meanwhile: Callable[[], None]) -> None:
        """Press the button that saves and goes on, again and again until the next page comes.

        What `meanwhile` does is done after the first press. Where an error page came instead, the page is opened again.
        """
        before = self.page.url
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(Error):
                self.page.get_by_role("button", name="Save and continue").click(timeout=2_000, no_wait_after=True)
            with contextlib.suppress(Error):
                self.page.wait_for_url(lambda url: url.startswith(self.address) and url != before, timeout=2_000)
                return
            meanwhile()
            with contextlib.suppress(Error):
                if not self.page.locator(BOX).count():
                    self.page.goto(before, timeout=10_000)
        raise AssertionError(f"{before} could not be left by its button")

    def wait_saved(self) -> None:
        """Until the page says that everything is saved."""
        expect(self.page.locator("[data-saved]")).to_have_attribute("data-kind", "saved", timeout=PATIENCE * 1_000)

    def kill(self) -> None:
        """Kill the browser with everything it had not sent."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


def _debugging_address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    note = folder / "DevToolsActivePort"
    for _ in range(600):
        if note.exists() and "\n" in note.read_text():
            return f"http://127.0.0.1:{note.read_text().splitlines()[0]}"
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("Chromium did not start.")


@contextlib.contextmanager
def typist(playwright: Playwright, address: str, *, session: str) -> Iterator[Typist]:
    """A browser process of its own, signed in."""
    folder = Path(tempfile.mkdtemp(prefix="typist-"))
    program = shutil.which("chromium") or "chromium"
    command = [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    process = processes.start(command, output=subprocess.DEVNULL)
    try:
        browser = playwright.chromium.connect_over_cdp(_debugging_address(folder, process))
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        seated = Typist(process, context, context.new_page(), address)

        def note(_source: object, path: str, text: str) -> None:
            seated.shown[path.rstrip("/").rsplit("/", 1)[-1]] = text

        context.expose_binding("shownAsSaved", note)
        seated.sign_in(session)
        yield seated
        if process.poll() is None:  # nobody answers at a browser that was killed, and closing would wait for ever
            with contextlib.suppress(Error):
                browser.close()
    finally:
        processes.stop(process, seconds=5)
        shutil.rmtree(folder, ignore_errors=True)


def pieces(text: str, *, deck: random.Random) -> Iterator[str]:
    """A text in bursts of typing of unlike length."""
    at = 0
    while at < len(text):
        size = deck.randint(60, 400)
        yield text[at : at + size]
        at += size
