"""Moderation of a month: its day, the draw, who moderates what; and the list of what waits for whom."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.forms.moderation_forms import AskToDecideForm, DrawSampleForm, DropForm, GiveForm, ModerationDayForm
from allocation.messages import month_in_words
from allocation.models import Cycle
from allocation.moderating import drawing, giving
from allocation.moderating.month import of_month
from allocation.month_lock import CycleError
from allocation.views.access import demand_manager, get_cycle, posted_only
from audits.after import moderating
from audits.after.moderation import ModerationError
from audits.models import Audit, ModerationTask
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50
State = ModerationTask.State
SHOWN = [("open", "Not done yet"), ("done", "Done"), ("all", "All")]


@require_http_methods(["GET", "HEAD"])
def moderations(request: StaffRequest) -> HttpResponse:
    """One's own moderations; all of them for who runs the programme."""
    shown = request.GET.get("show", "open")
    rows = ModerationTask.objects.visible_to(request.user)
    if shown == "done":
        rows = rows.exclude(pk__in=rows.open().values("pk"))
    elif shown != "all":
        shown, rows = "open", rows.open()
    rows = rows.select_related("audit__team", "moderator", "adjudicator")
    context = {
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "shown": shown,
        "choices": SHOWN,
        "runs": request.user.can(Permission.MANAGE_CYCLES),
        "today": timezone.localdate(),
    }
    return render(request, "allocation/moderations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def month_moderation(request: StaffRequest, month: date) -> HttpResponse:
    """The moderation of a month: set its day, see what a draw would do, see what came of it."""
    cycle = get_cycle(request, month)
    first = {"day": cycle.moderation_on} if cycle.moderation_on else None
    form = ModerationDayForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            drawing.set_day(cycle, day=form.cleaned_data["day"], by=request.user, at=timezone.now())
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, "The moderation day is set.")
            return redirect("allocation:month_moderation", month)
    return _month_page(request, cycle, form, DrawSampleForm(again=cycle.moderation_draws.exists()))


@posted_only
def draw_moderation(request: StaffRequest, month: date) -> HttpResponse:
    """Draw the sample, or draw it again with a reason."""
    cycle = get_cycle(request, month)
    form = DrawSampleForm(request.POST, again=cycle.moderation_draws.exists())
    if form.is_valid():
        try:
            reason = form.cleaned_data.get("reason", "")
            made = drawing.draw(cycle, reason=reason, by=request.user, at=timezone.now(), today=timezone.localdate())
        except CycleError as error:
            form.refuse(error)
        else:
            there = f"{len(made.result)} of {len(made.inputs['in_lot'])} audits are drawn"
            messages.success(request, f"Draw {made.number} is made: {there}. The moderators get an email.")
            return redirect("allocation:month_moderation", month)
    return _month_page(request, cycle, ModerationDayForm(), form)


def _month_page(
    request: StaffRequest, cycle: Cycle, day_form: ModerationDayForm, draw_form: DrawSampleForm
) -> HttpResponse:
    today = timezone.localdate()
    published = cycle.status in {Cycle.Status.PUBLISHED, Cycle.Status.CLOSED}
    context = {
        "cycle": cycle,
        "title": month_in_words(cycle.month),
        "published": published,
        "day_form": day_form,
        "form": draw_form if draw_form.errors else day_form,
        "draw_form": draw_form,
        "outlook": drawing.outlook(cycle, today=today) if published else None,
        "may_draw": published and cycle.moderation_on is not None and cycle.moderation_on <= today,
        "moderated": of_month(cycle),
        "today": today,
    }
    return render(request, "allocation/month_moderation.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def moderation(request: StaffRequest, reference: str) -> HttpResponse:
    """Who moderates one audit: give it to somebody else, drop it, ask for one by hand, ask a third person to decide."""
    demand_manager(request)
    rows = Audit.objects.visible_to(request.user).select_related("case", "overall_grade")
    audit = get_object_or_404(rows, reference=reference)
    tasks = ModerationTask.objects.visible_to(request.user).select_related("moderator", "adjudicator", "audit")
    task = tasks.filter(audit=audit).first()
    forms = _forms(request, audit, task)
    asked = request.POST.get("do", "")
    if request.method == "POST" and _done(request, audit, task, asked, forms.get(asked)):
        return redirect("allocation:moderation", reference)
    context = {"audit": audit, "task": task, "forms": forms, "form": forms.get(asked), "today": timezone.localdate()}
    return render(request, "allocation/moderation.html", context)


def _forms(request: StaffRequest, audit: Audit, task: ModerationTask | None) -> dict[str, Any]:
    """What can be done with a moderation as it stands, each with its form."""
    today, asked = timezone.localdate(), request.POST.get("do", "")

    def data(name: str) -> Any:
        return request.POST if request.method == "POST" and asked == name else None

    if task is None or task.state == State.DROPPED:
        return {"ask": None} if audit.is_submitted and audit.overall_grade_id else {}
    if task.state in moderating.NOT_GRADED:
        anybody = giving.who_could([audit], today=today)[audit.pk]
        could = [load for load in anybody if load.person.pk != task.moderator_id]
        give = {"give": GiveForm(data("give"), loads=could)} if could else {}
        return {**give, "drop": DropForm(data("drop"))}
    talked = task.audit.moderation.talked_on is not None if hasattr(task.audit, "moderation") else False
    if task.state == State.ADJUDICATION or (task.state == State.TALK and talked):
        people = [each for each in giving.who_could_decide(task, today=today) if each.pk != task.adjudicator_id]
        return {"decide": AskToDecideForm(data("decide"), people=people)} if people else {}
    return {}


def _done(request: StaffRequest, audit: Audit, task: ModerationTask | None, asked: str, form: Any) -> bool:
    """Do what was asked for; False where a form has to be shown again."""
    if form is not None and not form.is_valid():
        return False
    at, today, by = timezone.now(), timezone.localdate(), request.user
    try:
        if asked == "ask":
            giving.ask_for(audit, by=by, at=at, today=today)
        elif task is not None and form is not None and asked == "give":
            moderating.give(task, to=form.cleaned_data["to"], due_on=giving.due_on(today), by=by, at=at)
        elif task is not None and form is not None and asked == "drop":
            moderating.drop(task, reason=form.cleaned_data["reason"], by=by, at=at)
        elif task is not None and form is not None and asked == "decide":
            moderating.ask_to_decide(task, to=form.cleaned_data["to"], by=by, at=at)
        else:
            messages.info(request, "This moderation has moved on meanwhile. Nothing was changed.")
            return True
    except ModerationError as refused:
        if form is None:
            messages.error(request, str(refused))
            return True
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    messages.success(request, SAID[asked])
    return True


SAID = {
    "ask": "The audit is up for moderation.",
    "give": "It is given to them. They get an email.",
    "drop": "It is not moderated. The reason is on record.",
    "decide": "They are asked to decide. They get an email.",
}
