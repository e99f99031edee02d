"""Files of people and cases: read, previewed, applied."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from people.models.staff import User
from people.roles import Permission


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
