"""After the audit: Part B, moderation, and the actions until they are done."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import moderation, smart_actions
from audits import part_b as answering_part_b
from audits.forms import CompleteActionForm, ManagerPartBForm, ModerationForm, WorkerPartBForm
from audits.models import Audit, SmartAction
from audits.moderation import may_moderate
from audits.pages import is_adult
from audits.permissions import may_answer_as_manager, may_answer_as_worker, may_complete_action, may_read_answers
from people.requests import StaffRequest

PER_PAGE = 50


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


SHOWN = [("open", "Open"), ("overdue", "Overdue"), ("done", "Done"), ("all", "All")]


@require_http_methods(["GET", "HEAD"])
def actions(request: StaffRequest) -> HttpResponse:
    """The actions this person may see: their own first, or all, open or done."""
    today = timezone.localdate()
    shown = request.GET.get("show", "open")
    rows = SmartAction.objects.visible_to(request.user).filter(audit__submitted_at__isnull=False)
    if request.GET.get("mine"):
        rows = rows.filter(owner=request.user)
    if shown == "overdue":
        rows = rows.overdue(today)
    elif shown == "done":
        rows = rows.filter(done_on__isnull=False)
    elif shown != "all":
        shown, rows = "open", rows.open()
    rows = rows.select_related("audit", "audit__team", "owner").order_by("due_on", "pk")
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    late = {action.pk for action in page_obj if action.is_overdue(today)}
    context = {
        "page_obj": page_obj,
        "late": late,
        "shown": shown,
        "choices": SHOWN,
        "mine": bool(request.GET.get("mine")),
    }
    return render(request, "audits/actions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: StaffRequest, pk: int) -> HttpResponse:
    """One action; its owner or the team manager records here that it is done."""
    rows = SmartAction.objects.visible_to(request.user).filter(audit__submitted_at__isnull=False)
    found = get_object_or_404(rows.select_related("audit__case", "owner", "done_by", "audit__team"), pk=pk)
    may_complete = may_complete_action(found, request.user)
    form = CompleteActionForm(request.POST or None) if may_complete else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied("Only the owner of the action or the team manager can record it as done.")
        if form.is_valid() and _complete(request, found, form):
            messages.success(request, "The action is recorded as done.")
            return redirect("audits:action", found.pk)
    late = found.is_overdue(timezone.localdate())
    sees_audit = Audit.objects.visible_to(request.user).filter(pk=found.audit_id).exists()
    context = {"action": found, "form": form, "late": late, "sees_audit": sees_audit}
    context["adult"] = is_adult(found.audit)
    return render(request, "audits/action.html", context)


def _complete(request: StaffRequest, found: SmartAction, form: CompleteActionForm) -> bool:
    at, today = timezone.now(), timezone.localdate()
    try:
        smart_actions.complete(found, evidence=form.cleaned_data["evidence"], by=request.user, at=at, today=today)
    except smart_actions.ActionError as refused:
        form.add_error(None, str(refused))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: StaffRequest, reference: str) -> HttpResponse:
    """Moderate an audit: the moderator's grade beside the first one."""
    audit = _audit(request, reference)
    if not may_moderate(audit, request.user) or audit.overall_grade is None or hasattr(audit, "moderation"):
        raise PermissionDenied("You had a part in this audit, or it is moderated already.")
    form = ModerationForm(request.POST or None, scale_id=audit.overall_grade.scale_id)
    if request.method == "POST" and form.is_valid():
        try:
            moderation.moderate(audit, **form.cleaned_data, by=request.user, at=timezone.now())
        except moderation.ModerationError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Your moderation is recorded.")
            return redirect("audits:detail", audit.reference)
    return render(request, "audits/moderate.html", {"audit": audit, "form": form})
