"""The council's table of timescales as it ships, and an auditor who is signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from audits.timescale_table import load_timescales
from people.models import User


@pytest.fixture(autouse=True)
def table(db: None) -> None:
    """The rules as they ship."""
    load_timescales()


@pytest.fixture
def as_auditor(client: Client, auditor: User) -> Client:
    """The auditor's browser."""
    client.force_login(auditor)
    return client
