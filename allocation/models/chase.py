"""The chases of what is late."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from audits.models import Audit
from people.models import User


class Chase(models.Model):
    """A reminder or escalation about one audit, once per stage (E1–E3). Superseded: overtaken by a later stage.

    An extension gives an audit another due date, and with it its stages anew.
    """

    class Stage(models.TextChoices):
        BEFORE = "before", "Reminder before the due date"
        ON_DUE_DATE = "on_due_date", "Reminder on the due date"
        LINE_MANAGER = "line_manager", "Line manager told"
        NEXT_MANAGER = "next_manager", "Next manager told"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="chases")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    due_on = models.DateField()  # when the stage fell due
    audit_due_on = models.DateField()  # the audit's due date that it counts from
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="chases")
    superseded = models.BooleanField(default=False)
    handled_at = models.DateTimeField()

    class Meta:
        ordering = ["audit_id", "due_on", "pk"]
        constraints = [
            models.UniqueConstraint(F("audit"), F("stage"), F("audit_due_on"), name="chase_once_per_stage"),
            models.CheckConstraint(
                condition=Q(superseded=True) | Q(recipient__isnull=False), name="chase_went_to_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.stage}"
