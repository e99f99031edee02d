"""Who did what; and forms that were sent, so that each is done once."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from people.models.staff import User
from people.roles import Permission


class ActivityQuerySet(models.QuerySet["Activity"]):
    """Activity, filtered the way users speak."""

    def visible_to(self, user: User) -> ActivityQuerySet:
        """Everything for those who may see who did what, otherwise nothing."""
        return self if user.can(Permission.VIEW_ACTIVITY) else self.none()


class Activity(models.Model):
    """Who did what to what, and when. The target is text: people cannot point upwards to audits."""

    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="activity"
    )  # None: the portal itself
    verb = models.CharField(max_length=60)
    target = models.CharField(max_length=80)  # e.g. audit:2026-11-0007
    detail = models.JSONField(default=dict, blank=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "activity"
        indexes = [models.Index("target", F("at").desc(), name="activity_target")]

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"


class SentForm(models.Model):
    """A form that was sent by a script, by the number it bore, and where it led: what is sent again is done once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    number = models.CharField(max_length=60)
    led_to = models.CharField(max_length=1000, blank=True)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "number"], name="form_is_sent_once")]

    def __str__(self) -> str:
        return self.number
