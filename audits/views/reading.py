"""Read an audit: the list, one audit, taking one back; the templates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import again, answering
from audits.filters import AuditFilter
from audits.forms import ReasonForm
from audits.messages import about
from audits.models import Audit, Status, TemplateVersion
from audits.moderation import may_moderate
from audits.permissions import (
    may_answer_as_manager,
    may_answer_as_worker,
    may_read_answers,
    may_write,
)
from audits.reading import answered_pages
from audits.setting_aside import set_aside
from audits.structure import form_of
from audits.workflow import WorkflowError, may_take
from people.models import OutgoingMail, User
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50
SHOWN_IN_LIST = (
    "reference",
    "status",
    "due_on",
    "auditor__name",
    "team__name",
    "overall_grade__label",
    "overall_grade__colour",
)


@require_http_methods(["GET", "HEAD"])
def audits(request: StaffRequest) -> HttpResponse:
    """The audits this person may see, with filters that stay while they page through."""
    chosen = AuditFilter(request.GET, user=request.user, today=timezone.localdate())
    rows = chosen.apply(Audit.objects.visible_to(request.user))
    rows = rows.select_related("auditor", "team", "overall_grade").only(*SHOWN_IN_LIST).order_by("-month", "reference")
    context = {"page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")), "filter": chosen}
    return render(request, "audits/list.html", context)


@require_http_methods(["GET", "HEAD"])
def detail(request: StaffRequest, reference: str) -> HttpResponse:
    """One audit: where it stands, and, for those who may, what it says."""
    audit = _visible(request, reference)
    today = timezone.localdate()
    user = request.user
    context: dict[str, Any] = {
        "audit": audit,
        "overdue": audit.is_overdue(today),
        "may_write": may_write(audit, user),
        "may_answer": _has_to_sign(audit, user),
        "may_take_back": may_take(audit, "withdraw", by=user),
        "history": audit.status_changes.select_related("by"),
        "related": again.related(audit, seen_by=user),
    }
    if audit.is_unfinished and may_read_answers(audit, user) and not context["may_write"]:
        context |= _being_written(audit)
    elif may_read_answers(audit, user) and audit.is_submitted:
        form = form_of(audit.template_version_id)
        context["pages"] = answered_pages(audit, answering.contents_of(audit), form=form)
        context["actions"] = audit.smart_actions.select_related("owner", "done_by")
        context["part_b"] = getattr(audit, "part_b", None)
        context["moderation"] = getattr(audit, "moderation", None)
        context["may_moderate"] = may_moderate(audit, user) and context["moderation"] is None
        context["descriptor"] = form.grade(audit.overall_grade.code if audit.overall_grade else None)
    if user.can(Permission.VIEW_MAIL):
        context["mails"] = OutgoingMail.objects.filter(about=about(audit)).select_related("recipient")
    return render(request, "audits/detail.html", context)


def _being_written(audit: Audit) -> dict[str, Any]:
    """What the supervisor of a learning auditor reads of an unfinished audit (P4)."""
    contents = answering.contents_of(audit)
    return {
        "being_written": True,
        "pages": answered_pages(audit, contents, form=form_of(audit.template_version_id)) if contents else [],
        "actions": audit.smart_actions.select_related("owner", "done_by"),
    }


def _has_to_sign(audit: Audit, user: User) -> bool:
    """Whether this person's signature under Part B is still missing."""
    part_b = getattr(audit, "part_b", None)
    if part_b is None or audit.status != Status.WITH_TEAM:
        return False
    as_manager = part_b.manager_signed_at is None and may_answer_as_manager(audit, user)
    return as_manager or (part_b.worker_signed_at is None and may_answer_as_worker(audit, user))


def _visible(request: StaffRequest, reference: str) -> Audit:
    """The audit with what the page shows of it; its people in a query of their own, cheaper than three joins."""
    rows = Audit.objects.visible_to(request.user).select_related(
        "case", "team", "overall_grade", "template_version__template", "part_b", "moderation", "re_audit_of"
    )
    audit = get_object_or_404(again.with_followed(rows), reference=reference)
    ids = {audit.auditor_id, audit.supervisor_id, audit.worker_id, audit.team_manager_id}
    people = User.objects.in_bulk(ids - {None})
    audit.auditor = people[audit.auditor_id]
    audit.supervisor = people.get(audit.supervisor_id or 0)
    audit.worker = people.get(audit.worker_id or 0)
    audit.team_manager = people.get(audit.team_manager_id or 0)
    return audit


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: StaffRequest, reference: str, step: str) -> HttpResponse:
    """Withdraw an audit or exempt its auditor, with a reason; those it concerns are told."""
    if step not in {"withdraw", "exempt"}:
        raise Http404
    audit = _visible(request, reference)
    if not request.user.can(Permission.MANAGE_CYCLES):
        raise PermissionDenied
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act: dict[str, Any] = {"by": request.user, "at": timezone.now(), "today": timezone.localdate()}
            set_aside(audit, step, reason=form.cleaned_data["reason"], **act)
        except WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Audit {audit.reference} is {'withdrawn' if step == 'withdraw' else 'exempt'}.")
            return redirect("audits:detail", audit.reference)
    return render(request, "audits/take_back.html", {"audit": audit, "form": form, "step": step})


@require_http_methods(["GET", "HEAD"])
def templates(request: StaffRequest) -> HttpResponse:
    """The audit templates and their versions."""
    versions = TemplateVersion.objects.select_related("template", "scale").order_by("template__name", "-number")
    return render(request, "audits/templates.html", {"versions": versions})


@require_http_methods(["GET", "HEAD"])
def template(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """One version of a template, whole, for worker and auditor to read beforehand (A2)."""
    version = get_object_or_404(TemplateVersion, template__code=code, number=number)
    return render(request, "audits/template.html", {"version": version, "form_structure": form_of(version.pk)})
