"""What a supervisor would change before agreeing with what a learner wrote (P4)."""

from __future__ import annotations

import pgtrigger
from django.db import models

from audits.models.audit import Audit
from people.models import User


class NotYet(models.Model):
    """The supervisor's answer when asked to agree too early: what they would change. Never changed or deleted."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="not_yet")
    what = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="not_yet_said")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.at:%Y-%m-%d}"
