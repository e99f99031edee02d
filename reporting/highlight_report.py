"""The monthly highlight report's life: drafted, edited, built as a PDF, published and then frozen (R8, R29, R30).

The request only marks a report as waiting; a Celery task builds it (report_building). Figures and PDF are written
together at the end of a build, with their fingerprints, and publishing freezes exactly these.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from allocation.models import Cycle
from people import activity
from people.models import User
from reporting import snapshot
from reporting.figures import SCHEMA, count_figures
from reporting.identities import ReportError, identities
from reporting.models import HighlightReport
from reporting.naming import names_a_child

NARRATIVE = ("introduction", "what_we_found", "recommendations", "recipients", "contact")
STALE_AFTER = timedelta(minutes=10)  # a build that has run longer was lost with its worker
Build = HighlightReport.Build
Published = HighlightReport.Status.PUBLISHED


def target(report: HighlightReport) -> str:
    """The report as activity names it."""
    return f"report:{report.month:%Y-%m}-v{report.version}"


def file_name(report: HighlightReport) -> str:
    """The PDF's name: month and version, nothing about a child or a grade."""
    return f"highlight-report-{report.month:%Y-%m}-v{report.version}.pdf"


def months_to_report(*, today: date) -> list[Cycle]:
    """The cycles that have started, newest first."""
    return list(Cycle.objects.filter(month__lte=today).order_by("-month"))


def draft(month: date, *, by: User, at: datetime, today: date, reason: str = "") -> HighlightReport:
    """Start the next version of a month's report, with the last version's narrative.

    Raises ReportError where the month has not started or has no cycle, where a draft is there already, and where a
    version after the first has no reason, and where somebody else starts the same version at the same moment.
    """
    _check_month(month, today=today)
    try:
        return _next_version(month, by=by, at=at, reason=reason)
    except IntegrityError as error:
        if "report_version_once" not in str(error):
            raise
        raise ReportError(f"A report for {month:%B %Y} has just been started.") from error


def _next_version(month: date, *, by: User, at: datetime, reason: str) -> HighlightReport:
    with transaction.atomic():
        earlier = HighlightReport.objects.select_for_update().filter(month=month).order_by("-version").first()
        _check_next(earlier, reason)
        report = HighlightReport.objects.create(
            month=month,
            version=earlier.version + 1 if earlier else 1,
            restatement_reason=reason.strip() if earlier else "",
            author=by,
            created_at=at,
            **{name: getattr(earlier, name) for name in NARRATIVE if earlier},
        )
        activity.record("drafted", target=target(report), by=by, at=at)
    return report


def _check_month(month: date, *, today: date) -> None:
    if month > today:
        raise ReportError(f"{month:%B %Y} has not started.")
    if not Cycle.objects.filter(month=month).exists():
        raise ReportError(f"No cycle was opened for {month:%B %Y}, so there is nothing to report.")


def _check_next(earlier: HighlightReport | None, reason: str) -> None:
    if earlier is None:
        return
    if earlier.status != Published:
        raise ReportError(f"Version {earlier.version} for {earlier.month:%B %Y} is still a draft: change that one.")
    if len(reason.strip()) < 5:
        raise ReportError("Say in a few words why the published report is replaced.")


