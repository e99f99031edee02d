"""Read an audit: the list, and one audit."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import again, answering, learning_points, risk_reading
from audits.filters import AuditFilter
from audits.messages import about
from audits.models import Audit, Status
from audits.moderation import may_moderate
from audits.pages import is_adult
from audits.permissions import (
    may_answer_as_manager,
    may_answer_as_worker,
    may_read_answers,
    may_submit,
    may_write,
)
from audits.reading import answered_pages
from audits.structure import AuditForm, form_of
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
NOT_SHOWN = ("case__facts", "case__flags", "case__plans")  # of one audit


@require_http_methods(["GET", "HEAD"])
def audits(request: StaffRequest) -> HttpResponse:
    """The audits this person may see, with filters that stay while they page through."""
    chosen = AuditFilter(request.GET, user=request.user, today=timezone.localdate())
    rows = risk_reading.mark_open(chosen.apply(Audit.objects.visible_to(request.user)), viewer=request.user)
    rows = rows.select_related("auditor", "team", "overall_grade").only(*SHOWN_IN_LIST).order_by("-month", "reference")
    context = {"page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")), "filter": chosen}
    return render(request, "audits/list.html", context)


@require_http_methods(["GET", "HEAD"])
def detail(request: StaffRequest, reference: str) -> HttpResponse:
    """One audit: where it stands, and, for those who may, what it says."""
    user = request.user
    rows = Audit.objects.visible_to(user).select_related("case", "team", "part_b", "moderation")
    rows = learning_points.with_points(again.with_followed(rows.defer(*NOT_SHOWN)))
    audit = get_object_or_404(risk_reading.with_risks(rows, viewer=user), reference=reference)
    form = form_of(audit.template_version_id)
    context: dict[str, Any] = {
        "audit": audit,
        "audit_form": form,
        "overdue": audit.is_overdue(timezone.localdate()),
        "adult": is_adult(audit, today=timezone.localdate()),
        "history": list(audit.status_changes.all()),
        "related": again.related(audit, seen_by=user),
        "mails": list(OutgoingMail.objects.filter(about=about(audit))) if user.can(Permission.VIEW_MAIL) else None,
        **_what_it_says(audit, user, form=form),
    }
    _name_people(audit, context)
    context["may_write"] = may_write(audit, user)
    context["may_answer"] = _has_to_sign(audit, user)
    return render(request, "audits/detail.html", context)


def _what_it_says(audit: Audit, user: User, *, form: AuditForm) -> dict[str, Any]:
    """Pages, actions, grades and responses, for those who may read them now; nothing for everybody else."""
    there = audit.is_unfinished or audit.is_submitted
    if not (there and may_read_answers(audit, user)) or may_submit(audit, user):
        return {}
    contents, today = answering.contents_of(audit), timezone.localdate()
    says: dict[str, Any] = {
        "pages": answered_pages(audit, contents, form=form, today=today) if contents or audit.is_submitted else [],
        "actions": list(audit.smart_actions.all()),
        "learning": learning_points.points_of(audit),
    }
    if audit.is_unfinished:  # read by the supervisor of a learning auditor (P4)
        return {**says, "being_written": True}
    moderation = getattr(audit, "moderation", None)
    return {
        **says,
        "at_once": [action for action in says["actions"] if action.immediate and action.done_on is None],
        "grade": form.grade_by_pk(audit.overall_grade_id) or audit.overall_grade,
        "part_b": getattr(audit, "part_b", None),
        "moderation": moderation,
        "moderated_grade": moderation and (form.grade_by_pk(moderation.grade_id) or moderation.grade),
        "may_moderate": may_moderate(audit, user) and moderation is None,
    }


def _name_people(audit: Audit, shown: dict[str, Any]) -> None:
    """Put everybody the page names in their places: one query, cheaper than a join for each."""
    moderation = shown.get("moderation")
    places: list[tuple[Any, str]] = [
        *((audit, role) for role in ("auditor", "supervisor", "worker", "team_manager")),
        *((change, "by") for change in shown["history"]),
        *((action, role) for action in shown.get("actions", []) for role in ("owner", "done_by")),
        *((mail, "recipient") for mail in shown["mails"] or []),
        *([(moderation, "moderator")] if moderation else []),
    ]
    wanted = [(row, role, getattr(row, f"{role}_id")) for row, role in places]
    people = User.objects.only("name", "leave_date").in_bulk({pk for _, _, pk in wanted if pk is not None})
    for row, role, pk in wanted:
        setattr(row, role, people.get(pk))


def _has_to_sign(audit: Audit, user: User) -> bool:
    """Whether this person's signature under Part B is still missing."""
    part_b = getattr(audit, "part_b", None)
    if part_b is None or audit.status != Status.WITH_TEAM:
        return False
    as_manager = part_b.manager_signed_at is None and may_answer_as_manager(audit, user)
    return as_manager or (part_b.worker_signed_at is None and may_answer_as_worker(audit, user))
