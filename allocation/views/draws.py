"""Pages of a draw: make it, read its certificate and its cases, publish it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.eligibility.frozen_head import with_head
from allocation.forms.month_forms import RedrawForm
from allocation.forms.publish_form import PublishForm
from allocation.messages import month_in_words
from allocation.months import certificate as certificates
from allocation.months import cycles as domain
from allocation.months import design, earlier_months, proposal, publishing
from allocation.months import draw_cases as listing
from allocation.months.cycles import CycleError
from allocation.months.why import Record
from allocation.views.access import draw_page, get_certified, get_cycle, get_draw, posted_only
from allocation.views.cycles import cycle_page
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50


@posted_only
@draw_page
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
@draw_page
def draw_detail(request: StaffRequest, month: date, number: int) -> HttpResponse:
    """The certificate of a draw; `?check=1` draws a large one again as well."""
    found, runs = get_certified(request, month, number), request.user.can(Permission.MANAGE_CYCLES)
    asked = True if request.GET.get("check") else None
    context = {
        "cycle": found.cycle,
        "draw": found,
        "certificate": certificates.certificate(found, check=asked, left_out=runs),
        "changes": certificates.changes_since(found) if runs else [],
        "oversees": not runs,
        "draws": list(found.cycle.draws.select_related("drawn_by").defer("inputs", "result").order_by("number")),
    }
    return render(request, "allocation/draw_detail.html", context)


@require_http_methods(["GET", "HEAD"])
def draw_inputs(request: StaffRequest, month: date, number: int) -> HttpResponse:
    """The frozen inputs of a draw as a text file, to hash and to draw from again anywhere.

    Only for those who run the programme: it names every case that was left out, with the reason.
    """
    found = get_draw(request, month, number)
    response = HttpResponse(found.inputs, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="draw-{month:%Y-%m}-{number}-inputs.txt"'
    return response


@require_http_methods(["GET", "HEAD"])
@draw_page
def draw_cases(request: StaffRequest, month: date, number: int) -> HttpResponse:
    """The cases that a draw was made from; `?out=1` those left out for the first reason, and so on."""
    found, runs = get_certified(request, month, number), request.user.can(Permission.MANAGE_CYCLES)
    record = Record(found)
    reasons = listing.reasons_of(record) if runs else []
    context: dict[str, Any] = {"cycle": found.cycle, "draw": found, "reasons": reasons, "oversees": not runs}
    if out := request.GET.get("out"):
        reason = _reason(reasons, out)
        left_out = Paginator(record.inputs.out[reason], PER_PAGE).get_page(request.GET.get("page"))
        context |= {"page_obj": left_out, "reason": reason, "cases": listing.left_out(list(left_out))}
    else:
        pool = listing.pool(record)
        page = Paginator(pool, PER_PAGE).get_page(request.GET.get("page"))
        rows = listing.pool_rows(record, list(page), first=page.start_index())
        context |= {"page_obj": page, "rows": rows, "by_number": isinstance(pool, listing.ByNumber)}
    return render(request, "allocation/draw_cases.html", context)


def _reason(reasons: list[str], number: str) -> str:
    """The reason of that number, from 1. Raises Http404 where there is none."""
    if not (number.isascii() and number.isdigit() and 0 < int(number) <= len(reasons)):
        raise Http404
    return reasons[int(number) - 1]


@require_http_methods(["GET", "HEAD", "POST"])
@draw_page
def publish(request: StaffRequest, month: date) -> HttpResponse:
    """Say what publishing will do; then do it."""
    cycle = get_cycle(request, month)
    today = timezone.localdate()
    before = earlier_months.not_published_before(cycle, today=today)
    form = PublishForm(request.POST if request.method == "POST" else None, month=month, before=before)
    if form.is_valid():
        try:
            given = domain.publish(cycle, by=request.user, at=timezone.now(), today=today, past=form.past)
            messages.success(request, f"{month_in_words(month)} is published: {len(given):,} audits are given out.")
        except CycleError as error:
            if error.field == "due_on":  # the page itself says it, and leads to where another is chosen
                return redirect("allocation:publish", month)
            messages.error(request, str(error))
        return redirect("allocation:cycle", month)
    if cycle.status != cycle.Status.PROPOSED:
        return redirect("allocation:cycle", month)
    read = proposal.read(with_head(cycle.draws.select_related("drawn_by"))[0])
    context = {
        "cycle": cycle,
        "form": form,
        "day_off": design.due_on_day_off(cycle),
        "proposal": read,
        "what": publishing.outlook(cycle, read.draw, today=today),
    }
    return render(request, "allocation/publish.html", context)
