"""What pages show of a request: where it stands, what is asked, what was answered and what comes next, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allocation.changes.exemptions import Kind, Stage, State, why_over
from allocation.models import AuditRequest
from audits.deadlines import london_date
from people.form_fields import day_in_words

NO_LONGER_NEEDED = (State.OVERTAKEN, "No longer needed")


@dataclass(frozen=True)
class Answer:
    """One line of a request's history."""

    words: str
    who: str
    at: datetime
    comment: str


def standing(request: AuditRequest) -> tuple[str, str]:
    """Where a request stands: the code of its tag, and words. Needs its audit and line manager, asks nothing more."""
    still_theirs = request.audit.auditor_id == request.asked_by_id
    if request.is_open and still_theirs and request.audit.is_unfinished:
        manager = request.line_manager
        first = request.state == State.WITH_LINE_MANAGER and manager is not None
        return "waiting", f"With {manager}" if first else "With the principal social worker"
    if request.is_open:  # but what was asked about is over: nobody can answer it
        return NO_LONGER_NEEDED
    return request.state, str(request.get_state_display())


def with_standing(requests: Iterable[AuditRequest]) -> list[tuple[AuditRequest, tuple[str, str]]]:
    """Each request with where it stands."""
    return [(request, standing(request)) for request in requests]


def heading(request: AuditRequest) -> str:
    """What is asked for, as a heading that the audit's reference completes."""
    return "Exemption from audit" if request.kind == Kind.EXEMPTION else "More time for audit"


def what_is_asked(request: AuditRequest) -> list[dict[str, str]]:
    """The request as rows of a summary list."""
    rows = [
        {"key": "Asked by", "value": f"{request.asked_by}, {day_in_words(london_date(request.asked_at))}"},
        {"key": "Why", "value": str(request.get_why_display())},
        {"key": "In their own words", "value": request.reason},
        {"key": "Due when it was asked", "value": day_in_words(request.due_on_before)},
    ]
    if request.wanted_due_on is not None:
        days = (request.wanted_due_on - request.due_on_before).days
        later = f"{day_in_words(request.wanted_due_on)}, {days} day{'' if days == 1 else 's'} later"
        rows.append({"key": "New due date asked for", "value": later})
    return rows


def answers(request: AuditRequest) -> list[Answer]:
    """What was answered so far, oldest first. Says so where somebody answered in the line manager's place."""
    found = []
    for decision in request.decisions.select_related("by"):
        said = "Yes" if decision.agreed else "No"
        if decision.stage == Stage.PROGRAMME:
            words = f"{said}, as principal social worker"
        elif decision.by_id == request.line_manager_id:
            words = f"{said}, as line manager"
        else:
            words = f"{said}, in place of {request.line_manager or 'the line manager'}"
        found.append(Answer(words, str(decision.by), decision.at, decision.comment))
    return found


def what_happens_now(request: AuditRequest) -> str:
    """What follows from an answer that has just been given, for the one who gave it."""
    name, reference = request.asked_by, request.audit.reference
    if request.state == State.WITH_PROGRAMME:
        return "Your yes is recorded. The principal social worker answers next, and has an email about it."
    if request.state == State.REFUSED:
        return f"Your no is recorded. {name} gets an email; audit {reference} stays due as it is."
    if request.kind == Kind.EXEMPTION:
        return f"Audit {reference} is exempt. {name} gets an email, and no more reminders."
    return f"Audit {reference} is now due on {day_in_words(request.audit.due_on)}. {name} gets an email."


def state_in_words(request: AuditRequest) -> str:
    """One sentence on where a request stands, for the audit's own page."""
    return why_over(request) or f"{standing(request)[1]}. The due date stands until it is agreed."
