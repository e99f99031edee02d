"""What the organisation should learn from an audit (A14): add, change, remove while it is written."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Max, OuterRef
from django.db.models.functions import JSONObject

from audits import typed_ahead
from audits.changed_meanwhile import refuse_changed
from audits.co_auditing import take_back_agreement
from audits.models import Audit, LearningPoint, Status
from audits.models.audit import AuditQuerySet
from audits.pages import NEW_LEARNING
from audits.permissions import may_write
from audits.workflow import move
from people.models import User
from people.refusal import Refused

CHANGING = ("what", "how", "who", "due_on")


class LearningError(Refused):
    """A learning point that cannot be written down."""


def _check(what: str, how: str, who: str, due_on: date, *, today: date) -> None:
    for field, text in (("what", what), ("how", how), ("who", who)):
        if not text.strip():
            raise LearningError("Say what, how, who and by when.", field=field)
    if due_on < today:
        raise LearningError("The date must be today or later.", field="due_on")


def _writable(audit_id: int, *, by: User) -> Audit:
    locked = Audit.objects.select_for_update().get(pk=audit_id)
    if not may_write(locked, by):
        raise LearningError("This audit is submitted, so its learning points can no longer be changed here.")
    take_back_agreement(locked)
    return locked


def add(
    audit: Audit,
    *,
    what: str,
    how: str,
    who: str,
    due_on: date,
    by: User,
    at: datetime,
    today: date,
    sent: typed_ahead.Sent = typed_ahead.NOT_SAID,
) -> LearningPoint:
    """Add a point for the organisation to an audit that is being written (003 §7).

    `sent` is what the page said of itself. Raises LearningError, or MovedOn for a second press of the button.
    """
    _check(what, how, who, due_on, today=today)
    with transaction.atomic():
        locked = _writable(audit.pk, by=by)
        typed_ahead.finish(locked, NEW_LEARNING, sent=sent, by=by, at=at)
        if locked.status == Status.ALLOCATED:
            move(locked, "start", by=by, at=at)
        last = locked.learning_points.aggregate(last=Max("number"))["last"] or 0
        return LearningPoint.objects.create(
            audit=locked, number=last + 1, what=what, how=how, who=who.strip(), due_on=due_on
        )


def change(
    point: LearningPoint, *, what: str, how: str, who: str, due_on: date, by: User, today: date, shown: str = ""
) -> LearningPoint:
    """Change a point while its audit is written. Raises LearningError.

    `shown` is the fingerprint of the point as the page showed it. Raises ChangedMeanwhile where somebody else has
    changed it since.
    """
    _check(what, how, who, due_on, today=today)
    with transaction.atomic():
        _writable(point.audit_id, by=by)
        now = LearningPoint.objects.filter(pk=point.pk).first()
        if now is None:
            raise LearningError("This learning point was removed in another window.")
        values = dict(zip(CHANGING, (what, how, who.strip(), due_on), strict=True))
        refuse_changed(now, shown=shown, values=values)
        for name, value in values.items():
            setattr(point, name, value)
        point.save(update_fields=CHANGING)
    return point


def remove(point: LearningPoint, *, by: User) -> None:
    """Take a point out of an audit that is being written; the others keep their numbers. Raises LearningError."""
    with transaction.atomic():
        _writable(point.audit_id, by=by)
        point.delete()


def with_points(audits: AuditQuerySet) -> AuditQuerySet:
    """These audits, each with its learning points in the same query, for `points_of`."""
    names = ("number", "what", "how", "who", "due_on")
    points = LearningPoint.objects.filter(audit=OuterRef("pk")).order_by("number")
    return audits.annotate(points_read=ArraySubquery(points.values(read=JSONObject(**{name: name for name in names}))))


def points_of(audit: Audit) -> list[LearningPoint]:
    """The learning points of an audit that was read `with_points`. No query."""
    rows: list[dict[str, Any]] = getattr(audit, "points_read", [])
    return [LearningPoint(**{**row, "due_on": date.fromisoformat(row["due_on"])}) for row in rows]
