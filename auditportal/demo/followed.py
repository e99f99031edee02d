"""What becomes of the demo's actions: done, and most of them verified by somebody else some days later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from auditportal.demo import words
from audits.after import action_rights, following_actions
from audits.models import SmartAction

Later = Callable[[datetime, Callable[[datetime], None]], None]
SEEN = (
    "I read the new record on the file and talked it over with the worker.",
    "The visit is recorded and the child’s words are in it.",
    "The plan on the file says it now, with a date for each step.",
)


def complete(action: SmartAction, at: datetime, *, rng: Random, later: Later) -> None:
    """Its owner records it as done; five in six are verified within three weeks."""
    now = SmartAction.objects.select_related("owner").get(pk=action.pk)
    evidence = rng.choice(words.EVIDENCE)
    following_actions.complete(now, evidence=evidence, by=now.owner, at=at, today=at.date())
    if rng.random() < 0.84:
        later(at + timedelta(days=rng.randint(1, 20)), lambda when: verify(now, when, rng=rng))


def verify(action: SmartAction, at: datetime, *, rng: Random) -> None:
    """The team manager, or the auditor where the manager had a hand in it."""
    now = SmartAction.objects.select_related("audit__team_manager", "audit__auditor").get(pk=action.pk)
    people = [person for person in (now.audit.team_manager, now.audit.auditor) if person]
    able = [person for person in people if person.leave_date is None and action_rights.may_verify(now, person)]
    if able:
        following_actions.verify(now, note=rng.choice(SEEN), by=able[0], at=at, today=at.date())
