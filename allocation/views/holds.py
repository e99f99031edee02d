"""Pages of the cases that a person keeps out of draws: the list, adding one, ending one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.eligibility import holds as domain
from allocation.forms.rota_forms import HoldForm
from allocation.models import CaseHold
from allocation.month_lock import CycleError
from allocation.views.access import demand_manager
from audits.models import Case
from people.requests import StaffRequest

PER_PAGE = 50


@require_http_methods(["GET", "HEAD"])
def holds(request: StaffRequest) -> HttpResponse:
    """Every case that is kept out of draws; or, asked for, those that were."""
    demand_manager(request)
    over = request.GET.get("show") == "over"
    visible, today = CaseHold.objects.visible_to(request.user), timezone.localdate()
    rows = visible.over_on(today) if over else visible.running_on(today)
    page_obj = Paginator(rows.select_related("case__team", "by", "ended_by"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "allocation/holds.html", {"page_obj": page_obj, "over": over})


@require_http_methods(["GET", "HEAD", "POST"])
def hold_case(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep a case out of draws."""
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=pk)
    demand_manager(request)
    form = HoldForm(request.POST or None, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            domain.hold(case, **form.cleaned_data, by=request.user, at=timezone.now())
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Case {case.reference} is kept out of draws.")
            return redirect("audits:case", case.pk)
    return render(request, "allocation/hold_case.html", {"case": case, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def end_hold(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what ending it means; posted, let the case into draws again."""
    demand_manager(request)
    visible = CaseHold.objects.visible_to(request.user).select_related("case", "by")
    held = get_object_or_404(visible, pk=pk)
    from_list = request.GET.get("back") == "list"
    if request.method != "POST":
        others = domain.others_running(held, today=timezone.localdate())
        return render(request, "allocation/end_hold.html", {"held": held, "others": others, "from_list": from_list})
    try:
        domain.end(held, by=request.user, at=timezone.now())
        messages.success(request, f"Case {held.case.reference} is no longer kept out for this reason.")
    except CycleError as error:
        messages.error(request, str(error))
    if from_list:
        return redirect("allocation:holds")
    return redirect("audits:case", held.case_id)
