"""A council in which every post is filled, and a child at risk of whom it was told."""

from __future__ import annotations

import pytest

from audits.models import Audit, ImmediateRisk
from people.models import Team, User
from people.roles import JobRole
from tests.audits.risks.raising import raised
from tests.factories import UserFactory


@pytest.fixture
def service_manager(team: Team) -> User:
    """The service manager of the service that holds the case."""
    return UserFactory(name="Sani Service", job_role=JobRole.SERVICE_MANAGER, service=team.service)


@pytest.fixture
def everybody(audit: Audit, service_manager: User, head_of_service: User, psw: User) -> None:
    """A council in which every post is filled."""


@pytest.fixture
def risk(audit: Audit, everybody: None) -> ImmediateRisk:
    """Raised by the auditor just now."""
    return raised(audit)
