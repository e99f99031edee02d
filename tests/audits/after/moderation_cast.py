"""A submitted audit, moderators without a part in it, and a moderation that is given."""

from __future__ import annotations

from datetime import date

from audits.after import moderating
from audits.models import Audit, Grade, ModerationTask, Why
from people.models import User
from people.roles import JobRole
from tests.conftest import NOW
from tests.factories import UserFactory

DUE = date(2026, 11, 24)


def moderator(name: str = "Mo Moderator", role: str = JobRole.QA_OFFICER) -> User:
    """Somebody who moderates and has nothing to do with anything."""
    return UserFactory(name=name, job_role=role)


def given(audit: Audit, to: User, *, by: User, why: str = Why.RANDOM) -> ModerationTask:
    """A moderation of this audit, given to this person."""
    task = moderating.make(audit, why=[why], due_on=DUE, at=NOW)
    return moderating.give(task, to=to, due_on=DUE, by=by, at=NOW)


def grade_of(audit: Audit, code: str) -> Grade:
    """A grade of the scale of this audit."""
    return Grade.objects.get(scale=audit.template_version.scale, code=code)


def graded(task: ModerationTask, code: str, *, reason: str = "The plan has no dates.") -> ModerationTask:
    """The same moderation, graded by its moderator."""
    assert task.moderator is not None
    moderating.grade(
        task,
        grade=grade_of(task.audit, code),
        sections={"s1": grade_of(task.audit, code)},
        reason=reason,
        on_the_audit="The texts are short.",
        by=task.moderator,
        at=NOW,
    )
    return ModerationTask.objects.get(pk=task.pk)
