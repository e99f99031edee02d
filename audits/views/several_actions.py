"""The same step with several actions at once: what will happen to how many, then each in a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import following_actions
from audits.filters import is_number
from audits.models import SmartAction
from audits.models.smart_action import SmartActionQuerySet
from audits.views.action_steps import STEPS, Step
from people.models import User
from people.requests import StaffRequest

AT_MOST = 50  # a page of the list
WHY_NOT = {
    "done": following_actions.refuse_completing,
    "verify": following_actions.refuse_checking,
    "deadline": following_actions.refuse_steering,
    "give": following_actions.refuse_steering,
}


@dataclass(frozen=True)
class Row:
    """One ticked action, and why the step cannot be taken with it; empty where it can."""

    action: SmartAction
    why_not: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def several_actions(request: StaffRequest) -> HttpResponse:
    """Record several actions as done, verify them, move their deadline or give them on, with one text for all.

    What is refused is said row by row; what was typed stays for those that are left.
    """
    sent = request.POST if request.method == "POST" else request.GET
    step, ticked = STEPS.get(sent.get("step", "")), _ticked(request, sent.getlist("pk"))
    if step is None or not step.several or not ticked:
        messages.error(request, "Tick at least one action, and choose what to do with them.")
        return redirect("audits:actions")
    rows = [Row(each, _why_not(each, step, request.user)) for each in ticked]
    form = step.bound(request.POST if request.method == "POST" else None, today=timezone.localdate())
    done = 0
    if request.method == "POST" and form.is_valid():
        rows, done = _take_all(rows, step, said=form.cleaned_data, by=request.user)
        if not rows:
            messages.success(request, f"{_count(done)}: {step.several.lower()}. All went through.")
            return redirect("audits:actions")
    context = {"step": step, "form": form, "done": done, "posted": request.method == "POST" and form.is_valid()}
    context |= {"able": [row for row in rows if not row.why_not], "refused": [row for row in rows if row.why_not]}
    return render(request, "audits/actions_together.html", context)


def _ticked(request: StaffRequest, numbers: list[str]) -> list[SmartAction]:
    keys = [int(number) for number in numbers if is_number(number)][:AT_MOST]
    rows: SmartActionQuerySet = SmartAction.objects.visible_to(request.user).filter(audit__submitted_at__isnull=False)
    named = rows.select_related("audit__team", "audit__team_manager", "owner")
    return list(named.filter(pk__in=keys).order_by("due_on", "pk"))


def _why_not(action: SmartAction, step: Step, user: User) -> str:
    try:
        WHY_NOT[step.code](action, by=user)
    except following_actions.ActionError as refused:
        return str(refused)
    return ""


def _take_all(rows: list[Row], step: Step, *, said: dict[str, Any], by: User) -> tuple[list[Row], int]:
    """Those that are left with the reason, and how many went through; each action is one transaction."""
    left, at, today = [], timezone.now(), timezone.localdate()
    for row in rows:
        try:
            step.call(row.action, said=said, by=by, at=at, today=today)
        except following_actions.ActionError as refused:
            left.append(Row(row.action, str(refused)))
    return left, len(rows) - len(left)


def _count(number: int) -> str:
    return f"{number} action{'' if number == 1 else 's'}"
