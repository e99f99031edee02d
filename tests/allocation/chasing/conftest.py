"""An audit that is given out, and the bank holidays."""

from __future__ import annotations

import pytest

from audits.models import Audit, TemplateVersion
from people.holidays import ensure_holidays
from people.models import User
from tests.allocation.chasing.calendar_days import given


@pytest.fixture(autouse=True)
def bank_holidays(db: None) -> None:
    ensure_holidays()


@pytest.fixture
def audit(core_template: TemplateVersion, auditor: User) -> Audit:
    """An audit by Ada Auditor, whose manager is Lin Manager, whose manager is Asa Director."""
    return given(core_template, auditor)
