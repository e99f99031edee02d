"""Calibration rounds: prepare and open one, grade in one, see how everybody graded once it is closed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import calibration
from audits.after.anonymising import ANSWERS
from audits.after.calibration import CalibrationError
from audits.forms.calibration import PREFIX, CalibrateForm, InviteForm, OpenForm, PrepareForm
from audits.models import Audit, CalibrationGrade, CalibrationRound
from audits.structure import form_of
from audits.views.kept import refuse_another_writer
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 25
State = CalibrationRound.State


@require_http_methods(["GET", "HEAD"])
def calibrations(request: StaffRequest) -> HttpResponse:
    """The rounds in which this person was asked to grade; all of them for who runs the programme."""
    rows = CalibrationRound.objects.visible_to(request.user)
    context = {
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "runs": request.user.can(Permission.MANAGE_CYCLES),
    }
    return render(request, "audits/calibrations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_calibration(request: StaffRequest) -> HttpResponse:
    """Prepare a round from a finished audit."""
    _demand_programme(request)
    form = PrepareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, today = dict(form.cleaned_data), timezone.localdate()
        rows = Audit.objects.visible_to(request.user).select_related("case", "auditor", "worker", "team_manager")
        audit = rows.filter(reference=given.pop("reference").strip()).first()
        try:
            if audit is None:
                raise CalibrationError("There is no audit with this reference.", field="reference")
            made = calibration.prepare(audit, **given, by=request.user, at=timezone.now(), today=today)
        except CalibrationError as refused:
            _refuse(form, refused)
        else:
            messages.success(request, "The copy is made. Read it through, word by word, before anybody else sees it.")
            return redirect("audits:calibration_round", made.pk)
    return render(request, "audits/new_calibration.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def calibration_round(request: StaffRequest, pk: int) -> HttpResponse:
    """One round: prepared by the programme, graded by those asked, compared once it is closed."""
    rows = CalibrationRound.objects.visible_to(request.user)
    found = get_object_or_404(rows.select_related("source", "template_version", "read_through_by"), pk=pk)
    refuse_another_writer(request)
    mine = found.grades.filter(person=request.user).select_related("grade").first()
    if found.state == State.OPEN and mine is not None and mine.graded_at is None and not request.POST.get("do"):
        return _grade(request, found)
    if request.user.can(Permission.MANAGE_CYCLES):
        return _run(request, found, mine)
    if request.method == "POST":
        messages.info(request, "Nothing was saved: you have graded already, or the round is closed.")
        return redirect("audits:calibration_round", pk)
    return _read(request, found, mine)


def _grade(request: StaffRequest, found: CalibrationRound) -> HttpResponse:
    known = {section.code for section in form_of(found.template_version_id).sections}
    sections = [(part["code"], part["title"]) for part in found.text if part["code"] in known]
    form = CalibrateForm(request.POST or None, scale_id=found.template_version.scale_id, sections=sections)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("grade", "reason")}
        try:
            calibration.grade(found, **given, sections=form.sections_given(), by=request.user, at=timezone.now())
        except CalibrationError as refused:
            _refuse(form, refused)
        else:
            messages.success(request, "Your grades are recorded. You see the panel’s once the round is closed.")
            return redirect("audits:calibration_round", found.pk)
    names = form.fields
    parts = [
        (part, form[f"{PREFIX}{part['code']}"] if f"{PREFIX}{part['code']}" in names else None) for part in found.text
    ]
    return render(request, "audits/calibrate.html", {"round": found, "form": form, "parts": parts})


def _run(request: StaffRequest, found: CalibrationRound, mine: CalibrationGrade | None) -> HttpResponse:
    """For the programme: text, people, opening and closing."""
    asked, today = request.POST.get("do", ""), timezone.localdate()
    forms: dict[str, Form] = {}
    if found.state == State.DRAFT:
        chosen = list(found.grades.all())
        first = {
            "panel": [row.person_id for row in chosen if row.on_panel],
            "people": [row.person_id for row in chosen if not row.on_panel],
        }
        free = calibration.could_take_part(found, today=today)
        forms["people"] = InviteForm(request.POST if asked == "people" else None, initial=first, free=free)
        forms["open"] = OpenForm(request.POST if asked == "open" else None)
    if request.method == "POST" and _done(request, found, asked, forms.get(asked)):
        return redirect("audits:calibration_round", found.pk)
    return _read(request, found, mine, forms=forms, form=forms.get(asked), runs=True)


def _done(request: StaffRequest, found: CalibrationRound, asked: str, form: Form | None) -> bool:
    if form is not None and not form.is_valid():
        return False
    by, at, today = request.user, timezone.now(), timezone.localdate()
    try:
        if asked == "text":
            typed = {name: str(value) for name, value in request.POST.items() if name.startswith("text-")}
            values = {name.removeprefix("text-"): value for name, value in typed.items()}
            calibration.edit(found, values=values, by=by, at=at)
        elif asked == "people" and form is not None:
            calibration.invite(found, **form.cleaned_data, by=by, at=at, today=today)
        elif asked == "open" and form is not None:
            calibration.open_round(found, **form.cleaned_data, by=by, at=at, today=today)
        elif asked == "close":
            calibration.close(found, by=by, at=at)
        else:
            messages.info(request, "This round has moved on meanwhile. Nothing was changed.")
            return True
    except CalibrationError as refused:
        if form is None:
            messages.error(request, str(refused))
            return True
        _refuse(form, refused)
        return False
    messages.success(request, SAID[asked])
    return True


SAID = {
    "text": "The text is saved.",
    "people": "Who grades is saved. Nobody is told before you open the round.",
    "open": "The round is open. Everybody asked gets an email.",
    "close": "The round is closed. Everybody who graded now sees the panel’s grade beside theirs.",
}


def _read(request: StaffRequest, found: CalibrationRound, mine: CalibrationGrade | None, **more: Any) -> HttpResponse:
    grades = list(found.grades.select_related("person", "grade"))
    closed = found.state == State.CLOSED
    context = {
        "round": found,
        "mine": mine,
        "fixed": set(ANSWERS.values()),  # nobody can be recognised by these: they are only read
        "grades": grades,
        "graded": sum(row.graded_at is not None for row in grades),
        "result": calibration.result(found, grades) if closed else None,
        **more,
    }
    return render(request, "audits/calibration_round.html", context)


def _demand_programme(request: StaffRequest) -> None:
    if not request.user.can(Permission.MANAGE_CYCLES):
        raise PermissionDenied


def _refuse(form: Form, refused: CalibrationError) -> None:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
