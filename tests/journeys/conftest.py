"""A browser in which people sign in one after the other, and the processes behind the portal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page

from people.models import User
from tests.auditportal.conftest import chromium
from tests.conftest import NOW
from tests.processes.conftest import portal, sink

__all__ = ["chromium", "portal", "sink"]
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"region": {"enabled": False}},  # a back link stands before the main part, as in the design system
}


class Desk:
    """Somebody at the screen: every page opened is checked for accessibility and complaints."""

    def __init__(self, chromium: Browser, address: str, user: User | None, width: int, *, scripts: bool = True) -> None:
        size = {"width": width, "height": 900}
        self.context = chromium.new_context(base_url=address, viewport=size, java_script_enabled=scripts)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: line.type == "error" and self.complaints.append(line.text))
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}
            self.context.add_cookies([cookie])  # type: ignore[list-item]  # a plain dict will do

    def open(self, path: str) -> Page:
        """Go to a page and look at it."""
        self.page.goto(path)
        return self.look()

    def press(self, name: str, *, exact: bool = True) -> Page:
        """Press a button by its words (or how they begin), and look at the page that comes."""
        with self.page.expect_navigation():  # autosave may save first, so the page comes a moment later
            self.page.get_by_role("button", name=name, exact=exact).first.click()
        return self.look()

    def follow(self, name: str) -> Page:
        """Follow a link by its words, and look at what comes."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()
        return self.look()

    def look(self) -> Page:
        """No violation of WCAG 2.2 AA, nothing sideways, no complaint of the browser."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        broken = [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]
        assert broken == [], f"{self.page.url}: {broken}"
        assert self.complaints == [], self.page.url
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{self.page.url} is too wide"
        return self.page


@pytest.fixture
def desks(chromium: Browser, live_server: Any) -> Iterator[Any]:
    """desks(user) or desks(user, width=390): a browser window of that person."""
    opened: list[Desk] = []

    def seat(user: User | None = None, *, width: int = 1280) -> Desk:
        opened.append(Desk(chromium, live_server.url, user, width))
        return opened[-1]

    yield seat
    for desk in opened:
        desk.context.close()


@pytest.fixture
def clock() -> Iterator[Any]:
    """The portal's clock stands at NOW and goes on from there; `clock.move_to` sets it."""
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller
