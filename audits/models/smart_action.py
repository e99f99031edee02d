"""Actions set by an audit: outcome, how, who, by when, until they are done."""

from __future__ import annotations

from datetime import date

import pghistory
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from people.models import User
from people.roles import Permission


class SmartActionQuerySet(models.QuerySet["SmartAction"]):
    """Actions, filtered the way users speak."""

    def visible_to(self, user: User) -> SmartActionQuerySet:
        """Those of audits this person may open, once submitted, and their own."""
        if user.can(Permission.VIEW_ALL_AUDITS):
            return self
        return self.filter(Q(audit__in=Audit.objects.visible_to(user)) | Q(owner=user))

    def open(self) -> SmartActionQuerySet:
        """Not done yet, of audits that were submitted."""
        return self.filter(done_on__isnull=True, audit__submitted_at__isnull=False)

    def overdue(self, today: date) -> SmartActionQuerySet:
        """Open and past the deadline."""
        return self.open().filter(due_on__lt=today)


@pghistory.track()
class SmartAction(models.Model):
    """One action (A13): the deadline is a calendar date, agreed with the worker."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="smart_actions")
    number = models.PositiveSmallIntegerField()
    outcome = models.TextField()
    how = models.TextField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="smart_actions")
    due_on = models.DateField()
    agreed_with_worker = models.BooleanField(default=False)
    why_not_agreed = models.TextField(blank=True)  # where it was not
    immediate = models.BooleanField(default=False)  # needed at once to keep the child safe
    response = models.TextField(blank=True)  # the team's, in Part B
    evidence = models.TextField(blank=True)
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="actions_completed")

    objects = SmartActionQuerySet.as_manager()

    class Meta:
        ordering = ["audit_id", "number"]
        constraints = [
            models.UniqueConstraint(F("audit"), F("number"), name="action_number_once"),
            models.CheckConstraint(
                condition=Q(done_on__isnull=True, done_by__isnull=True)
                | Q(done_on__isnull=False, done_by__isnull=False) & ~Q(evidence=""),
                name="action_done_has_evidence",
            ),
        ]
        indexes = [
            models.Index("due_on", name="action_open_due", condition=Q(done_on__isnull=True)),
            models.Index("audit", "done_on", "due_on", name="action_counted"),  # read alone by reporting.measures
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} action {self.number}"

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been done before today."""
        return self.done_on is None and self.due_on < today
