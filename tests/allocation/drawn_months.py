"""Months that tests open and draw, in one line each."""

from __future__ import annotations

from datetime import date
from typing import Any

from allocation.models import Cycle, Draw
from allocation.months import cycles
from audits.models import TemplateVersion
from people.models import User
from tests.conftest import NOW, TODAY

DUE = date(2026, 11, 30)


def opened(template: TemplateVersion | None, **changes: Any) -> Cycle:
    """November 2026, with five audits wanted by the 30th."""
    wanted: dict[str, Any] = {
        "month": date(2026, 11, 1),
        "theme": "",
        "template_version": template,
        "target": 5,
        "due_on": DUE,
        "by": None,
        "at": NOW,
        "today": TODAY,
    }
    return cycles.open_cycle(**(wanted | changes))


def drawn(cycle: Cycle, by: User, **changes: Any) -> Draw:
    """A draw of a month, today."""
    wanted: dict[str, Any] = {"by": by, "at": NOW, "today": TODAY}
    return cycles.propose_draw(cycle, **(wanted | changes))
