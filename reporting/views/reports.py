"""The monthly report: list, new, read, edit, build, publish, download."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.requests import StaffRequest
from people.roles import Permission
from reporting import highlight_report
from reporting.changes import reasons_by_hand
from reporting.forms import NarrativeForm, NewReportForm
from reporting.highlight_report import Build
from reporting.identities import ReportError
from reporting.models import HighlightReport
from reporting.report_page import context
from reporting.views.overview import month_of

PER_PAGE = 50


def _report(request: StaffRequest, month: str, version: int) -> HighlightReport:
    """A report this person may see, without its PDF; 404 otherwise."""
    visible = HighlightReport.objects.visible_to(request.user).defer("pdf").select_related("author", "published_by")
    return get_object_or_404(visible, month=month_of(month), version=version)


def _writers_only(request: StaffRequest) -> None:
    if not request.user.can(Permission.WRITE_REPORTS):
        raise PermissionDenied


def _address(report: HighlightReport, page: str = "report") -> str:
    return reverse(f"reporting:{page}", args=[f"{report.month:%Y-%m}", report.version])


@require_safe
def reports(request: StaffRequest) -> HttpResponse:
    """Every report this person may read, newest month first."""
    user = request.user
    if not user.can(Permission.READ_REPORTS):
        raise PermissionDenied
    visible = HighlightReport.objects.visible_to(user).defer("pdf", "figures").select_related("author")
    page = Paginator(visible, PER_PAGE).get_page(request.GET.get("page"))
    may_write = user.can(Permission.WRITE_REPORTS)
    return render(request, "reporting/reports.html", {"page_obj": page, "may_write": may_write})


@require_http_methods(["GET", "HEAD", "POST"])
def new_report(request: StaffRequest) -> HttpResponse:
    """Start a report for a month that has begun."""
    _writers_only(request)
    user, today = request.user, timezone.localdate()
    typed = request.POST if request.method == "POST" else None
    form = NewReportForm(typed, cycles=highlight_report.months_to_report(today=today))
    if form.is_valid():
        try:
            report = highlight_report.draft(
                form.cleaned_data["month"], by=user, at=timezone.now(), today=today, reason=form.cleaned_data["reason"]
            )
        except ReportError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"The report for {report.month:%B %Y} is started.")
            return redirect(_address(report, "edit_report"))
    return render(request, "reporting/new_report.html", {"form": form})


@require_safe
def report(request: StaffRequest, month: str, version: int) -> HttpResponse:
    """A report: a draft with today's figures (or those of its PDF), or what was published."""
    user, found = request.user, _report(request, month, version)
    figures = highlight_report.frozen_figures(found, as_of=timezone.localdate())
    shown = {
        **context(found, figures, earlier=highlight_report.replaced(found)),
        "may_write": user.can(Permission.WRITE_REPORTS),
        "latest": highlight_report.latest_version(found.month),
        "links": reverse("audits:list") if user.can(Permission.VIEW_ALL_AUDITS) else "",
        "progress_url": _address(found, "report_progress"),
        "by_hand": reasons_by_hand(found.month) if user.can(Permission.VIEW_DASHBOARD) else [],
        "building": found.build in (Build.WAITING, Build.RUNNING),
    }
    return render(request, "reporting/report.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_report(request: StaffRequest, month: str, version: int) -> HttpResponse:
    """Write the words of a draft."""
    found = _report(request, month, version)
    _writers_only(request)
    form = NarrativeForm(request.POST if request.method == "POST" else None, instance=found)
    if found.status == HighlightReport.Status.PUBLISHED:
        return _refuse(request, found, "This version is published and does not change. Start a new version.")
    if form.is_valid():
        try:
            highlight_report.edit(found, narrative=form.cleaned_data, by=request.user, at=timezone.now())
        except ReportError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The words are saved.")
            return redirect(_address(found))
    return render(request, "reporting/edit_report.html", {"form": form, "report": found})


@require_POST
def build_report(request: StaffRequest, month: str, version: int) -> HttpResponse:
    """Ask for the PDF; the worker makes it."""
    found = _report(request, month, version)
    _writers_only(request)
    try:
        highlight_report.ask_for_build(found, by=request.user, at=timezone.now())
    except ReportError as error:
        return _refuse(request, found, str(error))
    return redirect(_address(found))


@require_http_methods(["GET", "HEAD", "POST"])
def publish_report(request: StaffRequest, month: str, version: int) -> HttpResponse:
    """Confirm, then freeze."""
    found = _report(request, month, version)
    _writers_only(request)
    if request.method == "POST":
        return _publish(request, found)
    shown: dict[str, Any] = {"report": found, "problem": _problem(found)}
    if not shown["problem"]:
        shown["moved"] = highlight_report.has_moved(found, today=timezone.localdate())
        shown |= context(found, found.figures or {}, earlier=highlight_report.replaced(found))
    return render(request, "reporting/publish_report.html", shown)


def _problem(found: HighlightReport) -> str:
    """Why a report cannot be published now; empty where it can."""
    try:
        highlight_report.check_publishable(found)
    except ReportError as error:
        return str(error)
    return ""


def _publish(request: StaffRequest, found: HighlightReport) -> HttpResponse:
    try:
        highlight_report.publish(found, by=request.user, at=timezone.now(), today=timezone.localdate())
    except ReportError as error:
        return _refuse(request, found, str(error))
    messages.success(request, f"The report for {found.month:%B %Y} is published. Its figures no longer change.")
    return redirect(_address(found))


def _refuse(request: StaffRequest, found: HighlightReport, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect(_address(found))


@require_safe
def report_pdf(request: StaffRequest, month: str, version: int) -> HttpResponse:
    """The PDF as it was built; its name says month and version and nothing else."""
    found = _report(request, month, version)
    if not found.pdf:
        raise Http404("This report has no PDF.")
    response = HttpResponse(bytes(found.pdf), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{highlight_report.file_name(found)}"'
    return response


@require_safe
def report_progress(request: StaffRequest, month: str, version: int) -> JsonResponse:
    """How far the PDF is, for the page that waits for it."""
    found = _report(request, month, version)
    _writers_only(request)
    done = found.build in (Build.READY, Build.FAILED)
    return JsonResponse(
        {
            "percent": found.build_percent,
            "step": found.build_step,
            "state": found.build,
            "url": _address(found) if done else "",
        }
    )
