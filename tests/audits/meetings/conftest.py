"""Somebody who works with the child too, and can be asked along."""

from __future__ import annotations

import pytest

from audits.models import Audit
from people.models import Team, User
from people.roles import JobRole
from tests.factories import InvolvementFactory, UserFactory


@pytest.fixture
def co_worker(audit: Audit, team: Team) -> User:
    """A support worker who works with the child too."""
    person = UserFactory(name="Cody Co-worker", job_role=JobRole.SUPPORT_WORKER, team=team)
    InvolvementFactory(case=audit.case, user=person, role="Family support")
    return person
