"""Pages of a draw: make it, read its record, publish it, ask why not, and override."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from allocation import cycles as domain
from allocation import draw_record, overriding, pool, proposal, publishing
from allocation.cycles import CycleError
from allocation.forms import OverrideForm, PairForm, RedrawForm
from allocation.messages import month_in_words
from allocation.models import Allocation, Cycle
from allocation.views.access import get_cycle
from allocation.views.cycles import cycle_page
from audits.models import Case
from people.requests import StaffRequest


@require_POST
def draw(request: StaffRequest, month: date) -> HttpResponse:
    """Draw, or draw again with a reason."""
    cycle = get_cycle(request, month)
    form = RedrawForm(request.POST)
    form.fields["reason"].required = cycle.draws.exists()
    if form.is_valid():
        try:
            made = domain.propose_draw(
                cycle,
                by=request.user,
                at=timezone.now(),
                today=timezone.localdate(),
                reason=form.cleaned_data["reason"],
            )
        except CycleError as error:
            if error.field is None:
                messages.error(request, str(error))
                return redirect("allocation:cycle", month)
            form.refuse(error)
        else:
            messages.success(request, f"Draw {made.number} is made. Nobody is told until you publish it.")
            return redirect("allocation:cycle", month)
    return cycle_page(request, cycle, form)


@require_http_methods(["GET", "HEAD"])
def draw_detail(request: StaffRequest, month: date, number: int) -> HttpResponse:
    """The record of a draw, drawn again now to see whether it comes out identical."""
    cycle = get_cycle(request, month)
    found = get_object_or_404(cycle.draws.select_related("drawn_by"), number=number)
    context = {"cycle": cycle, "draw": found, "proposal": proposal.read(found), "check": draw_record.verify(found)}
    return render(request, "allocation/draw_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: StaffRequest, month: date) -> HttpResponse:
    """Say what publishing will do; then do it."""
    cycle = get_cycle(request, month)
    today = timezone.localdate()
    if request.method == "POST":
        try:
            given = domain.publish(cycle, by=request.user, at=timezone.now(), today=today)
            messages.success(request, f"{month_in_words(month)} is published: {len(given)} audits are given out.")
        except CycleError as error:
            messages.error(request, str(error))
        return redirect("allocation:cycle", month)
    if cycle.status != cycle.Status.PROPOSED:
        return redirect("allocation:cycle", month)
    read = proposal.read(cycle.draws.select_related("drawn_by")[0])
    broken = publishing.broken_pairs(cycle, read.pairs, today=today)
    context = {
        "cycle": cycle,
        "proposal": read,
        "broken": broken,
        "auditors": {auditor.pk for _, auditor in read.pairs},
    }
    return render(request, "allocation/publish.html", context)


@require_http_methods(["GET", "HEAD"])
def why_not(request: StaffRequest, month: date) -> HttpResponse:
    """Why an auditor would not be given a case."""
    cycle = get_cycle(request, month)
    today = timezone.localdate()
    form = PairForm(request.GET or None, cases=Case.objects.visible_to(request.user), today=today)
    context: dict[str, Any] = {"cycle": cycle, "form": form}
    if form.is_bound and form.is_valid():
        case, auditor = form.cleaned_data["case"], form.cleaned_data["auditor"]
        reasons = pool.why_not(cycle, case, auditor, today=today)
        context |= {"asked": True, "case": case, "auditor": auditor, "reasons": reasons}
    return render(request, "allocation/why_not.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def override(request: StaffRequest, month: date) -> HttpResponse:
    """Give a case to an auditor by hand, with the reason on record, once what stands against it has been read."""
    cycle = get_cycle(request, month)
    today = timezone.localdate()
    if why := overriding.why_nothing_can_be_added(cycle):
        return render(request, "allocation/override.html", {"cycle": cycle, "why_not": why})
    form = OverrideForm(request.POST or None, cases=Case.objects.visible_to(request.user), today=today)
    if request.method == "POST" and form.is_valid() and (given := _give(request, cycle, form, today=today)):
        messages.success(request, f"Audit {given.audit.reference} is given to {given.auditor}.")
        return redirect("allocation:cycle", month)
    return render(request, "allocation/override.html", {"cycle": cycle, "form": form})


def _give(request: StaffRequest, cycle: Cycle, form: OverrideForm, *, today: date) -> Allocation | None:
    """The case given by hand; None where it was refused, which the form then says."""
    wanted = {**form.cleaned_data, "read": form.read_mark(), "by": request.user, "at": timezone.now(), "today": today}
    try:
        return None
    except overriding.StandsAgainst as error:
        form.ask_to_read(error)
    except CycleError as error:
        form.refuse(error)
    return None
