"""Texts that came too late to be the page's text: kept beside it, so that nothing typed is ever lost."""

from __future__ import annotations

import pgtrigger
from django.db import models

from audits.models.audit import Audit
from people.models import User


class StaleDraft(models.Model):
    """What somebody typed on a page that had been changed elsewhere meanwhile (R4). The text never changes or goes."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="stale_drafts")
    page = models.CharField(max_length=20)
    content = models.JSONField(default=dict)
    base_revision = models.PositiveIntegerField()  # what the writer had before them
    met_revision = models.PositiveIntegerField()  # what was stored when it came
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="stale_drafts")
    undecided = models.JSONField(default=list)  # names of inputs where the writer has yet to choose: offered again

    class Meta:
        ordering = ["audit_id", "page", "pk"]
        indexes = [models.Index("audit", "page", name="stale_draft_of_page")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="text_stays", exclude=["undecided"]),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.page} beside r{self.met_revision}"
