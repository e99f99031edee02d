"""Pages of swaps: whom to ask, the question as the peer sees it, and the answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from allocation.changes import swaps
from allocation.changes.swap_reading import give_and_take, shown, swaps_about
from allocation.forms.swap_forms import AskSwapForm, PeerFilter
from allocation.models import Swap
from allocation.month_lock import CycleError
from audits.models import Audit
from audits.permissions import may_submit
from people.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def swap_audit(request: StaffRequest, reference: str) -> HttpResponse:
    """Whom the auditor can ask to swap, and for what, by name; who was asked; and asking."""
    audit, today = _own_audit(request, reference), timezone.localdate()
    context: dict[str, Any] = {"audit": audit, "asked": swaps_about(audit, today=today)}
    if why := swaps.why_not_ask(audit, by=request.user, today=today):
        return render(request, "allocation/swap_audit.html", context | {"why_not": why})
    try:
        offered = swaps.peers(audit, today=today)
    except CycleError as error:
        return render(request, "allocation/swap_audit.html", context | {"why_not": str(error)})
    form, filters = AskSwapForm(request.POST or None, offered=offered), PeerFilter(request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            swap = swaps.ask(audit, **form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{swap.peer} has been asked. Nothing changes until they accept.")
            return redirect(request.get_full_path())
    people = shown(offered, asker=request.user, name=filters.named())
    context |= {"form": form, "offered": offered, "filters": filters, "people": people}
    return render(request, "allocation/swap_audit.html", context)


def _own_audit(request: StaffRequest, reference: str) -> Audit:
    """Raises Http404 out of sight, PermissionDenied for anybody but its auditor and once it is submitted."""
    visible = Audit.objects.visible_to(request.user).select_related("auditor", "case", "team")
    audit = get_object_or_404(visible, reference=reference)
    if not may_submit(audit, request.user):
        raise PermissionDenied
    return audit


@require_http_methods(["GET", "HEAD"])
def swap(request: StaffRequest, pk: int) -> HttpResponse:
    """One swap: what each would give and take, and the buttons of whoever may answer or take it back."""
    found, today = _visible(request, pk), timezone.localdate()
    over = swaps.why_over(found, today=today)
    asked_of_me = found.peer_id == request.user.pk
    context = {
        "swap": found,
        "over": over,
        "changed": "" if over or not asked_of_me else swaps.why_not_accept(found, today=today),
        "sides": give_and_take(found, today=today),
        "asked_of_me": asked_of_me,
        "asked_by_me": found.asked_by_id == request.user.pk,
    }
    return render(request, "allocation/swap.html", context)


def _visible(request: StaffRequest, pk: int) -> Swap:
    rows = Swap.objects.visible_to(request.user)
    rows = rows.select_related(
        "audit__team", "audit__case", "their_audit__team", "their_audit__case", "asked_by", "peer"
    )
    return get_object_or_404(rows, pk=pk)


@require_POST
def accept_swap(request: StaffRequest, pk: int) -> HttpResponse:
    """The peer takes it."""
    found = _visible(request, pk)
    if found.peer_id != request.user.pk:
        raise PermissionDenied
    try:
        done = swaps.accept(found, by=request.user, at=timezone.now(), today=timezone.localdate())
    except CycleError as error:
        messages.error(request, str(error))
        return redirect("allocation:swap", pk)
    messages.success(request, f"Audit {done.audit.reference} is yours now. {done.asked_by} gets an email.")
    return redirect("audits:detail", done.audit.reference)


@require_POST
def decline_swap(request: StaffRequest, pk: int) -> HttpResponse:
    """The peer says no."""
    found = _visible(request, pk)
    if found.peer_id != request.user.pk:
        raise PermissionDenied
    try:
        swaps.decline(found, by=request.user, at=timezone.now(), today=timezone.localdate())
        messages.success(request, f"You have declined. {found.asked_by} gets an email.")
    except CycleError as error:
        messages.error(request, str(error))
    return redirect("allocation:swap", pk)


@require_POST
def take_back_swap(request: StaffRequest, pk: int) -> HttpResponse:
    """Whoever asked takes it back."""
    found = _visible(request, pk)
    if found.asked_by_id != request.user.pk:
        raise PermissionDenied
    try:
        swaps.take_back(found, by=request.user, at=timezone.now(), today=timezone.localdate())
        messages.success(request, f"You have taken it back. {found.peer} is no longer asked.")
    except CycleError as error:
        messages.error(request, str(error))
        return redirect("allocation:swap", pk)
    return redirect("allocation:swap_audit", found.audit.reference)
