"""Somebody who learns, who goes along with them, and how far they have come."""

from __future__ import annotations

from datetime import date

import pytest

from allocation.competence import competency
from allocation.models import Competency
from audits.models import AuditTemplate, TemplateVersion
from people.models import User
from people.roles import JobRole
from tests.allocation.competence.records import NOTE, say
from tests.conftest import NOW
from tests.factories import UserFactory


@pytest.fixture
def template(core_template: TemplateVersion) -> AuditTemplate:
    return core_template.template


@pytest.fixture
def supervisor(template: AuditTemplate, psw: User) -> User:
    """Somebody signed off long ago."""
    person = UserFactory(name="Sunniva Supervisor", job_role=JobRole.TEAM_MANAGER)
    competency.sign_off_before([person], template, note=NOTE, on=date(2025, 5, 1), by=psw, at=NOW)
    return person


@pytest.fixture
def learner(db: None) -> User:
    return UserFactory(name="Lara Learner", job_role=JobRole.TEAM_MANAGER)


@pytest.fixture
def second_head(db: None) -> User:
    return UserFactory(name="Hale Head", job_role=JobRole.HEAD_OF_SERVICE)


@pytest.fixture
def learning(learner: User, template: AuditTemplate, supervisor: User, psw: User) -> Competency:
    return competency.begin(learner, template, supervisor=supervisor, by=psw, at=NOW)


@pytest.fixture
def ready(learning: Competency, head_of_service: User, second_head: User) -> Competency:
    """A learner whom two heads of service call ready."""
    for head in (head_of_service, second_head):
        say(learning, head)
    return learning


@pytest.fixture
def signed_off(ready: Competency, assistant_director: User) -> Competency:
    return competency.sign_off(ready, by=assistant_director, at=NOW)


@pytest.fixture
def withdrawn(signed_off: Competency, psw: User) -> Competency:
    return competency.withdraw(signed_off, note=NOTE, by=psw, at=NOW)
