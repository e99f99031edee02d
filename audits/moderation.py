"""Moderate an audit: a second look at the grade by somebody who had no part in it."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from audits import messages
from audits.models import Audit, Grade, Moderation
from people import activity
from people.models import User
from people.roles import Permission


class ModerationError(ValueError):
    """An audit that this person cannot moderate; the message says why."""


def may_moderate(audit: Audit, user: User) -> bool:
    """Whether this person may moderate it: a moderator by job, with no part in it or its team; graded and submitted."""
    had_part = user.pk in {audit.auditor_id, audit.supervisor_id, audit.worker_id, audit.team_manager_id}
    same_team = audit.team_id is not None and user.team_id == audit.team_id
    graded = audit.is_submitted and audit.overall_grade_id is not None
    return user.can(Permission.MODERATE) and graded and not had_part and not same_team


def moderate(audit: Audit, *, grade: Grade, reason: str, by: User, at: datetime) -> Moderation:
    """Record the moderator's grade and reason; once per audit. Raises ModerationError."""
    if not may_moderate(audit, by):
        raise ModerationError("You had a part in this audit, or it is not ready to be moderated.")
    if audit.overall_grade is None or grade.scale_id != audit.overall_grade.scale_id:
        raise ModerationError("Choose a grade of the scale that the audit was graded on.")
    if not reason.strip():
        raise ModerationError("Write why you agree, or why you see it differently.")
    try:
        with transaction.atomic():
            moderation = Moderation.objects.create(
                audit=audit, moderator=by, grade=grade, reason=reason.strip(), moderated_at=at
            )
            activity.record("moderated an audit", target=messages.about(audit), by=by, at=at)
    except IntegrityError as error:
        raise ModerationError("This audit is moderated already.") from error
    return moderation
