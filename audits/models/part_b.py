"""Part B: the response of the worker and the team manager to an audit."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q

from audits.models.audit import Audit
from people.models import User


@pghistory.track()
class PartB(models.Model):
    """One audit's Part B (S2): both write, both sign; the supervision's date is recorded by the manager."""

    audit = models.OneToOneField(Audit, on_delete=models.CASCADE, related_name="part_b")
    supervision_on = models.DateField(null=True, blank=True)
    manager_comment = models.TextField(blank=True)
    manager_signed_at = models.DateTimeField(null=True, blank=True)
    manager_signed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="part_bs_signed_as_manager"
    )
    worker_comment = models.TextField(blank=True)
    worker_signed_at = models.DateTimeField(null=True, blank=True)
    worker_signed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="part_bs_signed_as_worker"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(manager_signed_at__isnull=True, manager_signed_by__isnull=True)
                | Q(
                    manager_signed_at__isnull=False,
                    manager_signed_by__isnull=False,
                    supervision_on__isnull=False,
                )
                & ~Q(manager_comment=""),
                name="part_b_manager_signed_whole",
            ),
            models.CheckConstraint(
                condition=Q(worker_signed_at__isnull=True, worker_signed_by__isnull=True)
                | Q(worker_signed_at__isnull=False, worker_signed_by__isnull=False) & ~Q(worker_comment=""),
                name="part_b_worker_signed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Part B of {self.audit_id}"
