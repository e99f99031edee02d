"""Places given or taken in one month, beside the quota that a person has every month."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from people.models import User


class QuotaChange(models.Model):
    """So many places more or fewer for one person in one month (P2, P7); the changes of a month add up."""

    month = models.DateField()  # its first day
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="quota_changes")
    change = models.SmallIntegerField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="quota_changes_made")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="quota_change_month_is_first_day"),
            models.CheckConstraint(condition=~Q(change=0), name="quota_change_changes"),
        ]
        indexes = [models.Index("month", "user", name="quota_change_of_month")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user_id} {self.change:+d} in {self.month:%Y-%m}"
