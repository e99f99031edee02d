"""One audit as a PDF for the child's record, and as a Word document that can be edited (A21)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from audits.messages import about
from audits.models import Audit
from audits.permissions import may_read_answers
from audits.whole_audit import whole_audit, with_everyone
from people import activity
from people.requests import StaffRequest
from reporting import audit_pdf, audit_word
from reporting.draw_certificate import NoPdfError

PDF = "application/pdf"


def readable_audit(request: StaffRequest, reference: str) -> Audit:
    """The audit, where this person may read what it says now: submitted, or being written by them."""
    audit = get_object_or_404(with_everyone(Audit.objects.visible_to(request.user)), reference=reference)
    there = audit.is_unfinished or audit.is_submitted
    if not (there and may_read_answers(audit, request.user)):
        raise PermissionDenied
    return audit


def _handed_out(request: StaffRequest, audit: Audit, made: bytes, *, name: str, kind: str) -> HttpResponse:
    """The document as a download, and a line in the activity about who has it now."""
    activity.record(
        "downloaded an audit as a document", target=about(audit), by=request.user, at=timezone.now(), document=name
    )
    response = HttpResponse(made, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def audit_as_pdf(request: StaffRequest, reference: str) -> HttpResponse:
    """The audit as a tagged PDF."""
    audit = readable_audit(request, reference)
    try:
        made = audit_pdf.audit_pdf(whole_audit(audit, today=timezone.localdate()))
    except NoPdfError as error:
        messages.error(request, str(error))
        return redirect("audits:detail", audit.reference)
    return _handed_out(request, audit, made, name=audit_pdf.file_name(audit.reference), kind=PDF)


@require_GET
def audit_as_word(request: StaffRequest, reference: str) -> HttpResponse:
    """The audit as a Word document."""
    audit = readable_audit(request, reference)
    made = audit_word.audit_word(whole_audit(audit, today=timezone.localdate()))
    return _handed_out(request, audit, made, name=audit_word.file_name(audit.reference), kind=audit_word.KIND)
