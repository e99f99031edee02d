"""Disagreement: raise it, read both views, record the review session, ask for mediation, decide (S3, S4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import dispute_reading, disputes, mediation, reviewing
from audits.after.dispute_findings import findings_of
from audits.after.grade_changes import changes_of
from audits.after.moderation_blind import hides_judgement
from audits.forms.dispute import DecisionForm, DisputeForm, MediatorsForm, ReviewForm
from audits.models import Audit, Dispute, Outcomes, Status
from audits.permissions import may_read_answers, relations
from audits.structure import form_of
from audits.views.kept import TooLate, refuse_another_writer
from people.models import User
from people.requests import StaffRequest

READ = ("case", "auditor", "supervisor", "worker", "team", "team_manager", "overall_grade", "final_grade")


def _audit(request: StaffRequest, reference: str) -> Audit:
    rows = Audit.objects.visible_to(request.user).select_related(*READ)
    audit = get_object_or_404(rows, reference=reference)
    readable = audit.is_submitted and may_read_answers(audit, request.user)
    if not readable or hides_judgement(audit, request.user):
        raise PermissionDenied("A disagreement is about an audit that is submitted, whose grades you may see.")
    refuse_another_writer(request)
    return audit


def _refuse(request: StaffRequest, audit: Audit, *, last: Dispute | None, why: str) -> HttpResponse:
    """Lead whoever comes too late to what has happened meanwhile; what was typed stays on their page."""
    if last is None or not (disputes.side_of(audit, request.user) or _records(audit, request.user)):
        raise PermissionDenied(why)
    if request.method == "POST":
        see = reverse("audits:disagreement", args=[audit.reference])
        raise TooLate(why, see=see, see_text="Read how it stands")
    messages.info(request, why)
    return redirect("audits:disagreement", audit.reference)


def _records(audit: Audit, user: User) -> bool:
    return bool(relations(audit, user) & reviewing.RECORDERS)


@require_http_methods(["GET", "HEAD", "POST"])
def disagree(request: StaffRequest, reference: str) -> HttpResponse:
    """Say, line by line, what one does not agree with; a second time after a session that came to no one view."""
    audit, today = _audit(request, reference), timezone.localdate()
    last = disputes.latest(audit)
    why = disputes.why_not(audit, request.user, last=last)
    if why:
        return _refuse(request, audit, last=last, why=why)
    form = DisputeForm(
        request.POST or None,
        findings=findings_of(audit, today=today),
        grades=form_of(audit.template_version_id).grades,
        said_before=_said_before(last),
    )
    if request.method == "POST" and form.is_valid():
        try:
            disputes.raise_dispute(audit, lines=form.lines(), by=request.user, at=timezone.now(), today=today)
        except disputes.DisputeError as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(
                request, "Your disagreement is on record. The auditor and the other side are told by email."
            )
            return redirect("audits:disagreement", audit.reference)
    context = {"audit": audit, "form": form, "again": audit.status == Status.DISPUTED, "due": disputes.due_after(today)}
    return render(request, "audits/dispute_raise.html", context)


def _said_before(last: Dispute | None) -> dict[str, disputes.Line]:
    """What was said in the round before, to go on from; nothing of a round that was settled or taken back."""
    if last is None or not disputes.without_one_view(last):
        return {}
    lines = last.lines.select_related("wanted")
    return {row.code: disputes.Line(row.code, row.said, row.wanted.code if row.wanted else "") for row in lines}


@require_http_methods(["GET", "HEAD"])
def disagreement(request: StaffRequest, reference: str) -> HttpResponse:
    """Both views beside each other, line by line; what came of them, what happens next, and by when."""
    audit, user = _audit(request, reference), request.user
    rounds = dispute_reading.both_views(audit, today=timezone.localdate())
    last = rounds[0].dispute if rounds else None
    form = form_of(audit.template_version_id)
    context: dict[str, Any] = {
        "audit": audit,
        "rounds": rounds,
        "last": last,
        "failed": disputes.without_one_view(last),
        "for_good": disputes.is_settled_for_good(last),
        "changes": changes_of(audit, form=form),
        "grade": form.grade_by_pk(audit.overall_grade_id),
        "final_grade": form.grade_by_pk(audit.final_grade_id),
        "may_raise": disputes.may_raise(audit, user, last=last),
        "may_take_back": disputes.may_take_back(last, user),
        "may_record": reviewing.may_record(audit, user, last=last),
        "may_ask": mediation.may_ask(audit, user, last=last),
        "may_decide": mediation.may_decide(audit, user, last=last),
    }
    return render(request, "audits/dispute.html", context)


@require_http_methods(["POST"])
def take_back_dispute(request: StaffRequest, reference: str) -> HttpResponse:
    """Take one's own disagreement back."""
    audit = _audit(request, reference)
    if not disputes.may_take_back(disputes.latest(audit), request.user):
        raise PermissionDenied("Only who raised a disagreement can take it back, while nothing is decided.")
    try:
        disputes.take_back(audit, by=request.user, at=timezone.now(), today=timezone.localdate())
    except disputes.DisputeError as refused:
        messages.info(request, str(refused))
    else:
        messages.success(request, "You have taken it back. Everybody concerned is told. Part B is open again.")
    return redirect("audits:disagreement", audit.reference)


