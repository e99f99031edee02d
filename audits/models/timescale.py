"""The table of timescales: what has to happen how soon after, or how long before, what (A17)."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from people.models import User


@pghistory.track()
class TimescaleRule(models.Model):
    """One rule. Statutory ones are locked; local ones are the council's to change or leave out."""

    class Unit(models.TextChoices):
        WORKING_DAYS = "working_days", "Working days"
        DAYS = "days", "Days"
        WEEKS = "weeks", "Weeks"
        MONTHS = "months", "Months"

    class Direction(models.TextChoices):
        AFTER = "after", "Within, after"
        BEFORE = "before", "At least, before"

    class Counting(models.TextChoices):
        NEXT_DAY = "next_day", "The day after is day 1"
        SAME_DAY = "same_day", "The day itself is day 1"

    code = models.CharField(max_length=40, unique=True)
    order = models.PositiveSmallIntegerField()
    topic = models.CharField(max_length=60)  # the heading under which it is shown
    name = models.CharField(max_length=150)
    trigger = models.CharField(max_length=150)  # the day from which it counts, in words
    event = models.CharField(max_length=150)  # what has to happen, in words
    plans = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # whom it concerns; none: everybody
    from_age = models.PositiveSmallIntegerField(null=True, blank=True)  # years
    to_age = models.PositiveSmallIntegerField(null=True, blank=True)  # years, this one included
    limit = models.PositiveSmallIntegerField(null=True, blank=True)  # None: the council has not set one
    unit = models.CharField(max_length=12, choices=Unit.choices, default=Unit.WORKING_DAYS)
    direction = models.CharField(max_length=6, choices=Direction.choices, default=Direction.AFTER)
    counting = models.CharField(max_length=8, choices=Counting.choices, default=Counting.NEXT_DAY)
    statutory = models.BooleanField(default=False)
    source = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    trigger_fact = models.CharField(max_length=80, blank=True)  # the case's field or fact that holds the day
    event_fact = models.CharField(max_length=80, blank=True)
    in_use = models.BooleanField(default=True)
    changed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="timescales_changed"
    )
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(statutory=False) | Q(limit__isnull=False), name="statutory_timescale_has_limit"
            ),
            models.CheckConstraint(
                condition=Q(statutory=False) | Q(changed_by__isnull=True), name="statutory_timescale_locked"
            ),
        ]

    def __str__(self) -> str:
        return self.name
