"""A meeting whose times are offered to worker and co-worker, and one that is agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audits import meetings
from audits.meetings import Offer
from audits.models import Audit, Meeting
from people.models import User
from tests.audits.meetings.offering import FIRST
from tests.conftest import NOW, TODAY


@pytest.fixture
def offered(audit: Audit, co_worker: User) -> Meeting:
    """Two times, which nobody has answered."""
    what = Offer([FIRST, FIRST + timedelta(days=1)], "in_person", "Room 2", message="Bring the plan.")
    return meetings.offer(audit, what, co_workers_asked=[co_worker.pk], by=audit.auditor, at=NOW, today=TODAY)


@pytest.fixture
def agreed(offered: Meeting, worker: User) -> Meeting:
    """The worker has chosen the first."""
    return meetings.agree(offered, starts_at=FIRST, by=worker, at=NOW)
