"""Actions after the audit: the list, what is overdue by whom, each one until it is verified and looked back on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import action_findings, action_lists, action_rights, following_actions, looking_back
from audits.after.moderation_blind import hides_judgement
from audits.models import ActionStep, Audit, Helped, SmartAction
from audits.pages import is_adult
from audits.structure import form_of
from audits.views.action_steps import SEVERAL, STEPS, Step
from people.models import User
from people.requests import StaffRequest

PER_PAGE = 50
NAMED = ("audit__team", "audit__team_manager", "owner")
AT_ONCE = ("done", "verify", "look-back")  # asked on the action's own page
NOT_YOURS = "You cannot do this with this action now. Go back to it to see how it stands."


@require_http_methods(["GET", "HEAD"])
def actions(request: StaffRequest) -> HttpResponse:
    """The actions this person may see, with filters that stay while they page through."""
    today = timezone.localdate()
    chosen = action_lists.ActionFilter(request.GET, user=request.user, today=today)
    rows = SmartAction.objects.visible_to(request.user).filter(audit__submitted_at__isnull=False)
    rows = chosen.apply(rows).select_related(*NAMED).order_by("due_on", "pk")
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "filter": chosen,
        "late": {action.pk for action in page_obj if action.is_overdue(today)},
        "steps": SEVERAL,
        "can": {action.pk for action in page_obj if any(step.may(action, request.user) for step in SEVERAL)},
        "sees_counts": len(chosen.scopes) > 2 or bool(chosen.teams()),
    }
    return render(request, "audits/actions.html", context)


@require_http_methods(["GET", "HEAD"])
def overdue(request: StaffRequest) -> HttpResponse:
    """How many actions are overdue, of how many open: by team, by manager, by service; each count leads to its rows."""
    today = timezone.localdate()
    found = action_lists.grouped(request.user, today=today)
    context = {"grouped": found, "total": sum(group.overdue for group in found[0].groups)}
    context["open"] = sum(group.open for group in found[0].groups)
    return render(request, "audits/actions_overdue.html", context)


def _found(request: StaffRequest, pk: int) -> SmartAction:
    rows = SmartAction.objects.visible_to(request.user).filter(audit__submitted_at__isnull=False)
    people = ("owner", "done_by", "verified_by", "helped_by")
    return get_object_or_404(rows.select_related("audit__case", "audit__team", "audit__team_manager", *people), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: StaffRequest, pk: int) -> HttpResponse:
    """One action and all that happened to it; who may records here that it is done, or that they verified it."""
    found = _found(request, pk)
    if request.method == "POST":  # the first thing that may be done with it: to record it as done
        return _take(request, found, STEPS["done"])
    return _shown(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
def action_step(request: StaffRequest, pk: int, step: str) -> HttpResponse:
    """Take one step with an action: verify it, send it back, move its deadline, give it away, look back on it."""
    found, entry = _found(request, pk), STEPS[step]
    if request.method == "POST":
        return _take(request, found, entry)
    if not _may(entry, found, request.user, today=timezone.localdate()):
        raise PermissionDenied(NOT_YOURS)
    form = entry.bound(None, today=timezone.localdate(), adult=is_adult(found.audit), owner=found.owner_id)
    return render(request, "audits/action_step.html", {"action": found, "form": form, "step": entry})


def _may(step: Step, found: SmartAction, user: User, *, today: date) -> bool:
    if step.code == "look-back" and not _is_asked(found, today=today):
        return False
    return step.may(found, user)


def _is_asked(found: SmartAction, *, today: date) -> bool:
    """Whether it is time to look back on it, and nobody has for good."""
    open_ = found.helped in ("", Helped.TOO_EARLY)
    return open_ and found.done_on is not None and found.done_on <= looking_back.asked_for_done_before(today=today)


def _take(request: StaffRequest, found: SmartAction, step: Step) -> HttpResponse:
    at, today = timezone.now(), timezone.localdate()
    if not _may(step, found, request.user, today=today):
        if not _is_moved_on(found, step, request.user):
            raise PermissionDenied(NOT_YOURS)
        messages.error(request, "Not saved: somebody was quicker. This is how the action stands now.")
        return redirect("audits:action", found.pk)
    form = step.bound(request.POST, today=today, adult=is_adult(found.audit), owner=found.owner_id)
    if form.is_valid():
        try:
            step.call(found, said=form.cleaned_data, by=request.user, at=at, today=today)
        except following_actions.ActionError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, step.done)
            return redirect("audits:action", found.pk)
    if step.code in AT_ONCE:
        return _shown(request, found, bound=(step, form))
    return render(request, "audits/action_step.html", {"action": found, "form": form, "step": step})


def _is_moved_on(found: SmartAction, step: Step, user: User) -> bool:
    """Whether the action is already where this step leads: a second press, or a second person who might have."""
    if step.code == "verify":
        checks = action_rights.may_check(found, user) and not action_rights.had_a_hand(found, user)
        return found.verified_on is not None and checks
    if step.code == "done":
        return found.done_on is not None and found.verified_on is None
    return step.code == "look-back" and found.helped_on is not None and action_rights.may_look_back(found, user)


def _shown(request: StaffRequest, found: SmartAction, *, bound: tuple[Step, Any] | None = None) -> HttpResponse:
    user, today, audit = request.user, timezone.localdate(), found.audit
    able = [step for step in STEPS.values() if _may(step, found, user, today=today)]
    first = bound[0] if bound else next((step for step in able if step.code in AT_ONCE), None)
    form = bound[1] if bound else first and first.bound(None, today=today, adult=is_adult(audit), owner=found.owner_id)
    steps = list(ActionStep.objects.filter(action=found).select_related("by"))
    said = {"findings": "", "hidden": hides_judgement(audit, user)}
    if found.findings and not said["hidden"]:
        said["findings"] = action_findings.answered_by(found, form=form_of(audit.template_version_id))
    context = {
        "action": found,
        "step": first,
        "form": form,
        "others": [step for step in able if step is not first],
        "steps": steps,
        "moved": sum(each.kind == ActionStep.Kind.MOVED for each in steps),
        "late": found.is_overdue(today),
        "sees_audit": Audit.objects.visible_to(user).filter(pk=found.audit_id).exists(),
        "adult": is_adult(audit),
        "look_back_on": looking_back.asked_on(found.done_on) if found.verified_on and found.done_on else None,
        **said,
    }
    return render(request, "audits/action.html", context)
