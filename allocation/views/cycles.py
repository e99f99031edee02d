"""Pages of the months: the list, opening and pausing, and one month from its pool to its progress."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.changes import attention
from allocation.eligibility.frozen_head import with_head
from allocation.forms.month_forms import OpenCycleForm, PauseForm, RedrawForm
from allocation.messages import month_in_words
from allocation.models import Cycle
from allocation.months import cycles as domain
from allocation.months import design, design_words, progress, proposal
from allocation.months.cycles import CycleError
from allocation.months.forecast import forecast
from allocation.months.freeing import freeing
from allocation.views.access import demand_manager, draw_page, get_cycle
from people.requests import StaffRequest

PER_PAGE = 12  # a year of months that are past
AUDITS_PER_PAGE = 25
Status = Cycle.Status


@require_http_methods(["GET", "HEAD"])
def cycles(request: StaffRequest) -> HttpResponse:
    """The programme: the months to come, this one, and those that are past with their figures."""
    demand_manager(request)
    today = timezone.localdate()
    this_month = today.replace(day=1)
    months = Cycle.objects.visible_to(request.user).select_related("template_version__template")
    page_obj = Paginator(months.filter(month__lt=this_month), PER_PAGE).get_page(request.GET.get("page"))
    coming = {cycle.month: cycle for cycle in months.filter(month__gte=this_month)}
    figures = progress.figures([*coming, *(cycle.month for cycle in page_obj)], user=request.user, today=today)
    context = {
        "page_obj": page_obj,
        "this_month": this_month,
        "now": coming.get(this_month),
        "now_figures": figures.get(this_month, progress.MonthFigures()),
        "coming": domain.coming_months(coming.values(), today=today),
        "past": [(cycle, figures.get(cycle.month, progress.MonthFigures())) for cycle in page_obj],
    }
    return render(request, "allocation/cycles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_cycle(request: StaffRequest) -> HttpResponse:
    """Open a month."""
    demand_manager(request)
    today = timezone.localdate()
    asked = {"wanted": request.GET.get("month", ""), "theme": request.GET.get("theme", "")}
    form = OpenCycleForm(request.POST or None, today=today, **asked)
    if request.method == "POST" and form.is_valid():
        try:
            cycle = domain.open_cycle(**form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{month_in_words(cycle.month)} is open. Check the pool, then draw.")
            return redirect("allocation:cycle", cycle.month)
    return render(request, "allocation/open_cycle.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: StaffRequest) -> HttpResponse:
    """Pause months."""
    demand_manager(request)
    form = PauseForm(request.POST or None, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            paused = domain.pause_months(**form.cleaned_data, by=request.user, at=timezone.now())
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Paused: {', '.join(month_in_words(cycle.month) for cycle in paused)}.")
            return redirect("allocation:cycles")
    return render(request, "allocation/pause.html", {"form": form})


@require_http_methods(["GET", "HEAD"])
@draw_page
def cycle(request: StaffRequest, month: date) -> HttpResponse:
    """One month: before the draw its pool, after it who would get what, once published how it is going."""
    return cycle_page(request, get_cycle(request, month), RedrawForm())


def cycle_page(request: StaffRequest, cycle: Cycle, form: RedrawForm) -> HttpResponse:
    """The page of a month as it stands, with the form for drawing again."""
    context: dict[str, Any] = {
        "cycle": cycle,
        "form": form,
        "draws": cycle.draws.select_related("drawn_by").defer("inputs", "result"),
        "lines": design_words.summary(cycle) if cycle.status != Status.PAUSED else [],
        "may_change": cycle.status in {Status.OPEN, Status.PROPOSED},
    }
    today = timezone.localdate()
    if cycle.status == Status.OPEN:
        context["forecast"] = forecast(cycle, today=today)
        context["too_late"] = cycle.due_on is not None and cycle.due_on <= today
        context["day_off"] = design.due_on_day_off(cycle)
        if cycle.cohort and not context["forecast"].pool_size:
            context["left"] = design_words.cases_left(cycle.cohort, month=cycle.month, today=today)
    elif cycle.status == Status.PROPOSED:
        context["changed"] = domain.changed_since_draw(cycle)
        draw = with_head(cycle.draws.select_related("drawn_by"))[0]
        read = proposal.read(draw, this_year=proposal.given_this_year(draw))
        context |= {"proposal": read, "freeing": freeing(draw, read, today=today)}
    elif cycle.status in {Status.PUBLISHED, Status.CLOSED}:
        audits = progress.audits_of(cycle, user=request.user)
        context["page_obj"] = page_obj = Paginator(audits, AUDITS_PER_PAGE).get_page(request.GET.get("page"))
        context["rows"] = progress.progress_of(list(page_obj), today=today)
        figures = progress.figures([cycle.month], user=request.user, today=today)
        context["figures"] = figures.get(cycle.month, progress.MonthFigures())
        context["attention"] = attention.needs_attention(cycle, today=today)
        context["carried_over"] = progress.carried_over(cycle, user=request.user, today=today)
        context["business"] = progress.open_business(cycle, today=today)
        context["why_not_close"] = domain.why_not_close(cycle, today=today)
    return render(request, f"allocation/cycle_{_page_of(cycle)}.html", context)


def _page_of(cycle: Cycle) -> str:
    return Status.PUBLISHED if cycle.status == Status.CLOSED else cycle.status


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: StaffRequest, month: date) -> HttpResponse:
    """Say what is unfinished and what closing means; then close."""
    cycle = get_cycle(request, month)
    today = timezone.localdate()
    if request.method == "POST":
        try:
            domain.close(cycle, by=request.user, at=timezone.now(), today=today)
            messages.success(request, f"{month_in_words(month)} is closed.")
        except CycleError as error:
            messages.error(request, str(error))
        return redirect("allocation:cycle", month)
    if cycle.status != Status.PUBLISHED:
        return redirect("allocation:cycle", month)
    figures = progress.figures([month], user=request.user, today=today).get(month, progress.MonthFigures())
    context = {"cycle": cycle, "figures": figures, "why_not_close": domain.why_not_close(cycle, today=today)}
    return render(request, "allocation/close.html", context)
