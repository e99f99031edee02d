"""Pages on which a month is set up: its dates, its cases, its questions, its spread, what is fair."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.as_shown import ChangedMeanwhile
from allocation.forms.month_forms import DomainForm
from allocation.forms.setup_forms import (
    ChangeMonthForm,
    CohortForm,
    FairnessForm,
    NumbersForm,
    QuestionsForm,
    SaveThemeForm,
    SpreadForm,
)
from allocation.messages import month_in_words
from allocation.models import Cycle, Strata, StrataMethod
from allocation.months import design, design_words, themes
from allocation.months.cycles import CycleError
from allocation.views.access import get_cycle
from people.requests import StaffRequest

CRUMBS = {  # what each page is about, by the name of its template
    "month": "The month",
    "cases": "Cases",
    "questions": "Questions of its own",
    "spread": "Spread",
    "numbers": "Fixed numbers",
    "fairness": "Fairness",
    "theme": "Save as a theme",
}
SAVED = {
    Cycle.Status.OPEN: "Saved. Check the pool, then draw.",
    Cycle.Status.PROPOSED: "Saved.",
}


def changeable(request: StaffRequest, month: date) -> Cycle | None:
    """The month, or None with a message where it can no longer be changed."""
    cycle = get_cycle(request, month)
    if cycle.status in design.CHANGEABLE:
        return cycle
    messages.error(request, f"{month_in_words(month)} cannot be changed any more.")
    return None


def _save(
    request: StaffRequest, form: DomainForm, change: Callable[..., Cycle], cycle: Cycle, **wanted: Any
) -> HttpResponse | None:
    """Make a change and lead back to the month; None where it was refused, which the form then says.

    Where somebody else changed the same meanwhile, the page is shown anew, as it is now.
    """
    try:
        cycle = change(cycle, **wanted, shown=request.POST.get("shown", ""), by=request.user, at=timezone.now())
    except ChangedMeanwhile as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    except CycleError as error:
        form.refuse(error)
        return None
    messages.success(request, SAVED[Cycle.Status(cycle.status)])
    return redirect("allocation:cycle", cycle.month)


def _page(request: StaffRequest, name: str, cycle: Cycle, form: DomainForm, **more: Any) -> HttpResponse:
    shown = request.POST.get("shown", "") if request.method == "POST" else design.shown_on_page(cycle)
    context = {"cycle": cycle, "form": form, "crumb": CRUMBS[name], "shown": shown, **more}
    return render(request, f"allocation/setup_{name}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_month(request: StaffRequest, month: date) -> HttpResponse:
    """The theme, the template, the target, the due date and who audits."""
    cycle = changeable(request, month)
    if cycle is None:
        return redirect("allocation:cycle", month)
    form = ChangeMonthForm(request.POST or None, cycle=cycle)
    if request.method == "POST" and form.is_valid():
        wanted = {**form.cleaned_data, "today": timezone.localdate()}
        saved = _save(request, form, design.change_month, cycle, **wanted)
        if saved:
            return saved
    return _page(request, "month", cycle, form)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_cases(request: StaffRequest, month: date) -> HttpResponse:
    """Which cases the month is about, with how many that leaves; counting changes nothing."""
    cycle = changeable(request, month)
    if cycle is None:
        return redirect("allocation:cycle", month)
    today = timezone.localdate()
    form = CohortForm(request.POST or None, cohort=cycle.cohort, today=today)
    wanted: dict[str, Any] | None = cycle.cohort
    if request.method == "POST":
        wanted = form.cohort() if form.is_valid() else None
        if wanted is not None and "count" not in request.POST:
            saved = _save(request, form, design.choose_cohort, cycle, cohort=wanted)
            if saved:
                return saved
    left = None if wanted is None else design_words.cases_left(wanted, month=month, today=today)
    return _page(request, "cases", cycle, form, left=left, counted="count" in request.POST)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_questions(request: StaffRequest, month: date) -> HttpResponse:
    """The questions that the month's audits ask on top of the template."""
    cycle = changeable(request, month)
    if cycle is None:
        return redirect("allocation:cycle", month)
    form = QuestionsForm(request.POST or None, questions=cycle.questions)
    if request.method == "POST" and form.is_valid():
        saved = _save(request, form, design.choose_questions, cycle, questions=form.questions())
        if saved:
            return saved
    return _page(request, "questions", cycle, form)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_spread(request: StaffRequest, month: date) -> HttpResponse:
    """What the draw is spread over; fixed numbers are asked for on a page of their own."""
    cycle = changeable(request, month)
    if cycle is None:
        return redirect("allocation:cycle", month)
    initial = {"strata_by": cycle.strata_by, "method": cycle.strata_method, "minimum": cycle.strata_minimum}
    form = SpreadForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        if wanted["strata_by"] and wanted["method"] == StrataMethod.FIXED:
            return redirect("allocation:choose_numbers", month, wanted["strata_by"])
        saved = _save(request, form, design.choose_spread, cycle, **wanted)
        if saved:
            return saved
    return _page(request, "spread", cycle, form)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_numbers(request: StaffRequest, month: date, by: str) -> HttpResponse:
    """How many cases each part gives, beside how many it has; they must come to the target."""
    cycle = changeable(request, month)
    if cycle is None or by not in Strata.values:
        return redirect("allocation:cycle", month)
    rows = design_words.strata_rows(cycle, by, today=timezone.localdate())
    fixed = cycle.strata_method == StrataMethod.FIXED and cycle.strata_by == by
    numbers = cycle.strata_numbers if fixed else {row.key: row.share for row in rows}
    form = NumbersForm(request.POST or None, rows=rows, numbers=numbers)
    if request.method == "POST" and form.is_valid():
        wanted = {"strata_by": by, "method": StrataMethod.FIXED, "numbers": form.numbers()}
        saved = _save(request, form, design.choose_spread, cycle, **wanted)
        if saved:
            return saved
    return _page(request, "numbers", cycle, form, over=design_words.SPREAD_OVER[Strata(by)], fixed=fixed)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_fairness(request: StaffRequest, month: date) -> HttpResponse:
    """Even loads over a month or a year, one child per family, re-audits on top."""
    cycle = changeable(request, month)
    if cycle is None:
        return redirect("allocation:cycle", month)
    form = FairnessForm(request.POST or None, cycle=cycle)
    if request.method == "POST" and form.is_valid():
        saved = _save(request, form, design.choose_fairness, cycle, **form.cleaned_data)
        if saved:
            return saved
    return _page(request, "fairness", cycle, form)


@require_http_methods(["GET", "HEAD", "POST"])
def save_theme(request: StaffRequest, month: date) -> HttpResponse:
    """Keep the month's cases and questions as a theme to use again; a name that is taken is asked about."""
    cycle = get_cycle(request, month)
    form = SaveThemeForm(request.POST or None, initial={"name": cycle.theme})
    if request.POST.get("replace"):
        form.offer_to_replace(request.POST.get("name", ""))
    if request.method == "POST" and form.is_valid():
        try:
            theme = themes.save_theme_of(cycle, **form.cleaned_data, by=request.user, at=timezone.now())
        except themes.NameTaken as error:
            form.ask_to_replace(error)
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"The theme “{theme}” is saved. Choose it when you open a month.")
            return redirect("allocation:cycle", month)
    lines = [line for line in design_words.summary(cycle) if line.page in {"choose_cases", "choose_questions"}]
    return _page(request, "theme", cycle, form, lines=lines)
