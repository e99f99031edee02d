"""Who works here: people, teams, absences; the mail queued for them; and who did what."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

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


PRIVATE_MAIL = "private note"  # the kind of mail of which only its recipient may know (A15)


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Mail, filtered the way users speak."""

    def visible_to(self, user: User) -> OutgoingMailQuerySet:
        """All mail for those who may see what was sent, otherwise none; of private mail each only their own."""
        if not user.can(Permission.VIEW_MAIL):
            return self.none()
        return self.exclude(~Q(recipient=user), kind=PRIVATE_MAIL)

    def private_undelivered(self) -> OutgoingMailQuerySet:
        """Private mail that could not be delivered; of it only whose address does not work may be told."""
        return self.filter(kind=PRIVATE_MAIL, status=OutgoingMail.Status.FAILED)


class OutgoingMail(models.Model):
    """One email to one person: written with what it is about, sent afterwards, kept as the record that it went."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be delivered"

    key = models.CharField(max_length=200, unique=True)  # the same event for the same person is queued once
    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mail")
    address = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    attachment_name = models.CharField(max_length=100, blank=True)  # a calendar entry, e.g. meeting.ics
    attachment = models.TextField(blank=True)
    urgent = models.BooleanField(default=False)
    about = models.CharField(max_length=60, blank=True)  # what it is about, as text, e.g. audit:2026-11-0007
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    message_id = models.CharField(max_length=200)  # the same on every attempt
    date_header = models.DateTimeField()  # the same on every attempt
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="mail_sent_has_time",
            )
        ]
        indexes = [
            models.Index(F("urgent").desc(), "next_attempt_at", name="mail_to_send", condition=Q(status="queued")),
            models.Index("about", name="mail_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id} ({self.status})"


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


class FileImportQuerySet(models.QuerySet["FileImport"]):
    """Imported files, filtered the way users speak."""

    def visible_to(self, user: User) -> FileImportQuerySet:
        """Files of staff for those who import staff; files of cases for those who import cases."""
        staff = FileImport.Kind.STAFF
        allowed = {staff} if user.can(Permission.IMPORT_STAFF) else set()
        if user.can(Permission.IMPORT_CASES):
            allowed |= set(FileImport.Kind) - {staff}
        return self.filter(kind__in=allowed)


class FileImport(models.Model):
    """A file of people, cases or involvements: read and previewed first, applied or discarded afterwards."""

    class Kind(models.TextChoices):
        STAFF = "staff", "Staff"
        ANNEX_A = "annex_a", "Annex A workbook"
        CASES = "cases", "Cases"
        INVOLVEMENTS = "involvements", "Involvements"

    class Status(models.TextChoices):
        MAPPING = "mapping", "Columns to be matched"
        PREVIEW = "preview", "Ready to check"
        APPLIED = "applied", "Saved"
        DISCARDED = "discarded", "Discarded"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PREVIEW)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)  # kept only until applied or discarded
    mapping = models.JSONField(default=dict, blank=True)  # our field -> the file's column
    options = models.JSONField(default=dict, blank=True)  # full: lists every open case; add_teams
    counts = models.JSONField(default=dict, blank=True)  # rows, added, changed, unchanged, closed, merged, refused
    notes = models.JSONField(default=list, blank=True)  # about the whole file, e.g. a list that is missing
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="file_imports")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = FileImportQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.file_name}"


class FileImportRow(models.Model):
    """What one row of a file will do, or why it was refused."""

    class Outcome(models.TextChoices):
        ADDED = "added", "Added"
        CHANGED = "changed", "Changed"
        UNCHANGED = "unchanged", "No change"
        CLOSED = "closed", "Closed"
        MERGED = "merged", "Joined to another row"
        REFUSED = "refused", "Refused"
        ABSENT = "absent", "Not in this file"

    file_import = models.ForeignKey(FileImport, on_delete=models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField()  # as the spreadsheet counts, the heading is row 1; 0: not in the file
    reference = models.CharField(max_length=100, blank=True)  # the child's or person's id in the file
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    message = models.CharField(max_length=500, blank=True)  # the reason, or what changes; nothing about a child
    warning = models.BooleanField(default=False)  # accepted, but somebody should look at it
    data = models.JSONField(default=dict, blank=True)  # what the preview shows; emptied once saved

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index("file_import", "outcome", name="import_row_outcome")]

    def __str__(self) -> str:
        return f"{self.sheet} row {self.number}: {self.outcome}"


class ColumnMapping(models.Model):
    """Which column of a file holds which of our fields: matched once, remembered for files with the same headings."""

    kind = models.CharField(max_length=20, choices=FileImport.Kind.choices)
    headings_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField()
    remembered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="column_mappings")
    remembered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(F("kind"), F("headings_sha256"), name="mapping_once_per_headings")]

    def __str__(self) -> str:
        return f"{self.kind} columns"


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
