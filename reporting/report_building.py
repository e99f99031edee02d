"""Building a report: count, check, draw, write the PDF; each step is written down so that a page can show it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from people.models import User
from reporting import snapshot
from reporting.figures import count_figures
from reporting.highlight_report import Build, claim_waiting, replaced
from reporting.identities import ReportError, identities
from reporting.models import HighlightReport
from reporting.report_page import context


class SupersededError(Exception):
    """The draft was edited or asked for again while this build ran: its result is thrown away."""


def build_waiting(*, now: Callable[[], datetime]) -> int:
    """Build every report that waits for it, one after another; returns how many. Safe to run twice at once.

    `now` is asked before each: a later one must not look as if its build had begun with the first.
    """
    built = 0
    while report := claim_waiting(at=(at := now())):
        build(report, at=at)
        built += 1
    return built


def build(report: HighlightReport, *, at: datetime) -> HighlightReport:
    """Make the figures and the PDF of a draft and store both together; the outcome, good or bad, is on the report.

    What is wrong with the figures or with the PDF library ends up in `build_error`; anything unforeseen too, and is
    raised again. Nothing is stored where the draft changed meanwhile.
    """
    if report.build != Build.RUNNING:
        _start(report, at=at)
    try:
        _make(_as_it_stands(report), at=at)
    except SupersededError:
        pass
    except (ReportError, OSError) as error:
        _fail(report, str(error))
    except Exception:
        _fail(report, "Something went wrong while the PDF was made. The log says what.")
        raise
    report.refresh_from_db()
    return report


def _start(report: HighlightReport, *, at: datetime) -> None:
    HighlightReport.objects.filter(pk=report.pk, status="draft").update(build=Build.RUNNING, build_started_at=at)
    report.build, report.build_started_at = Build.RUNNING, at


def _as_it_stands(report: HighlightReport) -> HighlightReport:
    """The words as they are in the database now, under the claim that the caller holds."""
    fresh = HighlightReport.objects.select_related("author").defer("pdf").get(pk=report.pk)
    fresh.build_started_at = report.build_started_at
    return fresh


def _make(report: HighlightReport, *, at: datetime) -> None:
    _step(report, "Counting the audits", 10)
    figures = _count_at_once(report.month, as_of=timezone.localdate(at))
    _step(report, "Checking that the figures add up", 40)
    identities(figures)
    _step(report, "Drawing the charts and setting the pages", 55)
    html = pdf_html(report, figures)
    _step(report, "Writing the PDF", 70)
    pdf = _to_pdf(html)
    _write_if_current(
        report,
        figures=figures,
        figures_sha256=snapshot.fingerprint(figures),
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        build=Build.READY,
        build_step="Ready",
        build_percent=100,
        build_error="",
    )


def _count_at_once(month: date, *, as_of: date) -> dict[str, Any]:
    """The figures of one moment: an audit submitted between two of the counts must not make them disagree."""
    if connection.in_atomic_block:  # whoever opened it decides what it sees
        return count_figures(month, as_of=as_of)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return count_figures(month, as_of=as_of)


def pdf_html(report: HighlightReport, figures: dict[str, Any]) -> str:
    """The report's pages as HTML, from its narrative and these figures alone."""
    author: User = report.author
    return render_to_string(
        "pdf/highlight_report.html", {**context(report, figures, earlier=replaced(report)), "author": author}
    )


def _to_pdf(html: str) -> bytes:
    # Here and not above: without Pango on the machine only this step may fail, not the whole worker.
    try:
        from reporting import pdf
    except OSError as error:
        raise ReportError("The PDF library needs Pango (libpango-1.0-0 and libpangoft2-1.0-0): install it.") from error
    return pdf.render(html)


def _step(report: HighlightReport, words: str, percent: int) -> None:
    _write_if_current(report, build_step=words, build_percent=percent)


def _fail(report: HighlightReport, why: str) -> None:
    HighlightReport.objects.filter(pk=report.pk, build=Build.RUNNING, build_started_at=report.build_started_at).update(
        build=Build.FAILED, build_step="Stopped", build_error=why[:300]
    )


def _write_if_current(report: HighlightReport, **fields: Any) -> None:
    """Write only while this build is still the draft's own. Raises SupersededError otherwise."""
    mine = HighlightReport.objects.filter(
        pk=report.pk, build=Build.RUNNING, build_started_at=report.build_started_at, status="draft"
    )
    if not mine.update(**fields):
        raise SupersededError
