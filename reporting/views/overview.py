"""The home page and the dashboards."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from allocation.months.certificate import latest_for
from people.models import User
from people.requests import StaffRequest
from people.roles import Permission
from reporting.dashboard import GROUPS, programme_dashboard, team_dashboard
from reporting.waiting import programme, waiting_on


def month_of(text: str) -> date:
    """The first day of a month written as 2026-11. Raises Http404 for anything else."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404("There is no such month.") from error


@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """What waits on whoever is signed in."""
    user, today = request.user, timezone.localdate()
    context = {
        "waiting": waiting_on(user, today=today, at=timezone.now()),
        "programme": programme(user, today=today),
        "today": today,
        "has_dashboard": may_see_dashboard(user),
        "has_notes": user.can(Permission.AUDIT) or user.can(Permission.ANSWER_PART_B_AS_WORKER),
        "has_requests": user.can(Permission.AUDIT) or user.can(Permission.MANAGE_CYCLES),
    }
    return render(request, "reporting/home.html", context)


def may_see_dashboard(user: User) -> bool:
    """The programme's dashboard for those who follow it; their own team's for team managers."""
    return user.can(Permission.VIEW_DASHBOARD) or (user.can(Permission.VIEW_TEAM_AUDITS) and user.team_id is not None)


@require_safe
def dashboard(request: StaffRequest) -> HttpResponse:
    """The programme's dashboard, or a team manager's own."""
    user, today = request.user, timezone.localdate()
    if not may_see_dashboard(user):
        raise PermissionDenied
    everything = user.can(Permission.VIEW_ALL_AUDITS)  # the list of actions has no filter by team or service
    links = {"links": reverse("audits:list"), "action_links": reverse("audits:actions") if everything else ""}
    if not user.can(Permission.VIEW_DASHBOARD):
        return render(request, "reporting/team_dashboard.html", {**links, **team_dashboard(user, today=today)})
    month = month_of(request.GET["month"]) if request.GET.get("month") else today.replace(day=1)
    by = request.GET.get("by", "service")
    shown = programme_dashboard(user, month=month, by=by if by in GROUPS else "service", today=today)
    draw = latest_for(user, month) if user.can(Permission.READ_CERTIFICATES) else None
    return render(request, "reporting/dashboard.html", {**links, **shown, "draw_number": draw})
