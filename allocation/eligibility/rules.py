"""The rules of the programme as they stand, and how they are changed: with a reason, and never in place."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from allocation.as_shown import marks, to_save
from allocation.eligibility.rules_history import COMPETENCY, RULES
from allocation.models import Rules
from allocation.month_lock import CycleError, demand_reason
from people import activity
from people.models import User

# Each rule: the smallest and the largest number that makes sense; the rest are yes or no.
LIMITS = {
    "lookback_months": (0, 120),
    "recently_audited_months": (0, 60),
    "newly_opened_days": (0, 365),
    "same_child_months": (0, 120),
    "same_worker_months": (0, 60),
    "re_audit_months": (0, 24),
    "improvement_sample_percent": (0, 100),
    "extension_days": (0, 60),
}
SWITCHES = ("competency_required",)
WORDS = {name: words for name, (words, _, _) in RULES.items()} | {"competency_required": COMPETENCY[0]}


def current() -> Rules:
    """The rules in force: the newest row, or the defaults where nobody has changed any yet (not saved)."""
    return Rules.objects.first() or Rules()


def shown_on_page() -> str:
    """The marks of the rules in force, for a page that posts them back to `change`."""
    return marks(_values(current()))


def _values(rules: Rules) -> dict[str, int | bool]:
    return {name: getattr(rules, name) for name in (*LIMITS, *SWITCHES)}


def change(*, reason: str, by: User, at: datetime, shown: str = "", **values: int | bool) -> Rules:
    """Put other rules in force from now on; whatever is not named stays as it is. Draws already made keep theirs.

    `shown` are the marks of the page it was typed on: a rule that is as the page showed it stays as it is now.
    Raises CycleError for a short reason, a number that makes no sense (with its field) and where nothing changes,
    ChangedMeanwhile where somebody else changed the same rule since the page was shown.
    """
    reason = demand_reason(reason, "for this change of the rules")
    for name, value in values.items():
        _check(name, value)
    with transaction.atomic():
        Rules.objects.select_for_update().first()  # two changes at once: the second starts from the first
        before = current()
        changed = to_save(_values(before), values, shown=shown, words=WORDS)
        if not changed:
            raise CycleError("Nothing is different from the rules in force. Change a number first.")
        made = Rules.objects.create(**{**_values(before), **changed}, reason=reason, changed_by=by, changed_at=at)
        told = {name: [getattr(before, name), value] for name, value in changed.items()}
        activity.record("changed the rules", target="rules", by=by, at=at, reason=reason, changed=told)
    return made


def _check(name: str, value: int | bool) -> None:
    """Raise CycleError for a number out of its limits. Raises TypeError for a rule there is none of."""
    if name in SWITCHES:
        return
    if name not in LIMITS:
        raise TypeError(f"There is no rule called {name}.")
    low, high = LIMITS[name]
    if not low <= value <= high:
        raise CycleError(f"{WORDS[name]}: enter a whole number from {low} to {high}.", field=name)
