"""An audit of the cast."""

from __future__ import annotations

import pytest

from audits.models import Audit, TemplateVersion
from people.models import Team, User
from tests.factories import AuditFactory, CaseFactory


@pytest.fixture
def audit(core_template: TemplateVersion, team: Team, worker: User, team_manager: User, auditor: User) -> Audit:
    """An allocated audit of a case of the Harbour Team, given to the auditor of another team."""
    case = CaseFactory(team=team, worker=worker)
    return AuditFactory(
        case=case, template_version=core_template, auditor=auditor, worker=worker, team_manager=team_manager
    )
