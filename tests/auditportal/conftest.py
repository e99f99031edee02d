"""A real Chromium for the look of the pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from people.models import User
from people.roles import JobRole
from tests.factories import UserFactory

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in the thread that tests run in
FLAGS = ["--no-sandbox", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's own browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def person(transactional_db: None) -> User:
    """Somebody who sees every entry of the navigation, with a password."""
    user: User = UserFactory(
        name="Petra Programme", email="psw@exampleshire.example", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER
    )
    user.set_password("a heron stands still")
    user.save()
    return user


@pytest.fixture
def visitor(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A window of somebody who is not signed in; complaints of the browser end up in `page.complaints`."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]  # a place to keep them
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    page.on("console", lambda line: line.type == "error" and page.complaints.append(line.text))  # type: ignore[attr-defined]
    yield page
    context.close()


@pytest.fixture
def window(visitor: Page, person: User, live_server: Any) -> Page:
    """A window of somebody signed in."""
    client = Client()
    client.force_login(person)
    visitor.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return visitor
