"""Children's cases and who was involved in them."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from people.models import FileImport, Team, User
from people.roles import Permission
from people.wording import label


class Plan(models.TextChoices):
    """A child's plan, by code; the words people see come from the wording file. In order of precedence."""

    CHILD_IN_CARE = "child_in_care", "Child in care"
    CHILD_PROTECTION = "child_protection", "Child protection plan"
    PATHWAY = "pathway", "Pathway plan"
    CHILD_IN_NEED = "child_in_need", "Child in need plan"
    ASSESSMENT = "assessment", "Assessment"
    NONE = "none", "No current plan"
    CLOSED = "closed", "Closed"


def age_on(born: date | None, day: date) -> int | None:
    """Whole years on a day; None where the date of birth is not known or still to come."""
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, filtered the way users speak."""

    def open_on(self, day: date) -> CaseQuerySet:
        """Cases not closed on a day."""
        return self.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day))

    def visible_to(self, user: User) -> CaseQuerySet:
        """Every case for those who keep the pool; otherwise a worker's own cases and a manager's team's."""
        if user.can(Permission.VIEW_ALL_CASES):
            return self
        mine = Q(worker=user)
        if user.can(Permission.VIEW_TEAM_AUDITS) and user.team_id:
            mine |= Q(team_id=user.team_id)
        return self.filter(mine, restricted=False)


class Case(models.Model):
    """One child's (or care leaver's) case as the case management system has it."""

    reference = models.CharField(max_length=50, unique=True)  # Annex A: Child Unique ID
    child_name = models.CharField(max_length=200, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)  # empty before birth
    gender = models.CharField(max_length=60, blank=True)
    ethnicity = models.CharField(max_length=100, blank=True)
    primary_language = models.CharField(max_length=60, blank=True)
    disability = models.BooleanField(null=True, blank=True)
    plan = models.CharField(max_length=20, choices=Plan.choices, default=Plan.NONE)  # the one that takes precedence
    plans = ArrayField(
        models.CharField(max_length=20), default=list, blank=True
    )  # all of them, e.g. care and protection
    cp_category = models.CharField(max_length=100, blank=True)
    referral_date = models.DateField(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    team_name = models.CharField(max_length=150, blank=True)  # as in the file, also where no team of ours has that name
    worker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    worker_name = models.CharField(max_length=150, blank=True)
    chair = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="chaired_cases")
    family_reference = models.CharField(max_length=50, blank=True)
    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # cohorts, e.g. missing, exploitation
    facts = models.JSONField(default=dict, blank=True)  # other columns of Annex A that help an auditor, e.g. last visit
    restricted = models.BooleanField(default=False)
    last_import = models.ForeignKey(FileImport, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases")

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["reference"]
        constraints = [
            models.CheckConstraint(condition=~Q(reference=""), name="case_has_reference"),
        ]
        indexes = [
            models.Index("team", name="open_cases_by_team", condition=Q(closed_on__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def plan_label(self) -> str:
        """The council's word for the plan."""
        return label("plans", self.plan)

    def age_on(self, day: date) -> int | None:
        """Whole years on a day; None where the date of birth is not known, below zero never."""
        return age_on(self.date_of_birth, day)


class Involvement(models.Model):
    """A person's or a team's part in a case, from a day to a day. The conflict rule reads it (L2)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="involvements")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="involvements")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="involvements")
    professional_id = models.CharField(max_length=50, blank=True)  # SSD: invo_professional_id
    role = models.CharField(max_length=60, blank=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["starts", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(team__isnull=False) | ~Q(professional_id=""),
                name="involvement_of_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(starts__isnull=True) | Q(ends__gte=F("starts")),
                name="involvement_ends_after_start",
            ),
            models.UniqueConstraint(
                F("case"),
                F("user"),
                F("team"),
                F("professional_id"),
                F("role"),
                F("starts"),
                name="involvement_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.professional_id or self.user_id or self.team_id} in {self.case_id}"
