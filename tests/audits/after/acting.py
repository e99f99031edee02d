"""An action after its audit, taken step by step: what the tests of actions share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from audits.after import following_actions
from audits.models import Audit, SmartAction
from people.models import User
from tests.cast import answered, submitted
from tests.conftest import NOW, TODAY

EVIDENCE = "The visits are booked in the diary until June."
SEEN = "I saw the booked visits in the diary."
REASON = "The family is away until the tenth."


def acted(audit: Audit) -> SmartAction:
    """An audit that requires improvement, Part B signed: its one action."""
    done = answered(submitted(audit, grade="requires-improvement", at=NOW, today=TODAY), at=NOW, today=TODAY)
    return done.smart_actions.select_related("audit", "owner").get()


def done(action: SmartAction, by: User, **other: Any) -> SmartAction:
    return following_actions.complete(action, **{"evidence": EVIDENCE, "at": NOW, "today": TODAY, **other}, by=by)


def verified(action: SmartAction, by: User, **other: Any) -> SmartAction:
    return following_actions.verify(action, **{"note": SEEN, "at": NOW, "today": TODAY, **other}, by=by)


def later(weeks: int) -> dict[str, Any]:
    """So many weeks after the frozen day, as the functions take it."""
    return {"at": NOW + timedelta(weeks=weeks), "today": TODAY + timedelta(weeks=weeks)}
