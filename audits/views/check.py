"""Check your answers, and submit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import answering, pages, submitting
from audits.messages import head_of_service, team_recipients
from audits.reading import answered_pages
from audits.structure import AuditForm, form_of
from audits.views.writing import writable_audit
from people.requests import StaffRequest


def _by_page(problems: list[pages.Problem], form: AuditForm) -> list[dict[str, Any]]:
    """What is missing, one entry a page: its title, what to do, and the input to begin with."""
    found: dict[str, dict[str, Any]] = {}
    for problem in problems:
        title = "Actions" if problem.page == "actions" else pages.title_of(problem.page, form)
        entry = found.setdefault(problem.page, {"page": problem.page, "title": title, "name": problem.name, "what": []})
        entry["what"].append(problem.message)
    return list(found.values())


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: StaffRequest, reference: str) -> HttpResponse:
    """Check your answers, and submit: what is missing is listed with a link; who will be told is said before."""
    audit = writable_audit(request, reference)
    today = timezone.localdate()
    problems: list[pages.Problem] = []
    if request.method == "POST":
        try:
            submitted = submitting.submit(audit, by=request.user, at=timezone.now(), today=today)
        except submitting.NotReady as not_ready:
            problems = not_ready.problems
        except answering.NotWritable:  # pressed twice: it is submitted
            return redirect("audits:detail", audit.reference)
        else:
            messages.success(request, f"Audit {submitted.reference} is submitted. The team has been told.")
            return redirect("audits:detail", submitted.reference)
    form = form_of(audit.template_version_id)
    contents = answering.contents_of(audit)
    urgent = pages.is_urgent(contents, form=form)
    told = team_recipients(audit, today=today)
    head = head_of_service(audit, today=today) if urgent else None
    context = {
        "audit": audit,
        "missing": _by_page(problems or submitting.problems_before_submitting(audit, contents, form=form), form),
        "refused": bool(problems),
        "unanswered": pages.unanswered(contents.get("theme", {}), questions=audit.questions),
        "pages": answered_pages(audit, contents, form=form),
        "actions": audit.smart_actions.select_related("owner"),
        "urgent": urgent,
        "prompts": pages.consistency_prompts(contents, form=form),
        "told": told + ([head] if head and head not in told else []),
    }
    return render(request, "audits/check.html", context)
