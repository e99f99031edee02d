"""Part B: the response of the worker and the team manager to an audit."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from people.models import User


class Side(models.TextChoices):
    """Whose part of Part B."""

    WORKER = "worker", "Worker"
    MANAGER = "manager", "Team manager"


@pghistory.track(exclude=["worker_draft", "manager_draft", "worker_draft_at", "manager_draft_at"])
class PartB(models.Model):
    """One audit's Part B (S2): both write, both sign; the supervision's date is recorded by the manager."""

    audit = models.OneToOneField(Audit, on_delete=models.CASCADE, related_name="part_b")
    round = models.PositiveSmallIntegerField(default=1)  # one more each time a part is sent back
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
    # What is typed and not signed yet, as the page's fields; only whose part it is reads it.
    worker_draft = models.JSONField(default=dict, blank=True)
    worker_draft_at = models.DateTimeField(null=True, blank=True)
    manager_draft = models.JSONField(default=dict, blank=True)
    manager_draft_at = models.DateTimeField(null=True, blank=True)

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


@pghistory.track()
class FindingResponse(models.Model):
    """What one side answers to one finding: a section's grade, or the overall one."""

    part_b = models.ForeignKey(PartB, on_delete=models.CASCADE, related_name="responses")
    side = models.CharField(max_length=10, choices=Side.choices)
    code = models.CharField(max_length=20)  # a section's code, or "overall"
    text = models.TextField()

    class Meta:
        ordering = ["part_b_id", "code", "side"]
        constraints = [
            models.UniqueConstraint(F("part_b"), F("side"), F("code"), name="finding_answered_once_a_side"),
            models.CheckConstraint(condition=~Q(text=""), name="finding_response_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.part_b_id} {self.code} {self.side}"


class PartBReturn(models.Model):
    """A part that was sent back with a comment: what had been signed stays readable. Never changed or deleted."""

    part_b = models.ForeignKey(PartB, on_delete=models.CASCADE, related_name="returns")
    round = models.PositiveSmallIntegerField()  # the round that ended with it
    side = models.CharField(max_length=10, choices=Side.choices)
    comment = models.TextField()  # what is asked for
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="part_bs_sent_back")
    at = models.DateTimeField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="part_bs_got_back")
    signed_at = models.DateTimeField()
    signed = models.JSONField()  # comment, supervision_on, responses and actions, as they were signed

    class Meta:
        ordering = ["part_b_id", "round"]
        constraints = [
            models.UniqueConstraint(F("part_b"), F("round"), name="part_b_sent_back_once_a_round"),
            models.CheckConstraint(condition=~Q(comment=""), name="part_b_sent_back_with_a_comment"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.part_b_id} round {self.round}"
