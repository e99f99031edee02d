"""A small council with something to draw."""

from __future__ import annotations

from datetime import date

import pytest

from allocation.models import Cycle
from audits.models import Case, TemplateVersion
from people.holidays import ensure_holidays
from people.models import Team, User
from people.roles import JobRole
from tests.conftest import NOW
from tests.factories import CaseFactory, CycleFactory, ServiceFactory, TeamFactory, UserFactory


@pytest.fixture
def holidays(db: None) -> None:
    """England's bank holidays."""
    ensure_holidays()


@pytest.fixture
def teams(db: None) -> list[Team]:
    """Six teams of two services."""
    services = [ServiceFactory(), ServiceFactory()]
    return [TeamFactory(service=services[number % 2]) for number in range(6)]


@pytest.fixture
def auditors(teams: list[Team]) -> list[User]:
    """The managers of the six teams, who all have one manager above."""
    head = UserFactory(name="Hedda Above", job_role=JobRole.ASSISTANT_DIRECTOR, monthly_quota=0)
    return [
        UserFactory(name=f"Auditor {number}", job_role=JobRole.TEAM_MANAGER, team=team, line_manager=head)
        for number, team in enumerate(teams)
    ]


@pytest.fixture
def cases(teams: list[Team], auditors: list[User]) -> list[Case]:
    """Five cases of each team, of a worker whom the team's manager manages."""
    found = []
    for team, manager in zip(teams, auditors, strict=True):
        worker = UserFactory(team=team, line_manager=manager)
        found += [CaseFactory(team=team, worker=worker) for _ in range(5)]
    return found


@pytest.fixture
def cycle(core_template: TemplateVersion, psw: User, holidays: None) -> Cycle:
    """November 2026, open, five audits wanted by the 30th."""
    return CycleFactory(template_version=core_template, opened_by=psw, opened_at=NOW, due_on=date(2026, 11, 30))
