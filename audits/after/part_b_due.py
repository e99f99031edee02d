"""When Part B is due, when it is due again, and why the time is short (S2)."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

from audits.after.urgent_notices import is_urgent_now
from audits.deadlines import add_working_days
from audits.models import Audit
from people.holidays import holiday_set

LONGEST = timedelta(days=90)
URGENT, AT_ONCE = "has to be acted on at once", "sets an action that is needed at once"


def due(*, urgent: bool, at_once: bool = False, today: date) -> date:
    """When worker and team manager answer by, if the audit is submitted today.

    Sooner where it has to be acted on at once, and where an action is needed at once whatever the grade (000 §2.14).
    """
    short = urgent or at_once
    return _in_days(settings.PART_B_URGENT_WORKING_DAYS if short else settings.PART_B_WORKING_DAYS, today=today)


def due_again(audit: Audit, *, today: date) -> date:
    """When a part that is sent back today is due: never sooner than it was, never longer than the first time."""
    first = settings.PART_B_URGENT_WORKING_DAYS if why_short(audit) else settings.PART_B_WORKING_DAYS
    again = _in_days(min(first, settings.PART_B_AGAIN_WORKING_DAYS), today=today)
    return max(again, audit.part_b_due_on or again)


def why_short(audit: Audit) -> str:
    """Why the time for Part B is short, to go after “the audit”; empty where it is not. Up to three queries."""
    if is_urgent_now(audit):
        return URGENT
    return AT_ONCE if audit.smart_actions.filter(immediate=True).exists() else ""


def _in_days(days: int, *, today: date) -> date:
    return add_working_days(today, days, holidays=holiday_set(today, today + LONGEST))
