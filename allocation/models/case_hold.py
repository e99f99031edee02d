"""Cases that a person keeps out of draws."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from audits.models import Case
from people.models import User
from people.roles import Permission


class CaseHoldQuerySet(models.QuerySet["CaseHold"]):
    """Holds, filtered the way users speak."""

    def running_on(self, day: date) -> CaseHoldQuerySet:
        """Those that keep a case out on a day: nobody has ended them, and their last day is not past."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), ended_at__isnull=True)

    def over_on(self, day: date) -> CaseHoldQuerySet:
        """Those that no longer keep a case out: somebody ended them, or their last day is past."""
        return self.filter(Q(ended_at__isnull=False) | Q(until__lt=day))

    def visible_to(self, user: User) -> CaseHoldQuerySet:
        """Every hold for those who run the programme, none for others: why a case is held is nobody else's business."""
        return self if user.can(Permission.MANAGE_CYCLES) else self.none()


class CaseHold(models.Model):
    """A case kept out of draws for a reason that no import knows; ended, never deleted."""

    class Why(models.TextChoices):
        RELATIVE = "relative", "A relative of a member of staff"
        COMPLAINT = "complaint", "A complaint is being looked into"
        REVIEW = "review", "A safeguarding practice review or inquiry is under way"
        OTHER = "other", "Another reason"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="holds")
    why = models.CharField(max_length=10, choices=Why.choices)
    note = models.CharField(max_length=300, blank=True)
    until = models.DateField(null=True, blank=True)  # its last day; None: until somebody ends it
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="case_holds")
    at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="case_holds_ended")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CaseHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(F("case"), F("why"), name="case_held_once", condition=Q(ended_at__isnull=True)),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="case_hold_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.why}"
