"""An audit that has to be acted on today: read it, say what one does about it, see what is not answered."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import notice_reading, urgent_notices
from audits.forms import AcknowledgeForm
from audits.models import Audit, UrgentNotice
from audits.pages import is_adult
from audits.views.kept import TooLate, refuse_another_writer
from people.requests import StaffRequest

PER_PAGE = 50
READ_WITH = ("audit__case", "audit__team", "audit__auditor", "audit__overall_grade", "audit__final_grade", "by")


@require_http_methods(["GET", "HEAD"])
def notices(request: StaffRequest) -> HttpResponse:
    """The urgent audits that this person was told of or may open: those that wait for an answer first, or all."""
    everything = request.GET.get("show") == "all"
    rows = notice_reading.listed(request.user, only_open=not everything)
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    states = notice_reading.states_of(page_obj.object_list, viewer=request.user, at=timezone.now())
    return render(request, "audits/notices.html", {"page_obj": page_obj, "states": states, "everything": everything})


@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: StaffRequest, pk: int) -> HttpResponse:
    """What has to happen now, who was told, who has answered; those who were told answer here, by posting."""
    rows = notice_reading.seen_by(request.user).select_related(*READ_WITH)
    found = get_object_or_404(rows, pk=pk)
    state = notice_reading.state_of(found, viewer=request.user, at=timezone.now())
    refuse_another_writer(request)
    adult = is_adult(found.audit, today=timezone.localdate())
    form = AcknowledgeForm(request.POST or None, adult=adult) if state.may_answer else None
    if request.method == "POST":
        if form is None:
            return _cannot_answer(request, state)
        if form.is_valid() and _answered(request, found, form):
            messages.success(request, "Thank you. Everybody who was told can read what you do.")
            return redirect("audits:notice", found.pk)
    context = {
        "notice": found,
        "state": state,
        "form": form,
        "adult": adult,
        "actions": notice_reading.to_do_first(found.audit),
        "why": [] if state.is_correction else notice_reading.why(found.audit, adult=adult),
        "changes": notice_reading.what_changed(found),
        "sees_audit": Audit.objects.visible_to(request.user).filter(pk=found.audit_id).exists(),
    }
    return render(request, "audits/notice.html", context)


def _cannot_answer(request: StaffRequest, state: notice_reading.NoticeState) -> HttpResponse:
    """The same words again lead to the notice. Raises TooLate for other ones, PermissionDenied for those not told."""
    address = reverse("audits:notice", args=[state.notice.pk])
    if state.mine is None:
        raise PermissionDenied("Only those who were told can answer.")
    step = state.mine.step_taken
    if request.POST.get("step_taken", step).strip() in {step, ""}:
        return redirect(address)
    why = "You have answered this already." if step else "The audit is not urgent any more, so no answer is needed."
    raise TooLate(why, see=address, see_text="See how it stands")


def _answered(request: StaffRequest, found: UrgentNotice, form: AcknowledgeForm) -> bool:
    step = form.cleaned_data["step_taken"]
    try:
        urgent_notices.acknowledge(found, step=step, by=request.user, at=timezone.now())
    except urgent_notices.NoticeError as refused:
        form.add_error(refused.field, str(refused))
        return False
    return True
