"""A month that waits to be published, and one that is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from allocation.models import Cycle, Draw
from allocation.months import cycles
from audits.models import Case
from people.models import User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory


@pytest.fixture
def ten_november() -> Iterator[None]:
    """The clock stands still at ten o'clock on 10 November 2026."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Draw:
    """The draw of the month, not published yet."""
    return cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)


@pytest.fixture
def published(proposed: Draw, psw: User) -> Cycle:
    """The month, published."""
    cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
    return Cycle.objects.get()


@pytest.fixture
def unused(published: Cycle, cases: list[Case]) -> Case:
    """A case that nobody was given."""
    return next(case for case in cases if not case.audits.exists())


@pytest.fixture
def deputy(unused: Case) -> User:
    """Somebody of the team that holds the case, who audits and does not manage it."""
    return UserFactory(name="Dora Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=unused.team)
