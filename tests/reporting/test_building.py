"""Where and when reports are built: never in the web process, never twice at once, and not at all without Pango."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from django.conf import settings
from django.db import connection, transaction

import reporting
from audits.models import TemplateVersion
from people.models import User
from reporting import highlight_report, report_building
from reporting.highlight_report import Build
from tests.conftest import NOW, TODAY
from tests.factories import CycleFactory

MONTH = TODAY.replace(day=1)


@pytest.fixture
def waiting(psw: User, core_template: TemplateVersion) -> highlight_report.HighlightReport:
    """A report of an empty month that waits to be built."""
    CycleFactory(template_version=core_template)
    report = highlight_report.draft(MONTH, by=psw, at=NOW, today=TODAY)
    return highlight_report.ask_for_build(report, by=psw, at=NOW)


class TestWebProcess:
    def test_never_loads_the_pdf_library(self) -> None:
        code = (
            "import django, sys; django.setup(); import auditportal.urls, reporting.urls, reporting.tasks; "
            "sys.exit('weasyprint' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=False)
        assert done.returncode == 0


class WithoutPango(MetaPathFinder):
    """Makes the PDF library fail the way it does where the system library is missing."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == "weasyprint" or name.startswith("weasyprint."):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return None


@pytest.fixture
def without_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "reporting.pdf" or name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(reporting, "pdf", raising=False)
    monkeypatch.setattr(sys, "meta_path", [WithoutPango(), *sys.meta_path])


@pytest.mark.django_db
class TestMissingPango:
    @pytest.mark.usefixtures("without_pango")
    def test_is_said_on_the_report_and_stops_nothing_else(self, waiting: highlight_report.HighlightReport) -> None:
        assert report_building.build_waiting(at=NOW) == 1
        waiting.refresh_from_db()
        assert waiting.build == Build.FAILED
        assert "needs Pango" in waiting.build_error


@pytest.mark.django_db
class TestSteps:
    def test_are_written_down_as_they_happen(
        self, waiting: highlight_report.HighlightReport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[tuple[str, int]] = []
        write = report_building._step

        def watch(report: highlight_report.HighlightReport, words: str, percent: int) -> None:
            write(report, words, percent)
            row = highlight_report.HighlightReport.objects.get(pk=report.pk)
            seen.append((row.build_step, row.build_percent))

        monkeypatch.setattr(report_building, "_step", watch)
        report_building.build_waiting(at=NOW)
        assert [percent for _, percent in seen] == [10, 40, 55, 70]
        assert all(words for words, _ in seen)


@pytest.mark.django_db(transaction=True)
class TestClaim:
    def test_is_never_shared_by_two_workers(self, waiting: highlight_report.HighlightReport) -> None:
        found: list[object] = []

        def other_worker() -> None:
            found.append(highlight_report.claim_waiting(at=NOW))
            connection.close()

        with transaction.atomic():
            mine = highlight_report.claim_waiting(at=NOW)
            thread = threading.Thread(target=other_worker)
            thread.start()
            thread.join()
        assert mine is not None
        assert found == [None]

    def test_of_a_worker_that_was_too_slow_counts_for_nothing(self, waiting: highlight_report.HighlightReport) -> None:
        slow = highlight_report.claim_waiting(at=NOW)
        quick = highlight_report.claim_waiting(at=NOW + timedelta(minutes=11))
        assert slow is not None
        assert quick is not None
        report_building.build(quick, at=NOW + timedelta(minutes=11))
        built = highlight_report.HighlightReport.objects.get()
        report_building.build(slow, at=NOW)
        assert highlight_report.HighlightReport.objects.get().pdf_sha256 == built.pdf_sha256
        assert built.build == Build.READY
