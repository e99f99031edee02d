"""The monthly report: drafted, built, published, frozen (R8, R28–R30)."""

from __future__ import annotations

import io
import random
import re
from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, InternalError, connection, transaction
from pypdf import PdfReader

from audits.models import Audit, Status
from people.models import Activity, User
from reporting import highlight_report, report_building, tasks
from reporting.figures import count_figures
from reporting.highlight_report import Build
from reporting.identities import ReportError
from reporting.models import HighlightReport
from reporting.snapshot import fingerprint
from tests.conftest import NOW, TODAY
from tests.reporting.council import Council

OCTOBER, NOVEMBER, JANUARY = date(2026, 10, 1), date(2026, 11, 1), date(2027, 1, 1)
MONTHS = [date(2026, 7, 1), date(2026, 8, 1), OCTOBER]
PAUSED = date(2026, 9, 1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def history(council: Council) -> Council:
    """Three months of audits with a paused one between."""
    for month in MONTHS:
        council.cycle(month)
    council.cycle(PAUSED, paused=True, reason="Visits were checked weekly instead.")
    council.random_audits(90, months=MONTHS, dice=random.Random(5))
    return council


def drafted(psw: User, month: date = OCTOBER, reason: str = "") -> HighlightReport:
    return highlight_report.draft(month, by=psw, at=NOW, today=TODAY, reason=reason)


def built(psw: User, month: date = OCTOBER, reason: str = "") -> HighlightReport:
    report = report_building.build(drafted(psw, month, reason), at=NOW)
    assert report.build == Build.READY, report.build_error
    return report


def published(psw: User, month: date = OCTOBER, reason: str = "") -> HighlightReport:
    return highlight_report.publish(built(psw, month, reason), by=psw, at=NOW, today=TODAY)


def text_of(report: HighlightReport) -> str:
    assert report.pdf
    pages = PdfReader(io.BytesIO(bytes(report.pdf))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


class TestDraft:
    def test_refuses_a_month_that_has_not_started(self, psw: User, council: Council) -> None:
        council.cycle(JANUARY)
        with pytest.raises(ReportError, match="January 2027 has not started"):
            drafted(psw, JANUARY)

    def test_refuses_a_month_without_a_cycle(self, psw: User) -> None:
        with pytest.raises(ReportError, match="No cycle was opened for October 2026"):
            drafted(psw)

    def test_refuses_a_second_draft(self, psw: User, history: Council) -> None:
        drafted(psw)
        with pytest.raises(ReportError, match="still a draft"):
            drafted(psw)

    def test_wants_a_reason_for_a_version_after_the_first(self, psw: User, history: Council) -> None:
        published(psw)
        with pytest.raises(ReportError, match="why the published report is replaced"):
            drafted(psw)
        assert drafted(psw, reason="Two audits were counted late.").version == 2

    def test_starts_a_new_version_with_the_words_of_the_last(self, psw: User, history: Council) -> None:
        report = drafted(psw)
        highlight_report.edit(report, narrative={"introduction": "A good month."}, by=psw, at=NOW)
        highlight_report.publish(report_building.build(report, at=NOW), by=psw, at=NOW, today=TODAY)
        assert drafted(psw, reason="Two audits were counted late.").introduction == "A good month."


class TestEdit:
    def test_drops_a_pdf_that_no_longer_matches(self, psw: User, history: Council) -> None:
        report = highlight_report.edit(built(psw), narrative={"introduction": "New words."}, by=psw, at=NOW)
        assert (report.build, report.pdf, report.figures) == (Build.NONE, None, None)

    def test_refuses_a_published_report(self, psw: User, history: Council) -> None:
        report = published(psw)
        with pytest.raises(ReportError, match="does not change"):
            highlight_report.edit(report, narrative={"introduction": "New words."}, by=psw, at=NOW)

    def test_refuses_a_field_that_is_not_narrative(self, psw: User, history: Council) -> None:
        with pytest.raises(ReportError, match="has no status"):
            highlight_report.edit(drafted(psw), narrative={"status": "published"}, by=psw, at=NOW)


class TestBuild:
    def test_stores_figures_and_pdf_with_their_fingerprints(self, psw: User, history: Council) -> None:
        report = built(psw)
        assert report.figures_sha256 == fingerprint(report.figures)
        assert (report.build_percent, report.build_step) == (100, "Ready")

    def test_shows_urgent_grades_as_a_warning_only_where_there_are_any(self, psw: User, council: Council) -> None:
        council.cycle(OCTOBER)
        report = drafted(psw)
        for grade, red in ((council.grades[0], False), (council.grades[-1], True)):
            council.save([council.audit(OCTOBER, status=Status.CLOSED, grade=grade)])
            shown = report_building.pdf_html(report, count_figures(OCTOBER, as_of=TODAY))
            assert ("tile--warn" in shown) is red

    def test_makes_the_same_bytes_again(self, psw: User, history: Council) -> None:
        first = built(psw)
        highlight_report.ask_for_build(first, by=psw, at=NOW)
        assert report_building.build_waiting(now=lambda: NOW) == 1
        assert HighlightReport.objects.get().pdf_sha256 == first.pdf_sha256

    def test_waits_for_the_task_and_is_then_done_once(self, psw: User, history: Council) -> None:
        report = highlight_report.ask_for_build(drafted(psw), by=psw, at=NOW)
        assert report.build == Build.WAITING
        tasks.build_waiting_reports()
        report.refresh_from_db()
        assert report.build == Build.READY
        assert highlight_report.claim_waiting(at=NOW) is None

    def test_takes_up_a_build_that_was_lost_but_not_one_that_is_running(self, psw: User, history: Council) -> None:
        highlight_report.ask_for_build(drafted(psw), by=psw, at=NOW)
        assert highlight_report.claim_waiting(at=NOW) is not None
        assert highlight_report.claim_waiting(at=NOW + timedelta(minutes=9)) is None
        assert highlight_report.claim_waiting(at=NOW + timedelta(minutes=11)) is not None

    def test_throws_its_result_away_where_the_draft_changed_meanwhile(self, psw: User, history: Council) -> None:
        highlight_report.ask_for_build(drafted(psw), by=psw, at=NOW)
        claimed = highlight_report.claim_waiting(at=NOW)
        assert claimed
        highlight_report.edit(claimed, narrative={"introduction": "Changed while it ran."}, by=psw, at=NOW)
        report = report_building.build(claimed, at=NOW)
        assert (report.build, report.pdf) == (Build.NONE, None)

    def test_says_why_it_stopped(self, psw: User, history: Council, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(figures: Any) -> None:
            raise ReportError("Compliance: 27 is not 26.")

        monkeypatch.setattr(report_building, "identities", refuse)
        report = report_building.build(drafted(psw), at=NOW)
        assert (report.build, report.build_error) == (Build.FAILED, "Compliance: 27 is not 26.")

    def test_leaves_word_of_what_nobody_foresaw_and_raises_it(
        self, psw: User, history: Council, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(html: str) -> bytes:
            raise RuntimeError("unforeseen")

        monkeypatch.setattr(report_building, "_to_pdf", fail)
        report = drafted(psw)
        with pytest.raises(RuntimeError):
            report_building.build(report, at=NOW)
        report.refresh_from_db()
        assert report.build == Build.FAILED


class TestPublish:
    def test_refuses_without_a_pdf(self, psw: User, history: Council) -> None:
        with pytest.raises(ReportError, match="Make the PDF first"):
            highlight_report.publish(drafted(psw), by=psw, at=NOW, today=TODAY)

    @pytest.mark.parametrize("field", ["figures", "pdf"])
    def test_refuses_what_was_not_built_together(self, psw: User, history: Council, field: str) -> None:
        report = built(psw)
        changed = (
            {"figures": {**report.figures, "as_of": "2026-11-11"}} if field == "figures" else {"pdf": b"%PDF-1.7 other"}
        )
        HighlightReport.objects.filter(pk=report.pk).update(**changed)
        with pytest.raises(ReportError, match="Make the PDF again"):
            highlight_report.publish(report, by=psw, at=NOW, today=TODAY)

    def test_refuses_figures_that_do_not_add_up(self, psw: User, history: Council) -> None:
        report = built(psw)
        report.figures["compliance"]["first"]["completed"] += 1
        HighlightReport.objects.filter(pk=report.pk).update(
            figures=report.figures, figures_sha256=fingerprint(report.figures)
        )
        with pytest.raises(ReportError, match="Compliance, first"):
            highlight_report.publish(report, by=psw, at=NOW, today=TODAY)

    @pytest.mark.parametrize("words", ["We saw this in {reference}.", "Sam Sample1 told us so."])
    def test_refuses_words_that_name_a_child(self, psw: User, history: Council, words: str) -> None:
        reference = Audit.objects.select_related("case")[0].case.reference
        report = drafted(psw)
        highlight_report.edit(report, narrative={"introduction": words.format(reference=reference)}, by=psw, at=NOW)
        with pytest.raises(ReportError, match="names a child or a case"):
            highlight_report.publish(report_building.build(report, at=NOW), by=psw, at=NOW, today=TODAY)

    def test_records_who_did_it(self, psw: User, history: Council) -> None:
        published(psw)
        verbs = Activity.objects.filter(target="report:2026-10-v1").values_list("verb", flat=True)
        assert set(verbs) == {"drafted", "published"}

    def test_cannot_be_done_twice(self, psw: User, history: Council) -> None:
        report = published(psw)
        with pytest.raises(ReportError):
            highlight_report.publish(report, by=psw, at=NOW, today=TODAY)


def finish_one(council: Council) -> None:
    """One more audit of October comes in."""
    audit = council.audit(OCTOBER, status=Status.WITH_TEAM, grade=council.grades[1])
    council.save([audit])


class TestFrozen:
    def test_figures_stay_while_audits_change_and_the_next_version_says_what_moved(
        self, psw: User, history: Council
    ) -> None:
        before = published(psw)
        finish_one(history)
        after = HighlightReport.objects.get(pk=before.pk)
        assert (after.figures, bytes(after.pdf or b"")) == (before.figures, bytes(before.pdf or b""))
        again = published(psw, reason="An audit came in late.")
        assert again.figures["practice"]["good"]["total"] == before.figures["practice"]["good"]["total"] + 1
        words = text_of(again)
        assert "This version replaces version 1" in words
        assert "An audit came in late." in words
        assert re.search(r"Graded this month: \d+ before, \d+ now", words)

    @pytest.mark.parametrize("sql", ["UPDATE {t} SET introduction = 'other'", "DELETE FROM {t}"])
    def test_at_the_database_too(self, psw: User, history: Council, sql: str) -> None:
        published(psw)
        with pytest.raises((InternalError, DatabaseError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.format(t=HighlightReport._meta.db_table))

    def test_a_draft_notices_that_audits_have_moved_since_its_pdf(self, psw: User, history: Council) -> None:
        report = built(psw)
        assert not highlight_report.has_moved(report, today=TODAY)
        finish_one(history)
        assert highlight_report.has_moved(report, today=TODAY)


PERCENTAGE = re.compile(r"\d+%")
WITH_NUMBERS = re.compile(r"\d+% \([\d,]+ of [\d,]+\)")
RANGE = re.compile(r"likely range \d+% to \d+%")


class TestPages:
    def test_are_tagged_and_every_chart_has_words(self, psw: User, history: Council) -> None:
        with pikepdf.open(io.BytesIO(bytes(built(psw).pdf or b""))) as document:
            assert document.Root.MarkInfo.Marked
            assert str(document.Root.Lang) == "en-GB"
            assert document.docinfo["/Title"] == "Audit highlight report, October 2026, version 1"
            alts = [
                str(o.Alt) for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"
            ]
        assert len(alts) == 2
        assert all(alts)

    def test_have_the_numbers_beside_every_percentage(self, psw: User, history: Council) -> None:
        words = text_of(built(psw))
        in_ranges = sum(len(PERCENTAGE.findall(found)) for found in RANGE.findall(words))
        assert len(PERCENTAGE.findall(words)) == len(WITH_NUMBERS.findall(words)) + in_ranges
        assert len(WITH_NUMBERS.findall(words)) > 20

    def test_say_which_months_were_paused_and_why(self, psw: User, history: Council) -> None:
        assert "September 2026: Visits were checked weekly instead." in text_of(built(psw))

    def test_count_themselves_and_name_the_version(self, psw: User, history: Council) -> None:
        words = text_of(built(psw))
        assert "Audit highlight report, October 2026, version 1" in words
        assert re.search(r"Page 2 of \d", words)

    def test_name_no_child_no_case_and_no_audit(self, psw: User, history: Council) -> None:
        words = text_of(built(psw))
        for audit in Audit.objects.select_related("case", "auditor", "worker"):
            for private in (audit.case.reference, audit.case.child_name, audit.reference):
                assert private not in words

    def test_are_made_for_an_empty_month(self, psw: User, council: Council) -> None:
        council.cycle(NOVEMBER)
        words = text_of(built(psw, NOVEMBER))
        assert "No audits were allocated in November 2026" in words
        assert "no data (0 of 0)" in words

    def test_are_made_for_a_paused_month(self, psw: User, history: Council) -> None:
        assert "The programme was paused in September 2026" in text_of(built(psw, PAUSED))

    def test_show_words_as_words(self, psw: User, history: Council) -> None:
        report = drafted(psw)
        nasty = "<img src=file:///etc/passwd> <b>bold</b> & so on"
        highlight_report.edit(report, narrative={"introduction": nasty, "recommendations": nasty}, by=psw, at=NOW)
        assert text_of(report_building.build(report, at=NOW)).count(nasty) == 2


def test_figures_are_plain_json(psw: User, history: Council) -> None:
    assert DjangoJSONEncoder().encode(built(psw).figures)
