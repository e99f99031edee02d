"""The draw of a month's moderation sample: what it was drawn from, the seed and the result, kept for ever (S5)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from allocation.models.cycle import Cycle
from people.models import User


class ModerationDraw(models.Model):
    """One draw on a moderation day. Inputs are frozen and hashed before the seed is drawn. Never changed or deleted."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="moderation_draws")
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300, blank=True)  # why a second one
    percent = models.PositiveSmallIntegerField()
    inputs = models.JSONField()  # the audits that had come in, with the grade each is in the lot of
    inputs_sha256 = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    result = models.JSONField()  # the references of the random sample, in the order of their tickets
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="moderation_draws")

    class Meta:
        ordering = ["cycle", "-number"]
        constraints = [
            models.UniqueConstraint(F("cycle"), F("number"), name="moderation_draw_number_once"),
            models.CheckConstraint(condition=Q(percent__gte=1, percent__lte=100), name="moderation_percent_in_range"),
            models.CheckConstraint(condition=Q(number=1) | ~Q(reason=""), name="second_moderation_draw_has_reason"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.cycle} moderation draw {self.number}"
