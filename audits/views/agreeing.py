"""A learner asks the supervisor to agree; the supervisor agrees, or not yet (P4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import co_auditing, supervising
from audits.answering import NotThere, NotWritable
from audits.forms.not_yet import NotYetForm
from audits.models import Audit
from audits.views.check import PEOPLE, show
from audits.views.kept import refuse_another_writer
from audits.views.writing import writable_audit
from people.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def ask_agreement(request: StaffRequest, reference: str) -> HttpResponse:
    """The learner asks the supervisor to read the audit and agree. Who comes by its address is led to the page."""
    if request.method != "POST":
        return redirect("audits:check", reference)
    audit = writable_audit(request, reference)
    if problem := _problem(request, audit, co_auditing.ask):
        messages.error(request, problem)
    else:
        messages.success(request, "Your supervisor has been asked. You get an email when they agree.")
    return redirect("audits:check", reference)


@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: StaffRequest, reference: str) -> HttpResponse:
    """The supervisor agrees with what is written, as it was shown to them. Who comes by its address is led there."""
    if request.method != "POST":
        return redirect("audits:check", reference)
    audit = writable_audit(request, reference)
    if problem := _problem(request, audit, co_auditing.agree, seen=request.POST.get("seen", "")):
        messages.error(request, problem)
    else:
        messages.success(request, "Thank you. The auditor has been told and can submit now.")
    return redirect("audits:check", reference)


@require_http_methods(["GET", "HEAD", "POST"])
def not_yet(request: StaffRequest, reference: str) -> HttpResponse:
    """The supervisor does not agree yet, and tells the learner what they would change.

    Where that cannot be, the check page says why beside what they wrote. Who comes by its address is led there.
    """
    if request.method != "POST":
        return redirect("audits:check", reference)
    refuse_another_writer(request)
    audit = writable_audit(request, reference, *PEOPLE)
    if audit.supervisor_id != request.user.pk:
        raise PermissionDenied("Only the supervisor of the auditor can answer this.")
    form = NotYetForm(request.POST, learner=audit.auditor.name)
    if form.is_valid():
        problem = _problem(request, audit, supervising.not_yet, what=form.cleaned_data["what"])
        if not problem:
            messages.success(request, "The auditor has been told, and asks you again once it is changed.")
            return redirect("audits:check", reference)
        form.add_error("what", problem)
    return show(request, audit, said=form)


def _problem(request: StaffRequest, audit: Audit, take: Callable[..., Any], **said: str) -> str:
    """Take one step of the agreement; returns why it cannot be taken now, or nothing.

    Raises Http404 or PermissionDenied where it is not theirs to take (any more).
    """
    try:
        take(audit, by=request.user, at=timezone.now(), today=timezone.localdate(), **said)
    except NotThere as missing:
        raise Http404 from missing
    except NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    except co_auditing.AgreementError as refused:
        return str(refused)
    return ""