@require_http_methods(["GET", "HEAD", "POST"])
def review_session(request: StaffRequest, reference: str) -> HttpResponse:
    """Record the review session: who, when, and what came of each line."""
    audit, today = _audit(request, reference), timezone.localdate()
    last = disputes.latest(audit)
    if last is None or not reviewing.may_record(audit, request.user, last=last):
        return _refuse(request, audit, last=last, why="There is no review session for you to record here now.")
    form = ReviewForm(request.POST or None, people=_could_be_there(audit, last), today=today, **_outcomes(audit, last))
    if request.method == "POST" and form.is_valid() and _recorded(request, audit, form):
        return redirect("audits:disagreement", audit.reference)
    return render(request, "audits/dispute_review.html", {"audit": audit, "last": last, "form": form})


def _outcomes(audit: Audit, last: Dispute) -> dict[str, Any]:
    return {
        "lines": list(last.lines.select_related("given", "wanted", "new_grade")),
        "grades": form_of(audit.template_version_id).grades,
        "capped": audit.outcomes == Outcomes.NOT_MET,
    }


def _could_be_there(audit: Audit, last: Dispute) -> list[User]:
    """Auditor, worker and team manager (000 §2.11), the auditor's supervisor, and who raised it."""
    people = [audit.auditor, audit.worker, audit.team_manager, last.raised_by, audit.supervisor]
    return list({person.pk: person for person in people if person}.values())


def _recorded(request: StaffRequest, audit: Audit, form: ReviewForm) -> bool:
    data, agreed = form.cleaned_data, form.cleaned_data["agreed"] == "yes"
    meeting = reviewing.Meeting(data["held_on"], form.present(), data["others_present"], data["note"])
    at, today = timezone.now(), timezone.localdate()
    try:
        reviewing.record(audit, meeting=meeting, agreed=agreed, came=form.came(), by=request.user, at=at, today=today)
    except disputes.DisputeError as refused:
        form.add_error(refused.field or None, str(refused))
        return False
    after = "The audit is with the team again." if agreed else "Now choose what comes next."
    messages.success(request, f"The review session is on record. Everybody concerned is told. {after}")
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def ask_mediation(request: StaffRequest, reference: str) -> HttpResponse:
    """Hand a disagreement to mediation: choose who decides."""
    audit, today = _audit(request, reference), timezone.localdate()
    last = disputes.latest(audit)
    if not mediation.may_ask(audit, request.user, last=last):
        return _refuse(request, audit, last=last, why="There is nothing for you to hand to mediation here now.")
    people = mediation.candidates(audit, today=today)
    form = MediatorsForm(request.POST or None, people=people, proposed=mediation.proposed(people))
    if request.method == "POST" and form.is_valid():
        try:
            mediation.ask(
                audit,
                mediators=form.chosen(),
                instead="instead" in request.POST,
                by=request.user,
                at=timezone.now(),
                today=today,
            )
        except disputes.DisputeError as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, "It is in mediation. The mediators are asked by email.")
            return redirect("audits:disagreement", audit.reference)
    context = {"audit": audit, "last": last, "form": form, "due": disputes.due_after(today)}
    return render(request, "audits/dispute_mediators.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide_mediation(request: StaffRequest, reference: str) -> HttpResponse:
    """Decide in mediation, line by line; it binds everybody."""
    audit, today = _audit(request, reference), timezone.localdate()
    last = disputes.latest(audit)
    if last is None or not mediation.may_decide(audit, request.user, last=last):
        return _refuse(request, audit, last=last, why="There is nothing for you to decide here now.")
    form = DecisionForm(request.POST or None, **_outcomes(audit, last))
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["note"]
        try:
            mediation.decide(audit, came=form.came(), note=note, by=request.user, at=timezone.now(), today=today)
        except disputes.DisputeError as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, "Your decision is on record and binding. Everybody concerned is told.")
            return redirect("audits:disagreement", audit.reference)
    rounds = dispute_reading.both_views(audit, today=today)
    return render(request, "audits/dispute_decide.html", {"audit": audit, "rounds": rounds, "form": form})
