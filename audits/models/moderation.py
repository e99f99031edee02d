"""Moderation: a second grade by somebody who had no part in the audit; the first grade stays beside it."""

from __future__ import annotations

import pghistory
from django.db import models

from audits.models.audit import Audit
from audits.models.template import Grade
from people.models import User


@pghistory.track()
class Moderation(models.Model):
    """One audit's moderation (S5)."""

    audit = models.OneToOneField(Audit, on_delete=models.CASCADE, related_name="moderation")
    moderator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="moderations")
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="moderations")
    reason = models.TextField()
    moderated_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="moderation_has_reason")]

    def __str__(self) -> str:
        return f"Moderation of {self.audit_id}"
