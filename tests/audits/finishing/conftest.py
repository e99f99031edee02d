"""Audits that are finished but for submitting."""

from __future__ import annotations

import pytest
from django.test import Client

from audits.models import (
    Audit,
)
from people.models import User
from tests.cast import fill_in
from tests.conftest import NOW, TODAY


@pytest.fixture
def written(audit: Audit) -> Audit:
    """Finished but for submitting: Good, safe, nothing open."""
    fill_in(audit, at=NOW, today=TODAY)
    return Audit.objects.get(pk=audit.pk)


@pytest.fixture
def urgent(audit: Audit) -> Audit:
    """Finished but for submitting: Inadequate, not safe, an action at once."""
    fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
    return Audit.objects.get(pk=audit.pk)


@pytest.fixture
def as_auditor(client: Client, auditor: User) -> Client:
    client.force_login(auditor)
    return client
