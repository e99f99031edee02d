"""How far somebody is with a template, as the tests of competency say it."""

from __future__ import annotations

from datetime import datetime, timedelta

from allocation.competence import competency
from allocation.models import Competency, Evaluation
from people.models import User
from tests.conftest import NOW, TODAY

State = Competency.State
LATER = NOW + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)
NOTE = "Moved to a role that does not audit"


def say(record: Competency, by: User, *, ready: bool = True, comment: str = "", at: datetime = NOW) -> Evaluation:
    return competency.evaluate(record, ready=ready, comment=comment, by=by, at=at)


def now(record: Competency) -> Competency:
    return Competency.objects.get(pk=record.pk)
