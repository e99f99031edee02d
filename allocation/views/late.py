"""Late audits, progress only: for line managers those of people they manage, for the programme all of them; and why."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.chasing import non_return
from allocation.chasing.escalation import followed_by, late_audits_for
from allocation.forms.chase_forms import WhyLateForm
from allocation.month_lock import CycleError
from audits.models import Audit
from people.models import User
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50


@require_http_methods(["GET", "HEAD"])
def late(request: StaffRequest) -> HttpResponse:
    """Late audits whose progress this person follows: reference, auditor, due date, days late, nothing of a child."""
    today = timezone.localdate()
    audits = late_audits_for(request.user, today=today)
    page_obj = Paginator(audits, PER_PAGE).get_page(request.GET.get("page"))
    said = non_return.said_last(audit.pk for audit in page_obj)
    rows = [(audit, (today - audit.due_on).days, said.get(audit.pk)) for audit in page_obj]
    context = {
        "page_obj": page_obj,
        "rows": rows,
        "every_audit": request.user.can(Permission.MANAGE_CYCLES),
        "manages_somebody": bool(rows) or request.user.reports.exists(),
    }
    return render(request, "allocation/late.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def why_late(request: StaffRequest, reference: str) -> HttpResponse:
    """Say why an audit did not come back in time: its auditor, their managers, the programme."""
    audit, today = _followed(request.user, reference), timezone.localdate()
    if not non_return.was_missed(audit, today=today):
        messages.error(request, f"Audit {audit.reference} did not miss its due date, so there is nothing to explain.")
        return _back(request.user, audit)
    last = non_return.said_last([audit.pk]).get(audit.pk)
    first = {"reason": last.reason, "note": last.note} if last else None
    form = WhyLateForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            non_return.record(audit, **form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Recorded why audit {audit.reference} did not come back in time.")
            return _back(request.user, audit)
    context = {"audit": audit, "form": form, "last": last, "is_mine": audit.auditor_id == request.user.pk}
    return render(request, "allocation/why_late.html", context)


def _followed(user: User, reference: str) -> Audit:
    """An audit that this person may say it of. Raises PermissionDenied where they only see the audit, else Http404."""
    audits = Audit.objects.select_related("auditor__line_manager")
    theirs = followed_by(user, audits).filter(reference=reference) | audits.filter(reference=reference, auditor=user)
    found = theirs.first()
    if found is not None:
        return found
    if Audit.objects.visible_to(user).filter(reference=reference).exists():
        raise PermissionDenied
    raise Http404


def _back(user: User, audit: Audit) -> HttpResponse:
    """The auditor came from the audit, everybody else from the list."""
    if audit.auditor_id == user.pk:
        return redirect("audits:detail", audit.reference)
    return redirect("allocation:late")
