"""Withdraw an audit or exempt its auditor without a request: under the month's lock, with all that hangs on it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from allocation.month_lock import CycleError, lock_month
from audits import setting_aside
from audits.models import Audit
from audits.workflow import WorkflowError
from people.models import User


def set_aside(audit: Audit, step: str, *, reason: str, by: User, at: datetime, today: date) -> Audit:
    """Take the step "withdraw" or "exempt" while nobody else changes who audits what in the month; returns the audit.

    Whoever has the audit by then is told, and the worker and the team manager where it is withdrawn. The requests and
    swaps about it that wait for an answer end with it, and those who were asked are told (changes.overtaken). Raises
    CycleError where the audit is submitted or set aside already, and without a reason.
    """
    with transaction.atomic():
        lock_month(audit.month)
        try:
            return setting_aside.set_aside(audit, step, reason=reason, by=by, at=at, today=today)
        except WorkflowError as error:
            raise CycleError(str(error)) from error
