"""A child at risk today: raise it, read and acknowledge it, see what is open."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import immediate_risks, risk_reading
from audits.forms import AcknowledgeForm, RiskForm
from audits.models import Audit, ImmediateRisk
from audits.pages import is_adult
from audits.risk_recipients import who_is_told
from audits.views.kept import TooLate, refuse_another_writer
from people.holidays import holiday_set
from people.requests import StaffRequest

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def raise_risk(request: StaffRequest, reference: str) -> HttpResponse:
    """Raise a risk: who will be told is said before; nothing has to be filled in elsewhere first."""
    refuse_another_writer(request)
    audit = _audit_of(request, reference)
    adult = is_adult(audit, today=timezone.localdate())
    form = RiskForm(request.POST if request.method == "POST" else None, adult=adult)
    if request.method == "POST" and form.is_valid():
        risk = _raised(request, audit, form)
        if risk is not None:
            messages.success(request, "The managers are being told now. Ring them too: a call is faster than a mail.")
            return redirect("audits:risk", risk.pk)
    context = {
        "audit": audit,
        "form": form,
        "told": who_is_told(audit, by=request.user, today=timezone.localdate()),
        "may_raise": immediate_risks.may_raise(audit, request.user),
    }
    return render(request, "audits/raise_risk.html", context)


def _audit_of(request: StaffRequest, reference: str) -> Audit:
    """The audit, where this person may raise a risk in it; 404 out of sight, 403 for those who never could.

    What was typed while the audit was taken from them is still read for a session's length, so that it is refused
    beside the text.
    """
    rows = Audit.objects.visible_to(request.user).select_related("case__team", "team", "auditor")
    audit = rows.filter(reference=reference).first()
    if audit is not None and immediate_risks.may_raise(audit, request.user):
        return audit
    typed_before = immediate_risks.written_by(request.user, reference=reference) if request.method == "POST" else None
    if typed_before is not None:
        return typed_before
    if audit is None:
        raise Http404
    raise PermissionDenied("The auditor raises this here. If you think that a child is at risk, ring the manager now.")


def _raised(request: StaffRequest, audit: Audit, form: RiskForm) -> ImmediateRisk | None:
    at, today = timezone.now(), timezone.localdate()
    try:
        risk, _ = immediate_risks.raise_risk(audit, **form.cleaned_data, by=request.user, at=at, today=today)
    except immediate_risks.RiskError as refused:
        form.add_error(refused.field, str(refused))
        return None
    return risk


@require_http_methods(["GET", "HEAD", "POST"])
def risk(request: StaffRequest, pk: int) -> HttpResponse:
    """One raised risk with its clock; those who were told acknowledge it here, by posting what they do."""
    rows = ImmediateRisk.objects.visible_to(request.user).select_related("audit__case", "audit__team", "raised_by")
    found = get_object_or_404(rows, pk=pk)
    state = risk_reading.state_of(found, viewer=request.user, at=timezone.now())
    refuse_another_writer(request)
    adult = is_adult(found.audit, today=timezone.localdate())
    to_answer = state.mine is not None and state.mine.acknowledged_at is None
    form = AcknowledgeForm(request.POST or None, adult=adult) if to_answer else None
    if request.method == "POST":
        if state.mine is None:
            raise PermissionDenied("Only those who were told can acknowledge it.")
        if form is None:  # pressed twice, or in another window before
            return _acknowledged_before(request, found, state.mine.step_taken)
        if form.is_valid() and _acknowledged(request, found, form):
            messages.success(request, f"Thank you. {found.raised_by.name} is told that you have seen it.")
            return redirect("audits:risk", found.pk)
    sees_audit = Audit.objects.visible_to(request.user).filter(pk=found.audit_id).exists()
    context = {"risk": found, "state": state, "form": form, "sees_audit": sees_audit, "answer_by": _answer_by(found)}
    return render(request, "audits/risk.html", context)


def _acknowledged_before(request: StaffRequest, found: ImmediateRisk, step: str) -> HttpResponse:
    """The same words again lead to the risk. Raises TooLate for other ones."""
    address = reverse("audits:risk", args=[found.pk])
    if request.POST.get("step_taken", step).strip() not in {step, ""}:
        raise TooLate("You have acknowledged this already.", see=address, see_text="See what you said")
    return redirect(address)


def _answer_by(found: ImmediateRisk) -> datetime:
    day = timezone.localdate(found.raised_at)
    return immediate_risks.acknowledge_by(found.raised_at, holidays=holiday_set(day, day + timedelta(days=30)))


def _acknowledged(request: StaffRequest, found: ImmediateRisk, form: AcknowledgeForm) -> bool:
    try:
        immediate_risks.acknowledge(found, step=form.cleaned_data["step_taken"], by=request.user, at=timezone.now())
    except immediate_risks.RiskError as refused:
        form.add_error(refused.field, str(refused))
        return False
    return True


@require_http_methods(["GET", "HEAD"])
def risks(request: StaffRequest) -> HttpResponse:
    """The risks that this person raised, was told of or oversees: those not acknowledged first, or all."""
    everything = request.GET.get("show") == "all"
    rows = risk_reading.raised(request.user, only_open=not everything)
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    states = risk_reading.states_of(page_obj.object_list, viewer=request.user, at=timezone.now())
    return render(request, "audits/risks.html", {"page_obj": page_obj, "states": states, "everything": everything})
