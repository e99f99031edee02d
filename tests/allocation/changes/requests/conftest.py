"""An auditor with a line manager and a principal social worker above, in a year with bank holidays."""

from __future__ import annotations

import pytest

from people.holidays import ensure_holidays
from people.models import User


@pytest.fixture(autouse=True)
def bank_holidays(db: None) -> None:
    ensure_holidays()


@pytest.fixture
def line_manager(auditor: User) -> User:
    """Lin Manager, the auditor's."""
    assert auditor.line_manager is not None
    return auditor.line_manager


@pytest.fixture(autouse=True)
def programme(psw: User) -> User:
    return psw
