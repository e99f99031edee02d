"""Who works here: the list and one person."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from people import leaving
from people.absences import current_and_coming, may_change
from people.forms import PeopleFilter, chosen
from people.line_management import managers_above, working
from people.models import User
from people.requests import StaffRequest
from people.roles import ROLES, Permission

PER_PAGE = 50
DECIDE_COMPETENCY = (Permission.MANAGE_CYCLES, Permission.EVALUATE_AUDITORS, Permission.SIGN_OFF_AUDITORS)


@require_http_methods(["GET", "HEAD"])
def people_list(request: StaffRequest) -> HttpResponse:
    """Everybody on the staff list, by name, team or job role."""
    if not request.user.can(Permission.VIEW_STAFF):
        raise PermissionDenied
    form = PeopleFilter(request.GET)
    wanted = chosen(form)
    rows = User.objects.visible_to(request.user).select_related("team", "line_manager").order_by("name", "pk")
    if q := wanted.get("q"):
        rows = rows.filter(Q(name__icontains=q) | Q(email__icontains=q))
    if team := wanted.get("team"):
        rows = rows.filter(team=team)
    if role := wanted.get("role"):
        rows = rows.filter(job_role=role)
    context = {
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "filters": form,
        "filtered": bool(wanted),
        "may_import": request.user.can(Permission.IMPORT_STAFF),
        "sees_competency": any(request.user.can(permission) for permission in DECIDE_COMPETENCY),
        "today": timezone.localdate(),
    }
    return render(request, "people/list.html", context)


@require_http_methods(["GET", "HEAD"])
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One person: where they work, who is above and below them, when they are away."""
    rows = User.objects.visible_to(request.user).select_related("team", "service", "area", "line_manager")
    person = get_object_or_404(rows, pk=pk)
    today = timezone.localdate()
    context = {
        "person": person,
        "works_here": working(person, today=today),
        "managers": list(managers_above(person, today=today)),
        "reports": person.reports.working_on(today).select_related("team"),
        "absences": current_and_coming(person, today=today),
        "may_change_absences": may_change(person, by=request.user),
        "may_change_auditing": request.user.can(Permission.IMPORT_STAFF),
        "may_record_leaving": request.user.can(Permission.IMPORT_STAFF) and person != request.user,
        "leaving": leaving.in_words(person, today=today),
        "role": ROLES.get(person.job_role),
        "audits": person.audits_as_rule if person.audits_as_rule is not None else audits_by_role(person),
        "may_open_others": request.user.can(Permission.VIEW_STAFF),
    }
    return render(request, "people/detail.html", context)


def audits_by_role(person: User) -> bool:
    role = ROLES.get(person.job_role)
    return bool(role and role.audits)
