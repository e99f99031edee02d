"""Late audits, progress only: for line managers those of people they manage, for the programme all of them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.chasing.escalation import late_audits_for
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50


@require_http_methods(["GET", "HEAD"])
def late(request: StaffRequest) -> HttpResponse:
    """Late audits whose progress this person follows: reference, auditor, due date, days late, nothing of a child."""
    today = timezone.localdate()
    audits = late_audits_for(request.user, today=today)
    page_obj = Paginator(audits, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(audit, (today - audit.due_on).days) for audit in page_obj]
    context = {
        "page_obj": page_obj,
        "rows": rows,
        "every_audit": request.user.can(Permission.MANAGE_CYCLES),
        "manages_somebody": bool(rows) or request.user.reports.exists(),
    }
    return render(request, "allocation/late.html", context)
