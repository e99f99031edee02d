"""Moderation: read an audit without its grades and grade it; then both grades side by side, talked over, decided."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import moderating
from audits.after.moderation import ModerationError
from audits.after.moderation_compared import compared
from audits.after.moderation_evidence import evidence
from audits.forms.moderation import PREFIX, DecideForm, ModerationForm, TalkForm
from audits.models import Audit, Moderation, ModerationTask
from audits.pages import is_adult
from audits.views.kept import refuse_another_writer
from people.requests import StaffRequest

State = ModerationTask.State
SEEN_ALREADY = "This moderation has moved on meanwhile. Nothing was saved from the page you had open."


def _task(request: StaffRequest, reference: str) -> ModerationTask:
    """The moderation of an audit. Raises Http404 for an audit out of sight, PermissionDenied where it is not theirs."""
    rows = ModerationTask.objects.visible_to(request.user).filter(audit__reference=reference)
    found = rows.select_related(
        "audit__case", "audit__auditor", "audit__overall_grade", "audit__team", "moderator", "adjudicator"
    ).first()
    if found is not None:
        return found
    if Audit.objects.visible_to(request.user).filter(reference=reference).exists():
        raise PermissionDenied("This moderation was given to somebody else, or nobody moderates this audit.")
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: StaffRequest, reference: str) -> HttpResponse:
    """The moderation of one audit, for its moderator, the third person who decides, and the programme."""
    task = _task(request, reference)
    refuse_another_writer(request)
    user = request.user
    if task.state == State.GIVEN and task.moderator_id == user.pk:
        return _grade(request, task)
    if task.state == State.ADJUDICATION and task.adjudicator_id == user.pk:
        return _decide(request, task)
    if task.state == State.TALK and task.moderator_id == user.pk and task.audit.moderation.talked_on is None:
        return _talk(request, task)
    if request.method == "POST":
        messages.info(request, SEEN_ALREADY)
        return redirect("audits:moderate", reference)
    return _read(request, task)


def _grade(request: StaffRequest, task: ModerationTask) -> HttpResponse:
    """The evidence with the moderator's own grades; nothing of the auditor's judgement."""
    audit, pages = task.audit, evidence(task.audit, today=timezone.localdate())
    sections = [(page.code, page.title) for page in pages if page.standards and not page.set_aside]
    assert audit.overall_grade is not None
    form = ModerationForm(request.POST or None, scale_id=audit.overall_grade.scale_id, sections=sections)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("grade", "reason", "on_the_audit")}
        try:
            made = moderating.grade(task, **given, sections=form.sections_given(), by=request.user, at=timezone.now())
        except ModerationError as refused:
            _refuse(form, refused)
        else:
            messages.success(request, _what_next(made))
            return redirect("audits:moderate", audit.reference)
    fields = [(page, _field(form, page.code)) for page in pages]
    return _page(request, task, form, "audits/moderate.html", pages=fields)


def _what_next(made: Moderation) -> str:
    if made.within_tolerance:
        return "Your grades are recorded. They are close enough to the auditor’s: nothing more is to be done."
    return "Your grades are recorded. The auditor graded it otherwise: talk it over with them, then come back here."


def _field(form: ModerationForm, code: str) -> Any:
    name = f"{PREFIX}{code}"
    return form[name] if name in form.fields else None


def _decide(request: StaffRequest, task: ModerationTask) -> HttpResponse:
    """The evidence for the third person, with neither grade."""
    audit, today = task.audit, timezone.localdate()
    assert audit.overall_grade is not None
    form = DecideForm(request.POST or None, scale_id=audit.overall_grade.scale_id)
    if request.method == "POST" and form.is_valid():
        try:
            moderating.adjudicate(task, **form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except ModerationError as refused:
            _refuse(form, refused)
        else:
            messages.success(request, "Your decision is recorded, and the auditor is told that it is there.")
            return redirect("audits:moderate", audit.reference)
    pages = [(page, None) for page in evidence(audit, today=today)]
    return _page(request, task, form, "audits/moderate.html", pages=pages, deciding=True)


def _talk(request: StaffRequest, task: ModerationTask) -> HttpResponse:
    """Both grades side by side, and the talk with the auditor to record."""
    today = timezone.localdate()
    form = TalkForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            made = moderating.talk_over(task, **form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except ModerationError as refused:
            _refuse(form, refused)
        else:
            agreed = made.auditor_view == Moderation.View.AGREES
            after = "Your grade stands from now on." if agreed else "A third person is asked to decide."
            messages.success(request, f"The talk is recorded. {after}")
            return redirect("audits:moderate", task.audit.reference)
    return _side_by_side(request, task, form)


def _read(request: StaffRequest, task: ModerationTask) -> HttpResponse:
    return _side_by_side(request, task, None)


def _side_by_side(request: StaffRequest, task: ModerationTask, form: Form | None) -> HttpResponse:
    record = getattr(task.audit, "moderation", None)
    lines = compared(task.audit, record) if record else []
    return _page(request, task, form, "audits/moderated.html", record=record, lines=lines)


def _page(request: StaffRequest, task: ModerationTask, form: Form | None, template: str, **more: Any) -> HttpResponse:
    audit = task.audit
    sees_audit = Audit.objects.visible_to(request.user).filter(pk=audit.pk).exists()
    adult = is_adult(audit, today=timezone.localdate())
    context = {"task": task, "audit": audit, "form": form, "adult": adult, "sees_audit": sees_audit, **more}
    return render(request, template, context)


def _refuse(form: Form, refused: ModerationError) -> None:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
