"""Take an audit back or exempt its auditor, and tell whom it concerns."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from audits import messages
from audits.models import Audit
from audits.workflow import move
from people.models import User

TELL = {"withdraw": messages.withdrawn, "exempt": messages.exempted}


def set_aside(audit: Audit, step: str, *, reason: str, by: User, at: datetime, today: date) -> Audit:
    """Withdraw an audit or exempt its auditor; what was asked about it is over with that, and they are told.

    `step` is "withdraw" or "exempt". Whoever audits it when its row is locked is told, so that a swap accepted
    meanwhile leaves nobody untold. Returns the audit as it now is. Raises WorkflowError.
    """
    with transaction.atomic():
        done = move(audit, step, by=by, at=at, reason=reason)
        TELL[step](done, at=at, today=today)
    return done
