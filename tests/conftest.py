"""The cast and the clock that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings

from audits.models import Audit, TemplateVersion
from audits.template_import import load_templates
from people.models import Team, User
from people.roles import JobRole
from tests.factories import AuditFactory, CaseFactory, ServiceFactory, TeamFactory, UserFactory

NOW = datetime(2026, 11, 10, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 10)


FOLDER = settings.BASE_DIR / "fixtures" / "audit_templates"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The shipped templates are loaded once; a test that empties the database loads them again for itself."""
    with django_db_blocker.unblock():
        load_templates(FOLDER, at=NOW)


@pytest.fixture
def templates(db: None) -> list[TemplateVersion]:
    """Every shipped template."""
    found = list(TemplateVersion.objects.select_related("template"))
    return found or load_templates(FOLDER, at=NOW)


@pytest.fixture
def core_template(templates: list[TemplateVersion]) -> TemplateVersion:
    """The core case file audit, version 1."""
    return next(version for version in templates if version.template.code == "core-case-file")


@pytest.fixture
def team(db: None) -> Team:
    """The team whose case is audited."""
    return TeamFactory(name="Harbour Team", service=ServiceFactory(name="Safeguarding"))


@pytest.fixture
def other_team(db: None) -> Team:
    """A team of another service, which has nothing to do with the case."""
    return TeamFactory(name="Meadow Team", service=ServiceFactory(name="Children in care"))


@pytest.fixture
def psw(db: None) -> User:
    """The principal social worker, who runs the programme."""
    return UserFactory(
        name="Petra Programme", email="psw@exampleshire.example", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER
    )


@pytest.fixture
def assistant_director(db: None) -> User:
    """A member of the senior management team."""
    return UserFactory(name="Asa Director", job_role=JobRole.ASSISTANT_DIRECTOR)


@pytest.fixture
def head_of_service(team: Team) -> User:
    """The head of the service that holds the case."""
    return UserFactory(name="Hana Head", job_role=JobRole.HEAD_OF_SERVICE, service=team.service)


@pytest.fixture
def team_manager(team: Team, head_of_service: User) -> User:
    """The manager of the team that holds the case."""
    return UserFactory(name="Tamar Manager", job_role=JobRole.TEAM_MANAGER, team=team, line_manager=head_of_service)


@pytest.fixture
def worker(team: Team, team_manager: User) -> User:
    """The child's worker."""
    return UserFactory(name="Wren Worker", job_role=JobRole.SOCIAL_WORKER, team=team, line_manager=team_manager)


@pytest.fixture
def auditor(other_team: Team, assistant_director: User) -> User:
    """A team manager of another team, who audits the case."""
    line_manager = UserFactory(
        name="Lin Manager",
        job_role=JobRole.SERVICE_MANAGER,
        service=other_team.service,
        line_manager=assistant_director,
    )
    return UserFactory(name="Ada Auditor", job_role=JobRole.TEAM_MANAGER, team=other_team, line_manager=line_manager)


@pytest.fixture
def administrator(db: None) -> User:
    """Keeps people and cases up to date."""
    return UserFactory(name="Adi Admin", job_role=JobRole.ADMINISTRATOR)


@pytest.fixture
def audit(core_template: TemplateVersion, team: Team, worker: User, team_manager: User, auditor: User) -> Audit:
    """An allocated audit of a case of the Harbour Team, given to the auditor of another team."""
    case = CaseFactory(team=team, worker=worker)
    return AuditFactory(
        case=case, template_version=core_template, auditor=auditor, worker=worker, team_manager=team_manager
    )


@pytest.fixture
def today() -> Iterator[None]:
    """The clock stands at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield
