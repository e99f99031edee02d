"""A council to report on, and the clock of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from audits.models import TemplateVersion
from tests.conftest import NOW
from tests.reporting.council import Council


@pytest.fixture
def council(core_template: TemplateVersion) -> Council:
    """Two services, four teams, three auditors, no audits yet."""
    return Council(core_template)


@pytest.fixture
def clock() -> Iterator[None]:
    """The pages' clock stands still."""
    with time_machine.travel(NOW, tick=False):
        yield
