"""Concerns about the quality of an audit: raise one, read and answer it, the list with its counts."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import concerns as raising
from audits.forms.concern import AnswerConcernForm, ConcernForm
from audits.models import Audit, Concern
from audits.views.kept import refuse_another_writer
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50
SHOWN = [("waiting", "Waiting for an answer"), ("answered", "Answered"), ("all", "All")]


@require_http_methods(["GET", "HEAD", "POST"])
def raise_concern(request: StaffRequest, reference: str) -> HttpResponse:
    """Raise a concern about how an audit was done."""
    audit = get_object_or_404(Audit.objects.visible_to(request.user).select_related("case"), reference=reference)
    if not raising.may_raise(audit, request.user):
        raise PermissionDenied("A concern can be raised by those who read a finished audit that is not their own.")
    refuse_another_writer(request)
    form = ConcernForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            found = raising.raise_concern(audit, **form.cleaned_data, by=request.user, at=timezone.now())
        except raising.ConcernError as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, "Your concern is with the audit team. You are told when they have answered it.")
            return redirect("audits:concern", found.pk)
    return render(request, "audits/raise_concern.html", {"audit": audit, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def concern(request: StaffRequest, pk: int) -> HttpResponse:
    """One concern; the audit team answers it here."""
    rows = Concern.objects.visible_to(request.user).select_related("audit__auditor", "raised_by", "answered_by")
    found = get_object_or_404(rows, pk=pk)
    refuse_another_writer(request)
    form = AnswerConcernForm(request.POST or None) if raising.may_answer(found, request.user) else None
    if request.method == "POST":
        if form is None and found.answered_at is None:
            raise PermissionDenied("The audit team answers this: somebody who neither raised it nor wrote the audit.")
        if form is None:
            messages.info(request, "It is answered already. The answer that was given first stands.")
            return redirect("audits:concern", found.pk)
        if form.is_valid() and _answered(request, found, form):
            messages.success(request, f"Answered. {found.raised_by.name} is told.")
            return redirect("audits:concern", found.pk)
    sees_audit = Audit.objects.visible_to(request.user).filter(pk=found.audit_id).exists()
    return render(request, "audits/concern.html", {"concern": found, "form": form, "sees_audit": sees_audit})


def _answered(request: StaffRequest, found: Concern, form: AnswerConcernForm) -> bool:
    outcome, text = form.cleaned_data["outcome"], form.cleaned_data["answer"]
    try:
        raising.answer(found, outcome=outcome, text=text, by=request.user, at=timezone.now())
    except raising.ConcernError as refused:
        form.add_error(refused.field or None, str(refused))
        return False
    return True


@require_http_methods(["GET", "HEAD"])
def concerns(request: StaffRequest) -> HttpResponse:
    """The concerns that this person raised, was the auditor of, or answers; for the audit team with the counts."""
    shown = request.GET.get("show", "waiting")
    about = request.GET.get("about", "")
    rows = Concern.objects.visible_to(request.user)
    if about in Concern.About.values:
        rows = rows.filter(about=about)
    if shown == "answered":
        rows = rows.filter(answered_at__isnull=False)
    elif shown != "all":
        shown, rows = "waiting", rows.waiting()
    rows = rows.select_related("audit__team", "raised_by").order_by("-raised_at", "-pk")
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    team = request.user.can(Permission.MANAGE_CYCLES)
    context = {
        "page_obj": page_obj,
        "shown": shown,
        "choices": SHOWN,
        "about": about,
        "abouts": Concern.About.choices,
        "counts": raising.counted() if team else None,
    }
    return render(request, "audits/concerns.html", context)
