"""A learner asks the supervisor to agree; the supervisor agrees, or not yet (P4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    return _taken(
        request, reference, co_auditing.ask, "Your supervisor has been asked. You get an email when they agree."
    )


@require_POST
def agree(request: StaffRequest, reference: str) -> HttpResponse:
    """The supervisor agrees with what is written, as it was shown to them."""
    done = "Thank you. The auditor has been told and can submit now."
    return _taken(request, reference, co_auditing.agree, done, seen=request.POST.get("seen", ""))


@require_POST
def not_yet(request: StaffRequest, reference: str) -> HttpResponse:
    """The supervisor does not agree yet, and tells the learner what they would change."""
    done = "The auditor has been told, and asks you again once it is changed."
    return _taken(request, reference, supervising.not_yet, done, what=request.POST.get("what", ""))


def _taken(request: StaffRequest, reference: str, take: Callable[..., Any], done: str, **said: str) -> HttpResponse:
    """Take one step of the agreement, say how it went, and show the check page again."""
    audit = writable_audit(request, reference)
    try:
        take(audit, by=request.user, at=timezone.now(), today=timezone.localdate(), **said)
    except NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    except co_auditing.AgreementError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("audits:check", audit.reference)
