"""Actions set by an audit: outcome, how, who, by when, until they are done."""

from __future__ import annotations

from datetime import date

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from audits.models.moderation import ModerationTask
from people.models import User
from people.roles import Permission


class SmartActionQuerySet(models.QuerySet["SmartAction"]):
    """Actions, filtered the way users speak."""

    def visible_to(self, user: User) -> SmartActionQuerySet:
        """Those of audits this person may open, once submitted, and their own."""
        rows = self
        if user.can(Permission.MODERATE):  # what is wanted at once would tell a moderator the grade
            rows = self.exclude(audit__moderation_task__in=ModerationTask.objects.blind_for(user))
        if user.can(Permission.VIEW_ALL_AUDITS):
            return rows
        return rows.filter(Q(audit__in=Audit.objects.visible_to(user)) | Q(owner=user))

    def open(self) -> SmartActionQuerySet:
        """Not done yet, of audits that were submitted."""
        return self.filter(done_on__isnull=True, audit__submitted_at__isnull=False)

    def overdue(self, today: date) -> SmartActionQuerySet:
        """Open and past the deadline."""
        return self.open().filter(due_on__lt=today)

    def to_verify(self) -> SmartActionQuerySet:
        """Recorded as done, and nobody else has verified it yet."""
        return self.filter(done_on__isnull=False, verified_on__isnull=True)


class Helped(models.TextChoices):
    """Whether an action made a difference to the child, asked weeks after it was done."""

    YES = "yes", "Yes"
    PARTLY = "partly", "In part"
    NO = "no", "No"
    TOO_EARLY = "too_early", "Too early to say"


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
    findings = ArrayField(
        models.CharField(max_length=40), default=list, blank=True
    )  # codes of the sections and standards that it answers; several findings may have one action
    first_due_on = models.DateField(null=True, blank=True)  # the deadline that was set, where it was moved since
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="actions_verified"
    )
    verify_note = models.TextField(blank=True)  # what they saw that shows it
    helped = models.CharField(max_length=10, choices=Helped.choices, blank=True)  # asked 8 to 12 weeks after
    helped_note = models.TextField(blank=True)
    helped_on = models.DateField(null=True, blank=True)
    helped_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="actions_looked_back_on"
    )

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
            models.CheckConstraint(
                condition=Q(verified_on__isnull=True, verified_by__isnull=True)
                | (
                    Q(verified_on__isnull=False, verified_by__isnull=False, done_on__isnull=False)
                    & ~Q(verified_by=F("done_by"))
                    & ~Q(verified_by=F("owner"))
                    & ~Q(verify_note="")
                ),
                name="action_verified_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(helped="", helped_on__isnull=True, helped_by__isnull=True)
                | (~Q(helped="") & Q(helped_on__isnull=False, helped_by__isnull=False, done_on__isnull=False)),
                name="action_helped_whole",
            ),
        ]
        indexes = [
            models.Index("due_on", name="action_open_due", condition=Q(done_on__isnull=True)),
            models.Index("audit", "done_on", "due_on", name="action_counted"),  # read alone by reporting.measures
            models.Index(
                "done_on", name="action_to_verify", condition=Q(done_on__isnull=False, verified_on__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} action {self.number}"

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been done before today."""
        return self.done_on is None and self.due_on < today


class ActionStep(models.Model):
    """What happened to an action after the audit was submitted: each step a dated row. Never changed or deleted."""

    class Kind(models.TextChoices):
        DONE = "done", "Recorded as done"
        SENT_BACK = "sent_back", "Sent back: not done yet"
        VERIFIED = "verified", "Verified"
        MOVED = "moved", "Deadline moved"
        GIVEN = "given", "Given to somebody else"
        LOOKED_BACK = "looked_back", "Looked back on"

    action = models.ForeignKey(SmartAction, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="action_steps")
    at = models.DateTimeField()
    note = models.TextField(blank=True)  # the evidence, the reason, what was seen
    before = models.CharField(max_length=150, blank=True)  # a deadline or an owner, in words
    after = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["action_id", "at", "pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.action_id} {self.kind}"
