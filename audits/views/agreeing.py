"""A learner asks the supervisor to agree; the supervisor agrees, or not yet (P4)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from audits import co_auditing, supervising
from audits.answering import NotWritable
from audits.views.writing import writable_audit
from people.requests import StaffRequest


@require_POST
def ask_agreement(request: StaffRequest, reference: str) -> HttpResponse:
    """The learner asks the supervisor to read the audit and agree."""
    audit = writable_audit(request, reference)
    try:
        co_auditing.ask(audit, by=request.user, at=timezone.now(), today=timezone.localdate())
    except NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    except co_auditing.AgreementError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Your supervisor has been asked. You get an email when they agree.")
    return redirect("audits:check", audit.reference)


@require_POST
def agree(request: StaffRequest, reference: str) -> HttpResponse:
    """The supervisor agrees with what is written, as it was shown to them."""
    audit = writable_audit(request, reference)
    seen = request.POST.get("seen", "")
    try:
        co_auditing.agree(audit, seen=seen, by=request.user, at=timezone.now(), today=timezone.localdate())
    except NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    except co_auditing.AgreementError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Thank you. The auditor has been told and can submit now.")
    return redirect("audits:check", audit.reference)


@require_POST
def not_yet(request: StaffRequest, reference: str) -> HttpResponse:
    """The supervisor does not agree yet, and tells the learner what they would change."""
    audit = writable_audit(request, reference)
    what = request.POST.get("what", "")
    try:
        supervising.not_yet(audit, what=what, by=request.user, at=timezone.now(), today=timezone.localdate())
    except NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    except co_auditing.AgreementError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{audit.auditor.name} has been told, and asks you again once it is changed.")
    return redirect("audits:check", audit.reference)
