"""The audit months, how each draws, and the themes that are kept to be used again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from audits.models import TemplateVersion
from people.models import User
from people.roles import Permission


class Strata(models.TextChoices):
    """What a draw is spread over; nothing: every case in one lot."""

    NONE = "", "Not spread: every case has the same chance"
    SERVICE = "service", "Service"
    TEAM = "team", "Team"
    PLAN = "plan", "Plan"
    AGE_BAND = "age_band", "Age band"


class StrataMethod(models.TextChoices):
    """How many cases each stratum gives."""

    PROPORTIONAL = "proportional", "In proportion to its open cases"
    FIXED = "fixed", "A fixed number each"


class AgeBand(models.TextChoices):
    """The age bands of the national statistics of children in need, and those beyond them."""

    UNKNOWN = "unknown", "Not born yet, or not known"
    UNDER_1 = "under_1", "Under 1"
    FROM_1 = "1_to_4", "1 to 4"
    FROM_5 = "5_to_9", "5 to 9"
    FROM_10 = "10_to_15", "10 to 15"
    FROM_16 = "16_to_17", "16 and 17"
    ADULT = "18_and_over", "18 and over"


class Evened(models.TextChoices):
    """Over what time the auditors' loads are made even."""

    CYCLE = "cycle", "This month only"
    YEAR = "year", "The last twelve months"


class Theme(models.Model):
    """A theme to use again: the cases it is about and the questions it adds (L3). A cycle copies what it uses."""

    name = models.CharField(max_length=150, unique=True)
    cohort = models.JSONField(default=dict, blank=True)  # as allocation.cohort reads it; empty: every case
    questions = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="themes_made")
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CycleQuerySet(models.QuerySet["Cycle"]):
    """Cycles, filtered the way users speak."""

    def visible_to(self, user: User) -> CycleQuerySet:
        """Every cycle for those who run the programme, none for others."""
        return self if user.can(Permission.MANAGE_CYCLES) else self.none()


class Cycle(models.Model):
    """One audit month (L1)."""

    class Status(models.TextChoices):
        OPEN = "open", "Open, not drawn yet"
        PROPOSED = "proposed", "Draw proposed"
        PUBLISHED = "published", "Published"
        CLOSED = "closed", "Closed"
        PAUSED = "paused", "Paused"

    month = models.DateField(unique=True)  # its first day
    theme = models.CharField(max_length=150, blank=True)
    cohort = models.JSONField(default=dict, blank=True)  # narrows the pool (L3); empty: every case
    questions = ArrayField(models.CharField(max_length=300), default=list, blank=True)  # the theme's own
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, null=True, related_name="cycles")
    target = models.PositiveSmallIntegerField(default=30)
    groups = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # rota groups; empty: everybody
    strata_by = models.CharField(max_length=10, choices=Strata.choices, default=Strata.NONE, blank=True)
    strata_method = models.CharField(max_length=12, choices=StrataMethod.choices, default=StrataMethod.PROPORTIONAL)
    strata_minimum = models.PositiveSmallIntegerField(default=1)  # from each stratum that has a case
    strata_numbers = models.JSONField(default=dict, blank=True)  # stratum -> how many, where fixed
    evened_over = models.CharField(max_length=5, choices=Evened.choices, default=Evened.CYCLE)
    one_per_family = models.BooleanField(default=False)
    with_re_audits = models.BooleanField(default=True)  # those that are due come on top of the target (L6)
    due_on = models.DateField(null=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    paused_reason = models.CharField(max_length=200, blank=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="cycles_opened")
    opened_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="cycles_published")

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="cycle_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(status="paused", due_on__isnull=True)
                | (~Q(status="paused") & Q(due_on__isnull=False, template_version__isnull=False)),
                name="cycle_has_due_date_unless_paused",
            ),
            models.CheckConstraint(condition=Q(target__gte=1, target__lte=2000), name="cycle_target_in_range"),
            models.CheckConstraint(
                condition=Q(status__in=["published", "closed"], published_at__isnull=False)
                | Q(status__in=["open", "proposed", "paused"], published_at__isnull=True),
                name="cycle_published_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"
