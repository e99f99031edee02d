"""A published month in which audits change hands, and the first of its audits."""

from __future__ import annotations

import pytest

from allocation.models import Cycle
from audits.models import Audit, Case
from people.models import User
from tests.allocation.published import audits_of, publish

pytest.register_assert_rewrite("tests.allocation.changes.people_months_rules")  # so that a broken rule says how


@pytest.fixture
def published(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Cycle:
    """November 2026, drawn and published."""
    return publish(cycle, psw)


@pytest.fixture
def given(published: Cycle) -> Audit:
    """The first audit of that month."""
    return audits_of(published)[0]
