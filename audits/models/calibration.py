"""Calibration: everybody grades the same anonymised audit, and is compared with a panel."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from audits.models.template import Grade, TemplateVersion
from people.models import User
from people.roles import Permission


class CalibrationRoundQuerySet(models.QuerySet["CalibrationRound"]):
    """Rounds, filtered the way users speak."""

    def visible_to(self, user: User) -> CalibrationRoundQuerySet:
        """All for who runs the programme; for others those they are asked to grade in."""
        if user.can(Permission.MANAGE_CYCLES):
            return self
        asked = CalibrationGrade.objects.filter(person=user).values("round")
        return self.filter(pk__in=asked).exclude(state=CalibrationRound.State.DRAFT)


@pghistory.track(exclude=["text"])
class CalibrationRound(models.Model):
    """One round. Its text is a copy without names, which a person has read through before it opens."""

    class State(models.TextChoices):
        DRAFT = "draft", "Being prepared"
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    title = models.CharField(max_length=150)
    source = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="calibrations")
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="calibrations")
    text = models.JSONField(default=list)  # parts of {code, title, rows of {label, value}}, without names or grades
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    closes_on = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="calibrations_made")
    made_at = models.DateTimeField()
    read_through_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="calibrations_read_through"
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = CalibrationRoundQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(read_through_by__isnull=False, opened_at__isnull=False),
                name="calibration_read_through_before_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class CalibrationGrade(models.Model):
    """Somebody asked to grade in a round, and what they gave. The panel's grades are what others are compared with."""

    round = models.ForeignKey(CalibrationRound, on_delete=models.CASCADE, related_name="grades")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="calibration_grades")
    on_panel = models.BooleanField(default=False)
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, null=True, blank=True, related_name="calibration_grades")
    sections = models.JSONField(default=dict, blank=True)  # section code -> grade code
    reason = models.TextField(blank=True)
    graded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["round_id", "person__name"]
        constraints = [
            models.UniqueConstraint(F("round"), F("person"), name="calibrated_once_a_round"),
            models.CheckConstraint(
                condition=Q(graded_at__isnull=True, grade__isnull=True)
                | (Q(graded_at__isnull=False, grade__isnull=False) & ~Q(reason="")),
                name="calibration_graded_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.round_id}"
