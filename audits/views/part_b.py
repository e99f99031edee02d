"""Part B: what was found in short, the actions, and the part that each side signs."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import part_b as answering_part_b
from audits.forms import ManagerPartBForm, WorkerPartBForm
from audits.models import Audit
from audits.pages import is_adult
from audits.permissions import may_answer_as_manager, may_answer_as_worker, may_read_answers
from people.requests import StaffRequest


def _audit(request: StaffRequest, reference: str) -> Audit:
    rows = Audit.objects.visible_to(request.user).select_related(
        "case", "auditor", "worker", "team", "team_manager", "overall_grade", "part_b"
    )
    return get_object_or_404(rows, reference=reference)


@require_http_methods(["GET", "HEAD", "POST"])
def part_b(request: StaffRequest, reference: str) -> HttpResponse:
    """Part B: what was found in short, the actions, and the part that this person signs."""
    audit = _audit(request, reference)
    as_manager = may_answer_as_manager(audit, request.user)
    as_worker = may_answer_as_worker(audit, request.user)
    if not audit.is_submitted or not may_read_answers(audit, request.user):
        raise PermissionDenied("Part B can be answered once the audit is submitted.")
    record = audit.part_b
    actions = list(audit.smart_actions.select_related("owner"))
    form: ManagerPartBForm | WorkerPartBForm | None = None
    if as_manager and record.manager_signed_at is None:
        form = ManagerPartBForm(request.POST or None, actions=actions, today=timezone.localdate())
    elif as_worker and record.worker_signed_at is None:
        form = WorkerPartBForm(request.POST or None)
    if request.method == "POST":
        if form is None:
            raise PermissionDenied("There is nothing for you to sign here.")
        if form.is_valid() and _sign(request, audit, form):
            messages.success(request, "Part B is signed. Thank you.")
            return redirect("audits:detail", audit.reference)
    context = {"audit": audit, "record": record, "actions": actions, "form": form, "as_manager": as_manager}
    return render(request, "audits/part_b.html", {**context, "adult": is_adult(audit)})


def _sign(request: StaffRequest, audit: Audit, form: ManagerPartBForm | WorkerPartBForm) -> bool:
    at, today = timezone.now(), timezone.localdate()
    data = form.cleaned_data
    try:
        if isinstance(form, ManagerPartBForm):
            answering_part_b.sign_as_manager(
                audit,
                comment=data["comment"],
                supervision_on=data["supervision_on"],
                responses=form.responses(),
                by=request.user,
                at=at,
                today=today,
            )
        else:
            answering_part_b.sign_as_worker(audit, comment=data["comment"], by=request.user, at=at, today=today)
    except answering_part_b.PartBError as refused:
        form.add_error(None, str(refused))
        return False
    return True
