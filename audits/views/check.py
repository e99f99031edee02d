"""Check your answers, stop where people will be told to act today, submit, and what happens then."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import answering, late_texts, meeting_reading, pages, submitting, supervising
from audits.co_auditing import Stage, agreement, fingerprint
from audits.forms.not_yet import NotYetForm
from audits.models import Audit
from audits.permissions import may_submit
from audits.reading import answered_pages
from audits.structure import AuditForm, form_of
from audits.telling import who_is_told, who_was_told
from audits.views.writing import writable_audit
from people.requests import StaffRequest

ELSEWHERE = {"actions": "Actions", "supervisor": "Your supervisor"}  # what is missing on no page of the form
PEOPLE = ("supervisor", "auditor", "team_manager", "worker")
SENT_ALREADY = "This audit is submitted already. It was sent once, and nobody was told twice."


def _already_submitted(request: StaffRequest, reference: str) -> HttpResponse | None:
    """Where the auditor goes who comes back, or presses twice, after submitting; None while it is being written."""
    rows = Audit.objects.visible_to(request.user).filter(reference=reference, auditor=request.user).completed()
    if not rows.exists():
        return None
    messages.info(request, SENT_ALREADY)
    return redirect("audits:submitted", reference)


def _by_page(problems: list[pages.Problem], form: AuditForm, *, adult: bool) -> list[dict[str, Any]]:
    """What is missing, one entry a page: its title, and each thing with the input it belongs to."""
    found: dict[str, dict[str, Any]] = {}
    for problem in problems:
        title = ELSEWHERE.get(problem.page) or pages.title_of(problem.page, form, adult=adult)
        entry = found.setdefault(problem.page, {"page": problem.page, "title": title, "what": []})
        entry["what"].append(problem)
    return list(found.values())


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: StaffRequest, reference: str) -> HttpResponse:
    """Check your answers, and submit: what is missing is listed with links; who will be told is said before."""
    done = _already_submitted(request, reference)
    if done:
        return done
    audit = writable_audit(request, reference, *PEOPLE)
    if request.method == "POST":
        return _submit(request, audit, urgent_seen=False)
    return show(request, audit)


def _submit(request: StaffRequest, audit: Audit, *, urgent_seen: bool) -> HttpResponse:
    if not may_submit(audit, request.user):
        raise PermissionDenied("Only the auditor can submit this audit.")
    try:
        submitting.submit(
            audit, by=request.user, at=timezone.now(), today=timezone.localdate(), urgent_seen=urgent_seen
        )
    except submitting.NotReady as not_ready:
        return show(request, audit, refused=not_ready.problems)
    except submitting.UrgentUnseen:
        return redirect("audits:submit_urgent", audit.reference)
    except answering.NotThere as missing:
        raise Http404 from missing
    except answering.NotWritable:  # pressed twice, and the other one came first
        messages.info(request, SENT_ALREADY)
    return redirect("audits:submitted", audit.reference)


def show(
    request: StaffRequest,
    audit: Audit,
    *,
    refused: list[pages.Problem] | None = None,
    said: NotYetForm | None = None,
) -> HttpResponse:
    """The check page; with what was missing when it was to be submitted, or what a supervisor said in vain."""
    today = timezone.localdate()
    form = form_of(audit.template_version_id)
    contents = answering.contents_of(audit)
    child, adult = pages.child_of(audit), pages.is_adult(audit, today=today)
    missing = refused or submitting.problems_before_submitting(audit, contents, form=form, today=today)
    urgent = pages.is_urgent(contents, form=form, **child)
    context = {
        "audit": audit,
        "adult": adult,
        "missing": _by_page(missing, form, adult=adult),
        "count": len(missing),
        "refused": bool(refused),
        "unanswered": pages.unanswered(contents.get("theme", {}), questions=audit.questions),
        "pages": answered_pages(audit, contents, form=form, today=today),
        "actions": audit.smart_actions.select_related("owner"),
        "learning_points": audit.learning_points.all(),
        "prompts": pages.asked_prompts(contents, form=form, **child, adult=adult),
        "urgent": urgent,
        **late_texts.beside(audit, contents, today=today),
        "told": who_is_told(audit, urgent=urgent, today=today),
        "called_off": meeting_reading.called_off_by_submitting(audit, at=timezone.now()),
        **_agreement(request, audit, missing, said, today=today),
    }
    return render(request, "audits/check.html", context)


def _agreement(
    request: StaffRequest, audit: Audit, missing: list[pages.Problem], said: NotYetForm | None, *, today: date
) -> dict[str, Any]:
    """Where the supervisor's agreement stands, and what this person can do about it now."""
    found = agreement(audit, today=today)
    complete = all(problem.page == "supervisor" for problem in missing)
    may_agree = found.needed and audit.supervisor_id == request.user.pk
    if said is None and may_agree and found.stage == Stage.ASKED:
        said = NotYetForm(learner=audit.auditor.name)
    return {
        "agreement": found,
        "is_auditor": audit.auditor_id == request.user.pk,
        "complete": complete,
        "may_agree": may_agree,
        "seen": fingerprint(audit) if may_agree else "",
        "form": said,
        **supervising.talk(audit, found, today=today),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def submit_urgent(request: StaffRequest, reference: str) -> HttpResponse:
    """Stop before people are told to act today: who they are, what they get, what happens next (S1, 000 §2.10)."""
    done = _already_submitted(request, reference)
    if done:
        return done
    audit = writable_audit(request, reference, *PEOPLE)
    if request.method == "POST":
        return _submit(request, audit, urgent_seen=True)
    if not may_submit(audit, request.user):
        raise PermissionDenied("Only the auditor can submit this audit.")
    today = timezone.localdate()
    form = form_of(audit.template_version_id)
    contents = answering.contents_of(audit)
    child = pages.child_of(audit)
    urgent = pages.is_urgent(contents, form=form, **child)
    if not urgent or submitting.problems_before_submitting(audit, contents, form=form, today=today):
        return redirect("audits:check", audit.reference)
    context = {
        "audit": audit,
        "told": who_is_told(audit, urgent=True, today=today),
        "called_off": meeting_reading.called_off_by_submitting(audit, at=timezone.now()),
        "part_b_due_on": submitting.part_b_due(urgent=True, today=today),
        "grade": pages.overall_grade(contents, form=form),
        "urgent_sections": [] if form.overall_grade else pages.urgent_sections(contents, form=form, **child),
        "adult": pages.is_adult(audit, today=today),
        "unsafe": contents["overall"].get("safe_now") == "no",
        "immediate": audit.smart_actions.filter(immediate=True).select_related("owner"),
    }
    return render(request, "audits/interruption_urgent.html", context)


@require_http_methods(["GET", "HEAD"])
def submitted(request: StaffRequest, reference: str) -> HttpResponse:
    """After submitting: what happened, who was told, what comes next."""
    audit = get_object_or_404(Audit.objects.visible_to(request.user).select_related("case"), reference=reference)
    if audit.auditor_id != request.user.pk or not audit.is_submitted:
        raise PermissionDenied("This page is for the auditor, once the audit is submitted.")
    form = form_of(audit.template_version_id)
    contents = answering.contents_of(audit)
    urgent = pages.is_urgent(contents, form=form, **pages.child_of(audit))
    context = {
        "audit": audit,
        "told": who_was_told(audit),
        "called_off": meeting_reading.was_called_off_by_submitting(audit),
        "urgent": urgent,
        "adult": pages.is_adult(audit),
    }
    return render(request, "audits/submitted.html", context)
