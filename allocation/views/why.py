"""Pages that say why an auditor did not get a case: as things stand today, and from the record of a draw."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.eligibility import pool
from allocation.eligibility.frozen_head import with_head
from allocation.forms.pair_forms import PairForm
from allocation.months import goes_to, why
from allocation.views.access import draw_page, get_cycle, get_draw
from audits.models import Case
from people.models import User
from people.requests import StaffRequest


@require_http_methods(["GET", "HEAD"])
def why_not(request: StaffRequest, month: date) -> HttpResponse:
    """Why an auditor would not be given a case today."""
    cycle = get_cycle(request, month)
    today = timezone.localdate()
    form = PairForm(request.GET or None, cases=Case.objects.visible_to(request.user), today=today)
    draw = with_head(cycle.draws.order_by("-number")).first()
    context: dict[str, Any] = {"cycle": cycle, "form": form, "draw": draw}
    if form.is_bound and form.is_valid():
        case, auditor = form.cleaned_data["case"], form.cleaned_data["auditor"]
        reasons = pool.why_not(cycle, case, auditor, today=today)
        goes = goes_to.goes_to(cycle, draw, case)
        has_it = goes is not None and goes.auditor == auditor
        reasons = [*reasons, *goes_to.full(cycle, draw, auditor, has_it=has_it, today=today)]
        context |= {"asked": True, "case": case, "auditor": auditor, "reasons": reasons}
        context |= {"goes": goes, "has_it": has_it}
    return render(request, "allocation/why_not.html", context)


@require_http_methods(["GET", "HEAD"])
@draw_page
def why_case(request: StaffRequest, month: date, number: int, pk: int) -> HttpResponse:
    """What a draw made of one case, and of every auditor with regard to it."""
    draw = get_draw(request, month, number)
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=pk)
    context = {"cycle": draw.cycle, "draw": draw, "answer": why.case_answer(draw, case)}
    return render(request, "allocation/why_case.html", context)


@require_http_methods(["GET", "HEAD"])
@draw_page
def why_auditor(request: StaffRequest, month: date, number: int, pk: int) -> HttpResponse:
    """What a draw made of one auditor, and of every drawn case with regard to them."""
    draw = get_draw(request, month, number)
    auditor = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    context = {"cycle": draw.cycle, "draw": draw, "answer": why.auditor_answer(draw, auditor)}
    return render(request, "allocation/why_auditor.html", context)
