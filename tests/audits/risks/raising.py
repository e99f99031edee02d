"""A child at risk, raised in one line, and people who are not there to be told."""

from __future__ import annotations

from datetime import datetime, timedelta

from audits import immediate_risks
from audits.models import Audit, ImmediateRisk
from people.models import User
from tests.conftest import NOW, TODAY

WORDS = {"concern": "Nobody has seen the child for five weeks.", "done_already": "Rang the duty team."}
YESTERDAY = TODAY - timedelta(days=1)


def raised(audit: Audit, *, by: User | None = None, at: datetime = NOW, **changes: str) -> ImmediateRisk:
    """By the auditor, where nobody else is named."""
    who = by or audit.auditor
    risk, _ = immediate_risks.raise_risk(audit, **{**WORDS, **changes}, by=who, at=at, today=TODAY)
    return risk


def leave(*people: User) -> None:
    """They left yesterday."""
    for person in people:
        person.leave_date = YESTERDAY
        person.save()
