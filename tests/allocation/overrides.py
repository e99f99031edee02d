"""Cases that tests give by hand."""

from __future__ import annotations

from typing import Any

import pytest

from allocation.models import Allocation, Cycle
from allocation.months import overriding
from allocation.months.overriding import StandsAgainst
from audits.models import Case
from people.models import User
from tests.conftest import NOW, TODAY

REASON = "Nobody else knows sign language"


def give(cycle: Cycle, case: Case, auditor: User, by: User, **changes: Any) -> Allocation:
    """Give a case in a published month where nothing stands against it."""
    wanted = {"case": case, "auditor": auditor, "reason": REASON, "by": by, "at": NOW, "today": TODAY}
    given = overriding.override(cycle, **(wanted | changes))
    assert isinstance(given, Allocation)
    return given


def give_anyway(cycle: Cycle, case: Case, auditor: User, by: User) -> Allocation:
    """Give it in spite of what stands against it, which is read first."""
    with pytest.raises(StandsAgainst) as refused:
        give(cycle, case, auditor, by)
    return give(cycle, case, auditor, by, read=refused.value.mark)
