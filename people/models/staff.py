"""Who works here: people, teams, absences, and the days nobody works."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from people.roles import JobRole, Permission, auditing_roles, permissions_of
from people.wording import label


class Area(models.Model):
    """A part of the council's map, e.g. North."""

    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """A branch of children's services under one head of service."""

    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A team of workers under a team manager."""

    name = models.CharField(max_length=150, unique=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="teams")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="teams", null=True, blank=True)
    is_active = models.BooleanField(default=True)
    multi_agency = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    """People, filtered the way users speak."""

    def working_on(self, day: date) -> UserQuerySet:
        """Those employed on a day: started, not left, account on."""
        return self.filter(
            Q(start_date__isnull=True) | Q(start_date__lte=day),
            Q(leave_date__isnull=True) | Q(leave_date__gt=day),
            is_active=True,
        )

    def absent_on(self, day: date) -> UserQuerySet:
        """Those with an absence that covers a day."""
        return self.filter(absences__starts__lte=day, absences__ends__gte=day).distinct()

    def auditors(self) -> UserQuerySet:
        """Those expected to audit: by job role unless the person's own record says otherwise."""
        return self.filter(Q(audits_as_rule=True) | Q(audits_as_rule__isnull=True, job_role__in=auditing_roles()))

    def visible_to(self, user: User) -> UserQuerySet:
        """The staff records this person may see: all for those who keep them, otherwise only their own."""
        return self if user.can(Permission.VIEW_STAFF) else self.filter(pk=user.pk)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    """Makes accounts; e-mail addresses are kept in lower case."""

    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> User:
        """A new person. Without a password the account cannot be signed in to until one is set."""
        user: User = self.model(email=email.strip().lower(), name=name, **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff. Whatever they may do follows from the job role (people.roles)."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    staff_number = models.CharField(max_length=50, blank=True)  # as in the case system: prof_staff_id
    job_role = models.CharField(max_length=40, choices=JobRole.choices)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="members")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="members")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="members")
    line_manager = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports")
    start_date = models.DateField(null=True, blank=True)
    leave_date = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    audits_as_rule = models.BooleanField(null=True, blank=True)  # None: as the job role says
    monthly_quota = models.PositiveSmallIntegerField(default=1)
    audit_group = models.CharField(max_length=20, blank=True)  # rota group, e.g. A, B or C

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case"),
            models.UniqueConstraint(F("staff_number"), name="user_staff_number_unique", condition=~Q(staff_number="")),
            models.CheckConstraint(
                condition=Q(line_manager__isnull=True) | ~Q(line_manager=F("id")), name="user_not_own_manager"
            ),
            models.CheckConstraint(
                condition=Q(leave_date__isnull=True) | Q(start_date__isnull=True) | Q(leave_date__gte=F("start_date")),
                name="user_leaves_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def can(self, permission: Permission) -> bool:
        """Whether the job role holds a permission; nobody does whose account is off."""
        return self.is_active and permission in permissions_of(self.job_role)

    @property
    def job_title(self) -> str:
        """The council's word for the job role."""
        return label("roles", self.job_role)


class Absence(models.Model):
    """Days on which a person is away; both ends included."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    starts = models.DateField()
    ends = models.DateField()
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["starts"]
        constraints = [models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="absence_ends_after_start")]

    def __str__(self) -> str:
        return f"{self.user} away {self.starts} to {self.ends}"


class Holiday(models.Model):
    """A day that is no working day: England's bank holidays and the council's own closure days."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=100)
    closure = models.BooleanField(default=False)  # the council's own

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"
