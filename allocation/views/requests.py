"""Pages of exemptions and extensions: ask, one request with its answers, and the list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from allocation.changes import exemptions
from allocation.changes import request_reading as reading
from allocation.changes.request_counts import count_by_why
from allocation.forms.request_forms import AnswerForm, AskForm, RequestFilter
from allocation.models import AuditRequest
from allocation.month_lock import CycleError
from audits.models import Audit
from people.models import User
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50
Kind = AuditRequest.Kind


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: StaffRequest, reference: str) -> HttpResponse:
    """Ask for more time or an exemption."""
    user, today = request.user, timezone.localdate()
    visible = Audit.objects.visible_to(user).select_related("auditor__line_manager")
    audit = get_object_or_404(visible, reference=reference)
    if audit.auditor_id != user.pk or not audit.is_unfinished:
        raise PermissionDenied
    if waiting := exemptions.open_request(audit):
        return redirect("allocation:request", waiting.pk)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = _ask(audit, form.cleaned_data, by=user)
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, "Your request is sent. You get an email when it is answered.")
            return redirect("allocation:request", asked.pk)
    context = {
        "audit": audit,
        "form": form,
        "overdue": audit.is_overdue(today),
        "line_manager": exemptions.first_to_answer(user, today=today),
        "alone_until": exemptions.longest_by_line_manager(audit),
        "nobody": not exemptions.programme_people(user, today=today),
    }
    return render(request, "allocation/request_ask.html", context)


def _ask(audit: Audit, asked: dict[str, Any], *, by: User) -> AuditRequest:
    """The one call that the form stands for."""
    common = {"why": asked["why"], "reason": asked["reason"], "by": by, "at": timezone.now()}
    today = timezone.localdate()
    if asked["kind"] == Kind.EXEMPTION:
        return exemptions.ask_exemption(audit, **common, today=today)
    return exemptions.ask_extension(audit, **common, wanted_due_on=asked["wanted_due_on"], today=today)


def _visible(request: StaffRequest, pk: int) -> AuditRequest:
    rows = AuditRequest.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("audit__auditor", "asked_by", "line_manager"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One request: what is asked, what was answered, and the answer of whoever may give one."""
    found, user = _visible(request, pk), request.user
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        if found.asked_by_id == user.pk:
            raise PermissionDenied
        if form.is_valid():
            try:
                answered = exemptions.answer(
                    found, **form.cleaned_data, by=user, at=timezone.now(), today=timezone.localdate()
                )
            except CycleError as error:
                if error.field is None:
                    messages.error(request, str(error))
                    return redirect("allocation:request", pk)
                form.refuse(error)
            else:
                messages.success(request, reading.what_happens_now(answered))
                return redirect("allocation:request", pk)
    return render(request, "allocation/request_detail.html", _context(found, form, user))


def _context(found: AuditRequest, form: AnswerForm, user: User) -> dict[str, Any]:
    today = timezone.localdate()
    over = exemptions.why_over(found)
    return {
        "asked": found,
        "heading": reading.heading(found),
        "audit": found.audit,
        "form": form,
        "standing": reading.standing(found),
        "over": over,
        "rows": reading.what_is_asked(found),
        "history": reading.answers(found),
        "may_answer": not over and exemptions.may_answer(found, user, today=today),
        "not_there": "" if over else exemptions.why_not_there(found, today=today),
        "line_manager_enough": exemptions.settled_by_line_manager(found),
        "answerers": exemptions.who_answers(found, today=today),
        "mine": found.asked_by_id == user.pk,
        "may_see_audit": Audit.objects.visible_to(user).filter(pk=found.audit_id).exists(),
        "runs_programme": user.can(Permission.MANAGE_CYCLES),
    }


@require_POST
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """The auditor no longer asks."""
    found = _visible(request, pk)
    if found.asked_by_id != request.user.pk:
        raise PermissionDenied
    try:
        exemptions.take_back(found, by=request.user, at=timezone.now())
    except CycleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Your request is taken back. The due date stands.")
    return redirect("allocation:request", pk)


@require_http_methods(["GET", "HEAD"])
def requests(request: StaffRequest) -> HttpResponse:
    """The requests that wait for this person, and those they may see, with filters that stay while they page on."""
    user, today = request.user, timezone.localdate()
    visible = AuditRequest.objects.visible_to(user)
    months = visible.order_by("-audit__month").values_list("audit__month", flat=True).distinct()
    filters = RequestFilter(request.GET, months=list(months))
    chosen = filters.apply(visible)
    rows = chosen.select_related("audit", "asked_by", "line_manager")
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    runs_programme = user.can(Permission.MANAGE_CYCLES)
    context = {
        "waiting": reading.with_standing(exemptions.requests_waiting_for(user, today=today)),
        "page_obj": page_obj,
        "rows": reading.with_standing(page_obj),
        "filters": filters,
        "runs_programme": runs_programme,
        "by_why": count_by_why(chosen) if runs_programme else [],
    }
    return render(request, "allocation/requests.html", context)
