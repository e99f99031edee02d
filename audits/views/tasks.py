"""The task list of an audit that is being written."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import answering, late_texts, meeting_reading, pages, supervising
from audits.co_auditing import agreement
from audits.structure import form_of
from audits.views.writing import writable_audit
from people.requests import StaffRequest

PEOPLE = ("worker", "team", "team_manager", "supervisor")
BEFORE = {"overview", "meeting", "child", "parent"}
TOGETHER = {"theme", "overall"}


@require_http_methods(["GET", "HEAD"])
def tasks(request: StaffRequest, reference: str) -> HttpResponse:
    """The task list: every page with how far it is, and the one to go on with."""
    audit = writable_audit(request, reference, *PEOPLE)
    form = form_of(audit.template_version_id)
    contents = answering.contents_of(audit)
    today = timezone.localdate()
    states = pages.states(audit, contents, form=form, today=today)
    found = agreement(audit, today=today)
    last_saved = next(reversed(contents), None)
    done, total = pages.how_far(states)
    context = {
        "audit": audit,
        **_grouped(states),
        "done": done,
        "total": total,
        "begun": last_saved is not None,
        "go_on": pages.go_on_with(states, last_saved=last_saved),
        "booking": meeting_reading.booking(audit, at=timezone.now()),
        "agreement": found,
        **supervising.talk(audit, found, today=today),
        "adult": pages.is_adult(audit, today=today),
        "is_auditor": audit.auditor_id == request.user.pk,
        **late_texts.beside(audit, contents, today=today),
        "action_count": audit.smart_actions.count(),
    }
    return render(request, "audits/tasks.html", context)


def _grouped(states: list[pages.PageState]) -> dict[str, Any]:
    """The pages under the three headings of the list."""
    return {
        "before": [state for state in states if state.code in BEFORE],
        "file": [state for state in states if state.code not in BEFORE | TOGETHER],
        "together": [state for state in states if state.code in TOGETHER],
    }
