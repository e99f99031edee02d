"""The task list of an audit that is being written."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from audits import answering, pages
from audits.structure import form_of
from audits.views.writing import writable_audit
from people.requests import StaffRequest

PEOPLE = ("worker", "team", "team_manager", "supervisor")


@require_http_methods(["GET", "HEAD"])
def tasks(request: StaffRequest, reference: str) -> HttpResponse:
    """The task list: every page with how far it is."""
    audit = writable_audit(request, reference, *PEOPLE)
    form = form_of(audit.template_version_id)
    states = pages.states(audit, answering.contents_of(audit), form=form)
    done = sum(state.state in {"completed", "set_aside"} for state in states)
    context = {
        "audit": audit,
        "before": states[:4],
        "sections": [state for state in states[4:-1] if state.code != "theme"],
        "theme": next((state for state in states if state.code == "theme"), None),
        "overall": states[-1],
        "done": done,
        "total": len(states),
        "action_count": audit.smart_actions.count(),
    }
    return render(request, "audits/tasks.html", context)
