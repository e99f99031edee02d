"""The actions of an audit that is being written."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import smart_actions
from audits.forms import SmartActionForm
from audits.models import Audit, SmartAction
from audits.views.writing import writable_audit
from people.line_management import working
from people.models import User
from people.requests import StaffRequest

PEOPLE = ("worker", "team", "team_manager", "supervisor")


def _owners(audit: Audit) -> list[User]:
    """Who may be given an action: the worker, the managers and members of the team, the chair."""
    people = [audit.worker, audit.team_manager, audit.case.chair]
    today = timezone.localdate()
    team = User.objects.working_on(today).filter(team=audit.team_id) if audit.team_id else User.objects.none()
    if audit.worker is None and audit.team_manager is None:
        people.append(audit.auditor)
    return [*[person for person in people if person and working(person, today=today)], *team]


@require_http_methods(["GET", "HEAD", "POST"])
def actions(request: StaffRequest, reference: str) -> HttpResponse:
    """The audit's actions while it is written, with a form to add one."""
    audit = writable_audit(request, reference, *PEOPLE, "case__chair")
    today = timezone.localdate()
    form = SmartActionForm(request.POST or None, owners=_owners(audit), today=today)
    if request.method == "POST" and form.is_valid():
        try:
            smart_actions.add(audit, **form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except smart_actions.ActionError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The action was added.")
            return redirect("audits:smart_actions", audit.reference)
    context = {"audit": audit, "form": form, "actions": audit.smart_actions.select_related("owner")}
    return render(request, "audits/smart_actions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_action(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """Change one action while the audit is written."""
    audit = writable_audit(request, reference)
    action = get_object_or_404(SmartAction, audit=audit, number=number)
    today = timezone.localdate()
    form = SmartActionForm(request.POST or None, instance=action, owners=_owners(audit), today=today)
    if request.method == "POST" and form.is_valid():
        try:
            smart_actions.change(action, **form.cleaned_data, by=request.user, today=today)
        except smart_actions.ActionError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The action was changed.")
            return redirect("audits:smart_actions", audit.reference)
    return render(request, "audits/change_action.html", {"audit": audit, "form": form, "action": action})


@require_http_methods(["GET", "HEAD", "POST"])
def remove_action(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """Ask, then take an action out."""
    audit = writable_audit(request, reference)
    action = get_object_or_404(SmartAction.objects.select_related("audit", "owner"), audit=audit, number=number)
    if request.method == "POST":
        try:
            smart_actions.remove(action, by=request.user)
        except smart_actions.ActionError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The action was removed.")
        return redirect("audits:smart_actions", audit.reference)
    return render(request, "audits/remove_action.html", {"audit": audit, "action": action})
