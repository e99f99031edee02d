"""What is learnt from an audit beyond the case: points for the organisation, and private notes for the worker."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from people.models import User


@pghistory.track()
class LearningPoint(models.Model):
    """Something that the organisation, not the worker, should learn or change (A14)."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="learning_points")
    number = models.PositiveSmallIntegerField()
    what = models.TextField()
    how = models.TextField()
    who = models.CharField(max_length=200)  # a role or a person, in words
    due_on = models.DateField()

    class Meta:
        ordering = ["audit_id", "number"]
        constraints = [models.UniqueConstraint(F("audit"), F("number"), name="learning_point_number_once")]

    def __str__(self) -> str:
        return f"{self.audit_id} learning point {self.number}"


class DevelopmentNoteQuerySet(models.QuerySet["DevelopmentNote"]):
    """Development notes, filtered the way users speak."""

    def visible_to(self, user: User) -> DevelopmentNoteQuerySet:
        """Only those three: who wrote it, whom it is for, and the line manager it went to. Nobody's job opens it."""
        return self.filter(Q(written_by=user) | Q(worker=user) | Q(line_manager=user))


class DevelopmentNote(models.Model):
    """A note on the worker's own development, from the auditor to the worker and the worker's line manager (A15).

    It is no part of the audit: no document, export, report or bundle about a child may read this table (R51).
    """

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="development_notes")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="development_notes")
    line_manager = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="development_notes_of_staff"
    )
    text = models.TextField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="development_notes_written")
    written_at = models.DateTimeField()

    objects = DevelopmentNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="development_note_says_something")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Development note {self.pk}"
