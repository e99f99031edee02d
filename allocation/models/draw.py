"""Draws on record, the pairs a person adds in spite of a rule, and what was given to whom."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from allocation.models.cycle import Cycle
from audits.models import Audit, Case, Selection
from people.models import User


class Draw(models.Model):
    """A draw for a cycle: inputs frozen and hashed first, then the seed; never changed, never deleted (R21, R25)."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="draws")
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300, blank=True)  # why a second draw
    inputs = models.TextField()  # the frozen document, as allocation.drawing.draw_document writes it
    inputs_sha256 = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=20)
    result = models.JSONField()
    result_sha256 = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="draws")  # None: the timetable

    class Meta:
        ordering = ["cycle", "-number"]
        constraints = [
            models.UniqueConstraint(F("cycle"), F("number"), name="draw_number_once"),
            models.CheckConstraint(condition=Q(number=1) | ~Q(reason=""), name="second_draw_has_reason"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.cycle} draw {self.number}"


class Override(models.Model):
    """A pair that a person adds to a draw in spite of a rule, before it is published (L2). Kept when taken back."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="overrides")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="overrides")
    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="overrides")
    selection = models.CharField(max_length=20, choices=Selection.choices, default=Selection.TARGETED)
    reason = models.CharField(max_length=300)
    against = models.JSONField(default=list, blank=True)  # what stood against the pair, in words
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="overrides_made")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                F("draw"), F("case"), name="case_overridden_once_per_draw", condition=Q(taken_back_at__isnull=True)
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} to {self.auditor_id} in spite of a rule"


class Origin(models.TextChoices):
    """How a case came to an auditor."""

    DRAW = "draw", "Drawn"
    OVERRIDE = "override", "Given by hand"
    RESERVE = "reserve", "From the reserve"
    AGAIN = "again", "Given to another auditor"


class Allocation(models.Model):
    """A case given to an auditor: by a published draw, by hand, from its reserve, or again after an exemption.

    Who audits it now is the audit's own; `auditor` here is the one it was given to first (see Handover).
    """

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="allocations")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="allocations")
    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="allocations")
    audit = models.OneToOneField(Audit, on_delete=models.PROTECT, related_name="allocation")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.DRAW)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )  # the allocation that dropped out, where this one came in its place
    stratum = models.CharField(max_length=150, blank=True)  # its key in the draw
    weight = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)  # cases it stands for
    override_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["draw", "pk"]
        constraints = [
            models.UniqueConstraint(
                F("draw"), F("case"), name="case_allocated_once_per_draw", condition=~Q(origin="again")
            ),
            models.CheckConstraint(
                condition=~Q(origin="override") | ~Q(override_reason=""), name="allocation_by_hand_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} to {self.auditor_id}"
