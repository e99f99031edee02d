"""The council of the matrix as the tests ask it: its people with their sessions, its addresses, secrets and rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audits.models import TemplateVersion
from people.models import User
from tests.access.addresses import parts_of
from tests.access.people import Who
from tests.access.rules import Page
from tests.access.states import AUDIT

SECRET = re.compile(rb"SECRET-([a-z_]+?)-([a-z_]+)")
REFERENCE = re.compile(rb"\b2026-11-(\d{4})\b")
BUSINESS_FREE = {"django_session"}  # signing in writes there, and reading may


def secret(kind: str, state: str) -> str:
    """A text that occurs nowhere else: what it is written in, and the state of that."""
    return f"SECRET-{kind}-{state}"


def secrets_in(response: HttpResponse) -> set[tuple[str, str]]:
    """The secrets that a response shows, in its text or in an address it leads to; and the audits that it names."""
    text = response.content + response.headers.get("Location", "").encode()
    found = {(kind.decode(), state.decode()) for kind, state in SECRET.findall(text)}
    numbers = {int(number) for number in REFERENCE.findall(response.content)}
    return found | {("reference", AUDIT[number - 1]) for number in numbers if number <= len(AUDIT)}


@dataclass
class World:
    """The people with their sessions, and for each state the parts of an address that lead to it."""

    template: TemplateVersion
    people: dict[Who, User] = field(default_factory=dict)
    sessions: dict[Who, str] = field(default_factory=dict)
    places: dict[str, dict[str, Any]] = field(default_factory=lambda: {"": {}})

    def address(self, page: Page, state: str, who: Who) -> str:
        """The address of a page about a state, as this person would type it."""
        known = {**self.places.get(state, {}), **page.given}
        if state == "oneself":
            known["pk"] = self.people[who if who != Who.NOBODY else Who.STRANGER].pk
        return reverse(page.name, kwargs={part: known[part] for part in parts_of(page.name)})

    def client(self, who: Who, **options: Any) -> Client:
        """A browser in which this person is signed in."""
        client = Client(**options)
        if who != Who.NOBODY:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client

    def ask(self, who: Who, address: str, method: str = "get", json: Any = None) -> HttpResponse:
        """What this person gets when they read or post to an address."""
        client = self.client(who)
        if method == "post" and json is not None:
            return client.post(address, json, content_type="application/json")
        return client.post(address) if method == "post" else client.get(address)


def checksum() -> dict[str, tuple[Any, ...]]:
    """For every table but the sessions: how many rows, a sum over all they hold, and who wrote last."""
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - BUSINESS_FREE)
        one = (
            "SELECT '{0}', count(*), coalesce(sum(hashtext(t::text)::bigint), 0),"
            ' coalesce(max(xmin::text::bigint), 0) FROM "{0}" t'
        )
        cursor.execute(" UNION ALL ".join(one.format(table) for table in tables))
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}
