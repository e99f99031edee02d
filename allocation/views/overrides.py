"""Pages of the recorded override: give a case by hand, and take that back before publishing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.eligibility.frozen_head import with_head
from allocation.forms.pair_forms import OverrideForm
from allocation.models import Allocation, Cycle, Override
from allocation.month_lock import CycleError
from allocation.months import overriding
from allocation.months.goes_to import goes_to
from allocation.views.access import get_cycle, posted_only
from audits.models import Case
from people.requests import StaffRequest

PREFILLED = ("case", "auditor", "selection")  # what the address may bring along


@require_http_methods(["GET", "HEAD", "POST"])
def override(request: StaffRequest, month: date) -> HttpResponse:
    """Give a case to an auditor by hand, with the reason on record, once what stands against it has been read."""
    cycle = get_cycle(request, month)
    today = timezone.localdate()
    if why := overriding.why_nothing_can_be_added(cycle):
        return render(request, "allocation/override.html", {"cycle": cycle, "why_not": why})
    form = OverrideForm(
        request.POST or None,
        cases=Case.objects.visible_to(request.user),
        today=today,
        needs_due_date=overriding.needs_due_date(cycle, today=today),
        initial=_brought_along(request),
    )
    asked = form.cleaned_data["case"] if request.method == "POST" and form.is_valid() else None
    if asked is not None and (given := _give(request, cycle, form, today=today)):
        messages.success(request, _said(given))
        return redirect("allocation:cycle", month)
    context = {"cycle": cycle, "form": form, **_next_step(cycle, form, asked)}
    return render(request, "allocation/override.html", context)


def _next_step(cycle: Cycle, form: OverrideForm, case: Case | None) -> dict[str, Any]:
    """To whom a case that was refused goes already, for the page to say what can be done; empty otherwise."""
    if case is None or "case" not in form.errors:
        return {}
    draw = with_head(cycle.draws.order_by("-number")).first()
    return {"goes": goes_to(cycle, draw, case), "case": case, "draw": draw}


def _brought_along(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in PREFILLED if request.GET.get(name)}


def _give(request: StaffRequest, cycle: Cycle, form: OverrideForm, *, today: date) -> Override | Allocation | None:
    """The case given by hand; None where it was refused, which the form then says."""
    wanted = {**form.cleaned_data, "read": form.read_mark(), "by": request.user, "at": timezone.now(), "today": today}
    try:
        return overriding.override(cycle, **wanted)
    except overriding.StandsAgainst as error:
        form.ask_to_read(error)
    except CycleError as error:
        form.refuse(error)
    return None


def _said(given: Override | Allocation) -> str:
    if isinstance(given, Allocation):
        return f"Audit {given.audit.reference} is given to {given.auditor}."
    return f"Case {given.case.reference} goes to {given.auditor} when you publish. Nobody is told yet."


@posted_only
def take_back_override(request: StaffRequest, month: date, pk: int) -> HttpResponse:
    """Take an override back before its draw is published."""
    cycle = get_cycle(request, month)
    found = get_object_or_404(overriding.of_cycle(cycle), pk=pk)
    try:
        overriding.take_back(found, by=request.user, at=timezone.now())
        messages.success(request, f"The override of case {found.case.reference} is taken back. It stays on record.")
    except CycleError as error:
        messages.error(request, str(error))
    return redirect("allocation:cycle", month)
