"""Where and when reports are built: never in the web process, never twice at once, and not at all without Pango."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

import reporting
from allocation.models import Cycle
from audits.models import Audit, TemplateVersion
from people.models import User
from reporting import highlight_report, measures, report_building
from reporting.highlight_report import Build
from reporting.models import HighlightReport
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
        assert report_building.build_waiting(now=lambda: NOW) == 1
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
        report_building.build_waiting(now=lambda: NOW)
        assert [percent for _, percent in seen] == [10, 40, 55, 70]
        assert all(words for words, _ in seen)


@pytest.mark.django_db
class TestBuildWaiting:
    def test_starts_each_report_at_its_own_moment(self, waiting: HighlightReport, psw: User) -> None:
        before = MONTH.replace(month=MONTH.month - 1)
        CycleFactory(month=before, template_version=Cycle.objects.get().template_version)
        second = highlight_report.draft(before, by=psw, at=NOW, today=TODAY)
        highlight_report.ask_for_build(second, by=psw, at=NOW)
        moments = iter([NOW, NOW + timedelta(minutes=9), NOW + timedelta(minutes=18)])
        assert report_building.build_waiting(now=lambda: next(moments)) == 2
        begun = HighlightReport.objects.order_by("pk").values_list("build_started_at", flat=True)
        assert list(begun) == [NOW, NOW + timedelta(minutes=9)]


@pytest.mark.django_db(transaction=True)
class TestCounting:
    def test_sees_one_moment_though_an_audit_comes_in_between_two_counts(
        self, templates: list[TemplateVersion], audit: Audit, psw: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        CycleFactory(template_version=audit.template_version)
        report = highlight_report.draft(MONTH, by=psw, at=NOW, today=TODAY)
        tally = measures.tally

        def elsewhere() -> None:
            Audit.objects.filter(pk=audit.pk).delete()
            connection.close()

        def tally_then_change(*args: Any, **choices: Any) -> list[measures.Tally]:
            rows = tally(*args, **choices)
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()
            return rows

        monkeypatch.setattr(measures, "tally", tally_then_change)
        built = report_building.build(report, at=NOW)
        assert not Audit.objects.exists()
        assert (built.build, built.build_error) == (Build.READY, "")
        assert built.figures
        assert sum(team["first"]["allocated"] for team in built.figures["teams"]) == 1


@pytest.mark.django_db(transaction=True)
class TestDraft:
    def test_of_the_same_month_by_two_at_once_is_refused_to_the_second(
        self, templates: list[TemplateVersion], core_template: TemplateVersion, psw: User
    ) -> None:
        CycleFactory(template_version=core_template)
        refused: list[str] = []
        begun = threading.Event()

        def second() -> None:
            begun.set()
            try:
                highlight_report.draft(MONTH, by=psw, at=NOW, today=TODAY)
            except highlight_report.ReportError as error:
                refused.append(str(error))
            finally:
                connection.close()

        with transaction.atomic():
            highlight_report.draft(MONTH, by=psw, at=NOW, today=TODAY)
            thread = threading.Thread(target=second)
            thread.start()
            begun.wait()
            wait_for_a_lock()
        thread.join()
        assert refused == ["A report for November 2026 has just been started."]


def wait_for_a_lock() -> None:
    """Until another session of the test's database waits for this one."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waits.")


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
