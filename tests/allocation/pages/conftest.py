"""The browser of the principal social worker, and a draw that is proposed."""

from __future__ import annotations

import pytest
from django.test import Client

from allocation.models import Cycle, Draw
from audits.models import Case
from people.models import User
from tests.allocation.drawn_months import drawn
from tests.allocation.shortage import Shortage, shortage


@pytest.fixture
def page(client: Client, psw: User) -> Client:
    """The browser of the principal social worker."""
    client.force_login(psw)
    return client


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    """The month's first draw, which nobody has published."""
    return drawn(cycle, psw)


@pytest.fixture
def short(cycle: Cycle, psw: User) -> Shortage:
    """A draw that conflicts leave short."""
    return shortage(cycle, psw)
