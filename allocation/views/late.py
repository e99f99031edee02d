"""The page for line managers: late audits by the people they manage, progress only."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.chasing.escalation import late_audits_for
from people.requests import StaffRequest

PER_PAGE = 50


@require_http_methods(["GET", "HEAD"])
def late(request: StaffRequest) -> HttpResponse:
    """Late audits whose progress this person follows: reference, auditor, due date, days late, nothing of a child."""
    today = timezone.localdate()
    audits = late_audits_for(request.user, today=today)
    page_obj = Paginator(audits, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(audit, (today - audit.due_on).days) for audit in page_obj]
    return render(request, "allocation/late.html", {"page_obj": page_obj, "rows": rows})
