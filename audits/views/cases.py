"""Children's cases: the list and one case."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.annex_a_lists import FACT_DATES, FACT_LABELS
from audits.deadlines import review_window
from audits.forms_import import CaseFilter
from audits.models import Audit, Case
from audits.models.case import CaseQuerySet
from people.forms import chosen
from people.requests import StaffRequest
from people.roles import Permission
from people.wording import label

PER_PAGE = 50


@require_http_methods(["GET", "HEAD"])
def cases(request: StaffRequest) -> HttpResponse:
    """Every case, by id, plan, team, worker, open or closed. No child is named here."""
    if not request.user.can(Permission.VIEW_ALL_CASES):
        raise PermissionDenied
    form = CaseFilter(request.GET)
    wanted = chosen(form)
    today = timezone.localdate()
    rows = narrowed(Case.objects.visible_to(request.user), wanted, today=today)
    context = {
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "filters": form,
        "filtered": bool(wanted),
        "may_import": request.user.can(Permission.IMPORT_CASES),
    }
    return render(request, "audits/cases.html", context)


def narrowed(rows: CaseQuerySet, wanted: dict[str, Any], *, today: date) -> CaseQuerySet:
    """The cases that fit the filter: open ones unless it says otherwise."""
    state = wanted.get("state", "open")
    if state == "open":
        rows = rows.open_on(today)
    elif state == "closed":
        rows = rows.filter(closed_on__lte=today)
    if q := wanted.get("q"):
        rows = rows.filter(reference__icontains=q)
    if plan := wanted.get("plan"):
        rows = rows.filter(Q(plan=plan) | Q(plans__contains=[plan]))
    if team := wanted.get("team"):
        rows = rows.filter(team=team)
    if worker := wanted.get("worker"):
        rows = rows.filter(Q(worker__name__icontains=worker) | Q(worker_name__icontains=worker))
    return rows.select_related("team", "worker").order_by("reference")


@require_http_methods(["GET", "HEAD"])
def case(request: StaffRequest, pk: int) -> HttpResponse:
    """One case: what is known of it, who was involved, and its audits as far as this person may see them."""
    rows = Case.objects.visible_to(request.user).select_related("team", "worker", "chair", "last_import")
    found = get_object_or_404(rows.defer("last_import__content"), pk=pk)
    today = timezone.localdate()
    context = {
        "case": found,
        "is_open": found.closed_on is None or found.closed_on > today,
        "rows": details(found, today=today),
        "facts": facts(found),
        "flags": [flag.replace("_", " ").capitalize() for flag in found.flags],
        "involvements": found.involvements.select_related("user", "team").order_by("-starts", "pk"),
        "audits": Audit.objects.visible_to(request.user).filter(case=found).select_related("auditor"),
        "window": review_window(today, found.referral_date),
    }
    return render(request, "audits/case.html", context)


def details(found: Case, *, today: date) -> list[dict[str, Any]]:
    """The rows of the summary list."""
    age = found.age_on(today)
    born = f"{day_text(found.date_of_birth)} (aged {age})" if age is not None else day_text(found.date_of_birth)
    pairs = (
        ("Name", found.child_name),
        ("Date of birth", born),
        ("Gender", found.gender),
        ("Ethnicity", found.ethnicity),
        ("Primary language", found.primary_language),
        ("Disability", {True: "Yes", False: "No", None: ""}[found.disability]),
        ("Plan", plan_text(found)),
        ("Child protection category", found.cp_category),
        ("Team", found.team.name if found.team else unknown(found.team_name)),
        ("Worker", found.worker.name if found.worker else unknown(found.worker_name)),
        ("Reviewing officer or chair", found.chair.name if found.chair else ""),
        ("Latest referral", day_text(found.referral_date)),
        ("Opened", day_text(found.opened_on)),
        ("Closed", day_text(found.closed_on)),
    )
    return [{"key": key, "value": value} for key, value in pairs]


def plan_text(found: Case) -> str:
    others = [label("plans", plan) for plan in found.plans if plan != found.plan]
    return "; also ".join([found.plan_label, ", ".join(others)]) if others else found.plan_label


def unknown(name: str) -> str:
    return f"{name} (not known in the portal)" if name else ""


def day_text(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


def facts(found: Case) -> list[dict[str, str]]:
    """What the last file said beside the standards, with the words for each."""
    return [
        {"key": words, "value": fact_text(code, str(found.facts[code]))}
        for code, words in FACT_LABELS.items()
        if found.facts.get(code)
    ]


def fact_text(code: str, value: str) -> str:
    try:
        return day_text(date.fromisoformat(value)) if code in FACT_DATES else value
    except ValueError:
        return value
