"""With whom an audit was shared, and when (A20): filled in as the portal sends, completed by hand."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from people.models import User


class Share(models.Model):
    """One sharing of an audit with somebody. Never changed or deleted."""

    class How(models.TextChoices):
        PORTAL = "portal", "Available in the portal"
        DOCUMENT = "document", "Given the document"
        MEETING = "meeting", "Talked over with them"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="shares")
    key = models.CharField(max_length=100)  # the same event for the same person is written once
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="audits_shared_with")
    name = models.CharField(max_length=150)  # as it was then; somebody outside the council too
    part = models.CharField(max_length=100)  # team manager, service manager, reviewing officer …
    how = models.CharField(max_length=10, choices=How.choices)
    shared_on = models.DateField()
    shared_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="audits_shared"
    )  # None: the portal itself
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["audit_id", "shared_on", "pk"]
        constraints = [
            models.UniqueConstraint(F("audit"), F("key"), name="shared_once"),
            models.CheckConstraint(condition=~Q(name=""), name="shared_with_somebody"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.audit_id} with {self.key}"
