"""An audit whose grade had to be acted on at once: who was told when, and what they do about it (S1)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from audits.models.immediate_risk import RiskRecipient
from audits.models.moderation import ModerationTask
from audits.models.template import Grade
from people.models import User
from people.roles import Permission


class Cause(models.TextChoices):
    """What fixed or changed a grade."""

    SUBMITTED = "submitted", "The audit was submitted"
    REVIEW = "review", "The review of a disagreement"
    MEDIATION = "mediation", "Mediation"
    MODERATION = "moderation", "Moderation"


class UrgentNoticeQuerySet(models.QuerySet["UrgentNotice"]):
    """Notices, filtered the way users speak."""

    def visible_to(self, user: User) -> UrgentNoticeQuerySet:
        """Those told to this person, and those of audits they may open."""
        if user.can(Permission.MODERATE):  # not of what they grade themselves and have not yet
            return self.exclude(audit__moderation_task__in=ModerationTask.objects.blind_for(user))._seen_by(user)
        return self._seen_by(user)

    def _seen_by(self, user: User) -> UrgentNoticeQuerySet:
        if user.can(Permission.VIEW_ALL_AUDITS):
            return self
        told = NoticeRecipient.objects.filter(person=user).values("notice")
        return self.filter(Q(pk__in=told) | Q(audit__in=Audit.objects.visible_to(user).values("pk")))


class UrgentNotice(models.Model):
    """That an audit is urgent, or is no longer: told once to each recipient. Never changed or deleted."""

    class Kind(models.TextChoices):
        URGENT = "urgent", "Has to be acted on today"
        CORRECTED = "corrected", "Is not urgent any more"

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="urgent_notices")
    number = models.PositiveSmallIntegerField()  # the first, second … of its audit
    kind = models.CharField(max_length=10, choices=Kind.choices)
    cause = models.CharField(max_length=12, choices=Cause.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="urgent_notices_caused")
    at = models.DateTimeField()

    objects = UrgentNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["audit_id", "number"]
        constraints = [models.UniqueConstraint(F("audit"), F("number"), name="notice_number_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.audit_id} notice {self.number}"


class NoticeRecipient(models.Model):
    """Somebody who was told, with what they are to the case; frozen when they were told (R14)."""

    Part = RiskRecipient.Part

    notice = models.ForeignKey(UrgentNotice, on_delete=models.PROTECT, related_name="recipients")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    part = models.CharField(max_length=16, choices=RiskRecipient.Part.choices)
    must_acknowledge = models.BooleanField()
    told_at = models.DateTimeField()
    stands_for = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="gone_up_to"
    )  # who did not acknowledge it in time
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    step_taken = models.TextField(blank=True)  # what they do about it, said with the acknowledgement

    class Meta:
        ordering = ["notice_id", "pk"]
        constraints = [
            models.UniqueConstraint(F("notice"), F("person"), name="told_of_a_notice_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | ~Q(step_taken=""), name="notice_acknowledged_with_a_step"
            ),
        ]
        indexes = [
            models.Index(
                "person",
                name="notice_not_acknowledged",
                condition=Q(acknowledged_at__isnull=True, must_acknowledge=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} told of {self.notice_id}"


class GradeChange(models.Model):
    """A grade that was changed after the audit was submitted: from what to what, why, by whom. Never changed."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="grade_changes")
    section = models.CharField(max_length=20, blank=True)  # the section's code; empty: the overall grade
    from_grade = models.ForeignKey(Grade, on_delete=models.PROTECT, null=True, related_name="changed_from")
    to_grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="changed_to")
    cause = models.CharField(max_length=12, choices=Cause.choices)
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grades_changed")
    at = models.DateTimeField()

    class Meta:
        ordering = ["audit_id", "at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="grade_change_has_reason"),
            models.CheckConstraint(
                condition=Q(from_grade__isnull=True) | ~Q(from_grade=F("to_grade")), name="grade_change_changes"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.section or 'overall'}"
