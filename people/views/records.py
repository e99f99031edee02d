"""What was done: the activity list."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from people.forms import ActivityFilter, chosen
from people.models import Activity
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50


@require_http_methods(["GET", "HEAD"])
def activity(request: StaffRequest) -> HttpResponse:
    """Who did what to what, the latest first."""
    if not request.user.can(Permission.VIEW_ACTIVITY):
        raise PermissionDenied
    form = ActivityFilter(request.GET)
    wanted = chosen(form)
    rows = Activity.objects.visible_to(request.user).select_related("by").order_by("-at", "-pk")
    if q := wanted.get("q"):
        rows = rows.filter(Q(verb__icontains=q) | Q(target__icontains=q) | Q(by__name__icontains=q))
    context = {
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "filters": form,
        "filtered": bool(wanted),
    }
    return render(request, "people/activity.html", context)
