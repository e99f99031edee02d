"""What is chased next: look at it, hold one back with a reason, let it go again; what went lately."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.chasing import holding, preview
from allocation.chasing.ladder_words import held_in_words
from allocation.forms.chase_forms import HoldChaseForm
from allocation.models import ChaseHold
from allocation.month_lock import CycleError
from allocation.views.access import demand_manager
from people.requests import StaffRequest

PER_PAGE = 50


@require_http_methods(["GET", "HEAD"])
def chases(request: StaffRequest) -> HttpResponse:
    """What goes today and on the next working day, what is held back, what went in the last days."""
    demand_manager(request)
    at = timezone.now()
    page_obj = Paginator(preview.lately(at=at), PER_PAGE).get_page(request.GET.get("page"))
    held = [(row, held_in_words(row)) for row in preview.held()]
    context = {"days": preview.coming(at=at), "held": held, "page_obj": page_obj, "last_days": preview.LAST_DAYS}
    return render(request, "allocation/chases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def hold_chase(request: StaffRequest, reference: str, subject: str, key: str, stage: str) -> HttpResponse:
    """Say what holding one back means; posted with a reason, hold it."""
    demand_manager(request)
    at = timezone.now()
    found = preview.find(reference=reference, subject=subject, key=key, stage=stage, at=at)
    if found is None:
        raise Http404
    form = HoldChaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            holding.hold(found.planned, **form.cleaned_data, by=request.user, at=at)
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(
                request, f"Held back. {found.recipient_name} is not told of this; what comes later still goes."
            )
            return redirect("allocation:chases")
    return render(request, "allocation/chase_hold.html", {"row": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def let_chase_go(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what letting it go means; posted, let a held chase go again."""
    demand_manager(request)
    held = get_object_or_404(ChaseHold.objects.visible_to(request.user).select_related("audit", "by"), pk=pk)
    if request.method != "POST":
        return render(request, "allocation/chase_let_go.html", {"held": held, "words": held_in_words(held)})
    try:
        goes = holding.let_go(held, by=request.user, at=timezone.now())
    except CycleError as error:
        messages.error(request, str(error))
        return redirect("allocation:chases")
    if goes:
        messages.success(
            request, "Let go. It goes on its day, or at the next look where that is past, if it is still needed."
        )
    else:
        messages.success(request, "Let go. A later reminder has gone meanwhile, so this one is not sent afterwards.")
    return redirect("allocation:chases")
