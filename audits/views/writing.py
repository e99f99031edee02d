"""The audit that somebody is writing, for every page on which they write."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from audits.models import Audit
from audits.permissions import may_write
from people.requests import StaffRequest


def writable_audit(request: StaffRequest, reference: str, *also: str) -> Audit:
    """The audit, where this person is writing it: 404 out of sight, 403 where it is not theirs to write (any more).

    `also` names what else is read with it in the same query, e.g. "worker".
    """
    rows = Audit.objects.visible_to(request.user).select_related("case", *also)
    audit = get_object_or_404(rows, reference=reference)
    if not may_write(audit, request.user):
        raise PermissionDenied("This audit is submitted or belongs to somebody else.")
    return audit
