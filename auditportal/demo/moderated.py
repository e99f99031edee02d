"""Moderations of the demo council's past: given, graded blind, talked over where the grades differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from audits.after import moderating
from audits.after.moderation import had_part, may_moderate
from audits.deadlines import london_date
from audits.models import Audit, Grade, Moderation, ModerationTask, Why
from people.models import User

TALK = "We read the plan side by side. The steps in it have no dates, and that is what the grade turns on."


def moderate(audit: Audit, *, moderators: Sequence[User], grade: Grade, reason: str, rng: Random, at: datetime) -> None:
    """Somebody without a part grades it; the auditor agrees where they differ. Nothing where nobody is free to."""
    told = had_part([audit.pk])[audit.pk]
    allowed = [person for person in moderators if may_moderate(audit, person) and person.pk not in told]
    if not allowed:
        return
    moderator, due_on = rng.choice(allowed), london_date(at) + timedelta(days=14)
    task = moderating.make(audit, why=[Why.RANDOM], due_on=due_on, at=at - timedelta(days=2))
    task = moderating.give(task, to=moderator, due_on=due_on, by=None, at=at - timedelta(days=2))
    moderating.grade(task, grade=grade, sections={}, reason=reason, by=moderator, at=at)
    task.refresh_from_db()
    if task.state == ModerationTask.State.TALK:
        then = at + timedelta(hours=3)
        moderating.talk_over(
            task,
            talked_on=london_date(then),
            note=TALK,
            auditor_view=Moderation.View.AGREES,
            by=moderator,
            at=then,
            today=london_date(then),
        )
