"""The monthly highlight report: narrative, frozen figures, the PDF."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from people.models import User
from people.roles import Permission


class HighlightReportQuerySet(models.QuerySet["HighlightReport"]):
    """Reports, filtered the way users speak."""

    def visible_to(self, user: User) -> HighlightReportQuerySet:
        """Drafts for those who write them; published ones for those who may read reports."""
        if user.can(Permission.WRITE_REPORTS):
            return self
        return self.filter(status="published") if user.can(Permission.READ_REPORTS) else self.none()


class HighlightReport(models.Model):
    """One version of one month's report (R8). Figures are frozen when it is published; a later version says why."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    class Build(models.TextChoices):
        NONE = "none", "Not built"
        WAITING = "waiting", "Waiting to be built"
        RUNNING = "running", "Being built"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be built"

    month = models.DateField()  # its first day
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    introduction = models.TextField(blank=True)
    what_we_found = models.TextField(blank=True)
    recommendations = models.TextField(blank=True)  # one a line
    recipients = models.CharField(max_length=300, blank=True)
    contact = models.CharField(max_length=200, blank=True)
    restatement_reason = models.CharField(max_length=300, blank=True)  # why a version after the first
    figures = models.JSONField(null=True, blank=True)
    figures_sha256 = models.CharField(max_length=64, blank=True)
    build = models.CharField(max_length=10, choices=Build.choices, default=Build.NONE)
    build_step = models.CharField(max_length=60, blank=True)
    build_percent = models.PositiveSmallIntegerField(default=0)
    build_error = models.CharField(max_length=300, blank=True)  # why it could not be built
    build_started_at = models.DateTimeField(null=True, blank=True)
    pdf = models.BinaryField(null=True, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reports_written")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="reports_published"
    )

    objects = HighlightReportQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "-version"]
        constraints = [
            models.UniqueConstraint(F("month"), F("version"), name="report_version_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="report_month_is_first_day"),
            models.CheckConstraint(condition=Q(version=1) | ~Q(restatement_reason=""), name="restatement_has_reason"),
            models.CheckConstraint(
                condition=Q(status="draft", published_at__isnull=True)
                | Q(status="published", published_at__isnull=False, figures__isnull=False),
                name="report_published_is_frozen",
            ),
            models.CheckConstraint(condition=~Q(build="ready") | Q(pdf__isnull=False), name="report_ready_has_pdf"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="published_is_frozen",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="published"),
            )
        ]

    def __str__(self) -> str:
        return f"Highlight report {self.month:%B %Y}, version {self.version}"
