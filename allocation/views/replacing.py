"""Pages of changes in a published month: replace a case, give an audit to another auditor, leave it, every change."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from allocation.changes import attention, replacing, swap_reading
from allocation.changes.handover import may_be_replaced, why_case_is_out
from allocation.changes.setting_aside import set_aside
from allocation.forms.swap_forms import ReplacingForm
from allocation.month_lock import CycleError
from allocation.views.access import demand_manager, get_cycle
from audits.deadlines import add_months
from audits.forms import ReasonForm
from audits.models import Audit, Status
from people.requests import StaffRequest

HINT_REPLACE = "Everybody who may read the audit can read it. Do not name the child or the family."
HINT_GIVE = "It is kept with the audit. Do not name the child or the family."


@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: StaffRequest, reference: str) -> HttpResponse:
    """What would come from the reserve in place of a case, and why not others; then do it, or take the case back."""
    audit, today = _audit(request, reference), timezone.localdate()
    try:
        plan = replacing.plan_replacement(audit, today=today)
    except CycleError as error:
        plan = replacing.ReservePlan(why_not=str(error))
    chosen = plan.case.pk if plan.case else None
    why = attention.in_a_sentence(audit, today=today, of_case_only=True) if request.method != "POST" else ""
    form = ReplacingForm(request.POST or None, hint=HINT_REPLACE, why=why, expected=chosen)
    if request.method == "POST" and form.is_valid():
        drop = "drop" in request.POST
        try:
            said = _drop(request, audit, form) if drop else _replace(request, audit, form)
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, said)
            return redirect("allocation:cycle", audit.month)
    may_be_given = audit.is_unfinished and not why_case_is_out(audit, today=today)
    context = {"audit": audit, "plan": plan, "form": form, "expected": chosen, "may_be_given": may_be_given}
    return render(request, "allocation/replace.html", context)


def _replace(request: StaffRequest, audit: Audit, form: ReplacingForm) -> str:
    done = replacing.replace_case(
        audit, **form.cleaned_data, by=request.user, at=timezone.now(), today=timezone.localdate()
    )
    return f"Audit {audit.reference} is replaced by {done.audit.reference}, which goes to {done.auditor}."


def _drop(request: StaffRequest, audit: Audit, form: ReplacingForm) -> str:
    reason = form.cleaned_data["reason"]
    replacing.drop(audit, reason=reason, by=request.user, at=timezone.now(), today=timezone.localdate())
    return f"Audit {audit.reference} is taken back, and nothing comes in its place."


@require_http_methods(["GET", "HEAD", "POST"])
def give_again(request: StaffRequest, reference: str) -> HttpResponse:
    """Who is next in line for an audit and why the others are not; then give it to them."""
    audit, today = _audit(request, reference), timezone.localdate()
    try:
        plan = replacing.plan_giving(audit, today=today)
    except CycleError as error:
        plan = replacing.GivingPlan(why_not=str(error))
    chosen = plan.chosen.person.pk if plan.chosen else None
    why = attention.in_a_sentence(audit, today=today) if request.method != "POST" else ""
    hint = HINT_GIVE if audit.is_unfinished else HINT_REPLACE
    form = ReplacingForm(request.POST or None, hint=hint, why=why, expected=chosen)
    if request.method == "POST" and form.is_valid():
        act: dict[str, Any] = {"by": request.user, "at": timezone.now(), "today": today}
        try:
            given = replacing.give_again(audit, **form.cleaned_data, **act)
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Audit {given.reference} is with {given.auditor} now, due {_day(given.due_on)}.")
            return redirect("allocation:cycle", audit.month)
    context = {
        "audit": audit,
        "plan": plan,
        "form": form,
        "expected": chosen,
        "open_first_audit": _open_first_audit(audit),
        "case_is_out": audit.is_unfinished and why_case_is_out(audit, today=today),
        "may_be_replaced": may_be_replaced(audit, today=today),
    }
    return render(request, "allocation/give_again.html", context)


def _open_first_audit(audit: Audit) -> str:
    """What to know of a re-audit whose first audit still waits for Part B (L6); empty of others."""
    first = audit.re_audit_of
    if first is None or first.status != Status.WITH_TEAM:
        return ""
    return f"This looks again at audit {first.reference}, and the team has not signed Part B of that one yet."


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: StaffRequest, reference: str, step: str) -> HttpResponse:
    """Withdraw an audit or exempt its auditor, with a reason; those it concerns are told."""
    if step not in {"withdraw", "exempt"}:
        raise Http404
    audit, today = _audit(request, reference), timezone.localdate()
    posted = request.method == "POST" or step == "exempt"
    why = "" if posted else attention.in_a_sentence(audit, today=today, of_case_only=True)
    form = ReasonForm(request.POST or None, initial={"reason": why})
    if request.method == "POST" and form.is_valid():
        act: dict[str, Any] = {"by": request.user, "at": timezone.now(), "today": today}
        try:
            set_aside(audit, step, reason=form.cleaned_data["reason"], **act)
        except CycleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Audit {audit.reference} is {'withdrawn' if step == 'withdraw' else 'exempt'}.")
            return redirect("audits:detail", audit.reference)
    return render(request, "allocation/take_back.html", {"audit": audit, "form": form, "step": step})


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _audit(request: StaffRequest, reference: str) -> Audit:
    """Raises PermissionDenied for anybody who does not run the programme, Http404 where there is no such audit."""
    visible = Audit.objects.visible_to(request.user)
    rows = visible.select_related("auditor", "case__team", "case__worker", "team", "allocation", "re_audit_of")
    audit = get_object_or_404(rows, reference=reference)
    demand_manager(request)
    return audit


@require_POST
def leave_it(request: StaffRequest, reference: str) -> HttpResponse:
    """Leave an audit as it is, on record."""
    audit = _audit(request, reference)
    try:
        attention.leave_it(audit, by=request.user, at=timezone.now(), today=timezone.localdate())
        messages.success(request, f"Audit {reference} is left as it is. You are asked again only if more changes.")
    except CycleError as error:
        messages.error(request, str(error))
    return redirect("allocation:cycle", audit.month)


@require_http_methods(["GET", "HEAD"])
def changes(request: StaffRequest, month: date) -> HttpResponse:
    """Every swap and replacement of a month, and how often each person swapped in it and in the year up to it."""
    cycle = get_cycle(request, month)
    context = {
        "cycle": cycle,
        "changes": swap_reading.changes(cycle.month, viewer=request.user),
        "people": swap_reading.by_person(cycle.month),
        "since": add_months(cycle.month, 1 - swap_reading.YEAR),
    }
    return render(request, "allocation/changes.html", context)
