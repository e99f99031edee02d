"""Actions after the audit: the list, and each one until it is done and verified."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import smart_actions
from audits.forms import CompleteActionForm
from audits.models import Audit, SmartAction
from audits.pages import is_adult
from audits.permissions import may_complete_action
from people.requests import StaffRequest

PER_PAGE = 50
SHOWN = [("open", "Open"), ("overdue", "Overdue"), ("done", "Done"), ("all", "All")]


@require_http_methods(["GET", "HEAD"])
def actions(request: StaffRequest) -> HttpResponse:
    """The actions this person may see: their own first, or all, open or done."""
    today = timezone.localdate()
    shown = request.GET.get("show", "open")
    rows = SmartAction.objects.visible_to(request.user).filter(audit__submitted_at__isnull=False)
    if request.GET.get("mine"):
        rows = rows.filter(owner=request.user)
    if shown == "overdue":
        rows = rows.overdue(today)
    elif shown == "done":
        rows = rows.filter(done_on__isnull=False)
    elif shown != "all":
        shown, rows = "open", rows.open()
    rows = rows.select_related("audit", "audit__team", "owner").order_by("due_on", "pk")
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    late = {action.pk for action in page_obj if action.is_overdue(today)}
    context = {
        "page_obj": page_obj,
        "late": late,
        "shown": shown,
        "choices": SHOWN,
        "mine": bool(request.GET.get("mine")),
    }
    return render(request, "audits/actions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: StaffRequest, pk: int) -> HttpResponse:
    """One action; its owner or the team manager records here that it is done."""
    rows = SmartAction.objects.visible_to(request.user).filter(audit__submitted_at__isnull=False)
    found = get_object_or_404(rows.select_related("audit__case", "owner", "done_by", "audit__team"), pk=pk)
    may_complete = may_complete_action(found, request.user)
    form = CompleteActionForm(request.POST or None) if may_complete else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied("Only the owner of the action or the team manager can record it as done.")
        if form.is_valid() and _complete(request, found, form):
            messages.success(request, "The action is recorded as done.")
            return redirect("audits:action", found.pk)
    late = found.is_overdue(timezone.localdate())
    sees_audit = Audit.objects.visible_to(request.user).filter(pk=found.audit_id).exists()
    context = {"action": found, "form": form, "late": late, "sees_audit": sees_audit}
    context["adult"] = is_adult(found.audit)
    return render(request, "audits/action.html", context)


def _complete(request: StaffRequest, found: SmartAction, form: CompleteActionForm) -> bool:
    at, today = timezone.now(), timezone.localdate()
    try:
        smart_actions.complete(found, evidence=form.cleaned_data["evidence"], by=request.user, at=at, today=today)
    except smart_actions.ActionError as refused:
        form.add_error(None, str(refused))
        return False
    return True