def edit(report: HighlightReport, *, narrative: dict[str, str], by: User, at: datetime) -> HighlightReport:
    """Save the narrative of a draft; a PDF that was built before is dropped. Raises ReportError."""
    unknown = set(narrative) - set(NARRATIVE)
    if unknown:
        raise ReportError(f"A report has no {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        locked = _locked_draft(report)
        for name, words in narrative.items():
            setattr(locked, name, words.strip())
        _drop_build(locked)
        locked.save()
        activity.record("edited", target=target(locked), by=by, at=at)
    return locked


def _locked_draft(report: HighlightReport) -> HighlightReport:
    locked = HighlightReport.objects.select_for_update().get(pk=report.pk)
    if locked.status == Published:
        raise ReportError("This version is published and does not change. Start a new version.")
    return locked


def _drop_build(report: HighlightReport) -> None:
    report.build, report.build_step, report.build_percent, report.build_error = Build.NONE, "", 0, ""
    report.build_started_at = report.pdf = report.figures = None
    report.pdf_sha256 = report.figures_sha256 = ""


def ask_for_build(report: HighlightReport, *, by: User, at: datetime) -> HighlightReport:
    """Mark a draft as waiting to be built; the worker picks it up within seconds. Raises ReportError when published."""
    with transaction.atomic():
        locked = _locked_draft(report)
        _drop_build(locked)
        locked.build, locked.build_step = Build.WAITING, "Waiting to start"
        locked.save()
        activity.record("asked for the PDF", target=target(locked), by=by, at=at)
    return locked


def claim_waiting(*, at: datetime) -> HighlightReport | None:
    """Take one report that waits to be built, or whose build was lost, or None. Two workers never share one."""
    lost = Q(build=Build.RUNNING, build_started_at__lt=at - STALE_AFTER)
    with transaction.atomic():
        waiting = HighlightReport.objects.select_for_update(skip_locked=True).defer("pdf")
        report = waiting.filter(Q(build=Build.WAITING) | lost, status="draft").order_by("pk").first()
        if report:
            report.build, report.build_started_at = Build.RUNNING, at
            report.save(update_fields=["build", "build_started_at"])
    return report


def frozen_figures(report: HighlightReport, *, as_of: date) -> dict[str, Any]:
    """The figures to show: those of the build where there is one, otherwise as they stand today."""
    return report.figures if report.figures else count_figures(report.month, as_of=as_of)


def has_moved(report: HighlightReport, *, today: date) -> bool:
    """Whether the audits have changed since a draft's PDF was built."""
    if not report.figures:
        return False
    now = {**count_figures(report.month, as_of=today), "as_of": report.figures["as_of"]}
    return snapshot.fingerprint(now) != report.figures_sha256


def publish(report: HighlightReport, *, by: User, at: datetime, today: date) -> HighlightReport:
    """Freeze a built draft: from now on its figures, text and PDF do not change.

    Raises ReportError where the month has not started, the PDF is missing or was not made from the figures that are
    stored, the figures do not add up, or the text names a child.
    """
    with transaction.atomic():
        locked = _locked_draft(report)
        _check_month(locked.month, today=today)
        check_publishable(locked)
        locked.status, locked.published_at, locked.published_by = Published, at, by
        locked.save()
        activity.record("published", target=target(locked), by=by, at=at, figures=locked.figures_sha256)
    return locked


def check_publishable(report: HighlightReport) -> None:
    """Raises ReportError with the first reason why a report cannot be published as it stands."""
    if report.status == Published:
        raise ReportError("This version is published already.")
    check_built(report)
    check_names_no_child(report)


def check_built(report: HighlightReport) -> None:
    """Raises ReportError unless figures and PDF are those of one finished build, and the figures add up (R29)."""
    if report.build != Build.READY or not report.figures or not report.pdf:
        raise ReportError("Make the PDF first: a report is published as it was built.")
    if report.figures.get("schema") != SCHEMA:
        raise ReportError("The report counts more than it did when the PDF was made. Make the PDF again.")
    if snapshot.fingerprint(report.figures) != report.figures_sha256:
        raise ReportError("The figures are not those that the PDF was made from. Make the PDF again.")
    if hashlib.sha256(bytes(report.pdf)).hexdigest() != report.pdf_sha256:
        raise ReportError("The PDF is not the one that was built. Make the PDF again.")
    identities(report.figures)


def check_names_no_child(report: HighlightReport) -> None:
    """Raises ReportError where the narrative holds the reference or the full name of a child whose case is known."""
    words = "\n".join(getattr(report, name) for name in NARRATIVE)
    if names_a_child(words):
        raise ReportError(
            "The text names a child or a case. Take the name or number out: the report goes to every team."
        )


def latest_version(month: date) -> int:
    """The highest published version of a month; 0 where there is none."""
    published = HighlightReport.objects.filter(month=month, status=Published)
    return published.aggregate(latest=Max("version"))["latest"] or 0


def replaced(report: HighlightReport) -> HighlightReport | None:
    """The version before this one, which it replaces."""
    if report.version == 1:
        return None
    return HighlightReport.objects.defer("pdf").filter(month=report.month, version=report.version - 1).first()
