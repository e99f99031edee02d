"""The audit that somebody is writing, for every page on which they write."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from audits.models import Audit
from audits.permissions import may_write
from people.form_fields import day_in_words
from people.requests import StaffRequest


class NotToWrite(PermissionDenied):
    """The page is not theirs to write, or not any more: what happened, and where to read on."""

    def __init__(self, audit: Audit, *, heading: str, why: str) -> None:
        super().__init__(why)
        self.heading = heading
        self.see = reverse("audits:detail", args=[audit.reference])
        self.see_text = f"Go to audit {audit.reference}"


def writable_audit(request: StaffRequest, reference: str, *also: str) -> Audit:
    """The audit, where this person is writing it: 404 out of sight, 403 where it is not theirs to write (any more).

    `also` names what else is read with it in the same query, e.g. "worker".
    """
    rows = Audit.objects.visible_to(request.user).select_related("case", *also)
    audit = get_object_or_404(rows, reference=reference)
    if not may_write(audit, request.user):
        raise _what_happened(audit, wrote=request.user.pk in {audit.auditor_id, audit.supervisor_id})
    return audit


def _what_happened(audit: Audit, *, wrote: bool) -> NotToWrite:
    """Told to those who come back to a page they wrote, and to those who never could."""
    if not wrote:
        why = "It is being written by somebody else, or it is finished."
        return NotToWrite(audit, heading="This audit is not yours to write", why=why)
    if audit.submitted_at is not None:
        at = timezone.localtime(audit.submitted_at)
        why = f"It was submitted on {day_in_words(at.date())} at {at:%H:%M}. Nothing in it can be changed any more."
        return NotToWrite(audit, heading="This audit is submitted", why=why)
    why = "It was taken back, so nothing in it can be changed any more. What was written is kept."
    return NotToWrite(audit, heading="This audit need not be done any more", why=why)
