"""The rules of the programme: what keeps cases and auditors apart, and the programme's own numbers."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from people.models import User


class Rules(models.Model):
    """The rules as they stand from a moment on. Each change is a new row, so that every draw can name its own."""

    lookback_months = models.PositiveSmallIntegerField(default=24)  # how long a team's involvement counts
    recently_audited_months = models.PositiveSmallIntegerField(default=12)  # a case rests after an audit
    newly_opened_days = models.PositiveSmallIntegerField(default=28)  # a case is too new to audit; 0: never
    same_child_months = models.PositiveSmallIntegerField(default=24)  # the same auditor and child; 0: no rule
    same_worker_months = models.PositiveSmallIntegerField(default=6)  # the same auditor and worker; 0: no rule
    re_audit_months = models.PositiveSmallIntegerField(default=3)  # after an urgent grade; 0: no re-audits
    improvement_sample_percent = models.PositiveSmallIntegerField(default=10)  # re-audited of those not yet good
    extension_days = models.PositiveSmallIntegerField(default=7)  # what a line manager may agree alone
    competency_required = models.BooleanField(default=False)  # only signed-off auditors are drawn (P4)
    reason = models.CharField(max_length=300)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="rules_changed")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "rules"
        constraints = [
            models.CheckConstraint(
                condition=Q(improvement_sample_percent__lte=100), name="rules_sample_is_a_percentage"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Rules {self.pk}"
