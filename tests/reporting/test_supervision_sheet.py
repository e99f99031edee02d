"""The supervision sheet: one page of A4 whatever was written, tagged, with who downloads it on record (S2)."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from audits.models import Audit, PageAnswers, SmartAction
from people.models import Activity, User
from reporting import supervision_sheet
from tests.cast import submitted
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("today")
LONG = "The family was seen every week and the plan was followed in the main. " * 60


@pytest.fixture
def weak(audit: Audit) -> Audit:
    """A submitted audit that requires improvement, with one action."""
    return submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)


def more_actions(audit: Audit, count: int, *, how: str) -> None:
    assert audit.worker is not None
    last = audit.smart_actions.count()
    SmartAction.objects.bulk_create(
        SmartAction(
            audit=audit,
            number=last + number,
            outcome=how,
            how=how,
            owner=audit.worker,
            due_on=TODAY + timedelta(days=number),
        )
        for number in range(1, count + 1)
    )


def long_reasons(audit: Audit) -> None:
    for page in PageAnswers.objects.filter(audit=audit):
        page.content = {**page.content, "rationale": LONG}
        page.save()


def made(audit: Audit) -> PdfReader:
    return PdfReader(io.BytesIO(supervision_sheet.sheet_pdf(audit, today=TODAY)))


def words(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


class TestSheet:
    def test_says_what_was_found_and_what_is_to_be_done(self, weak: Audit) -> None:
        text = words(made(weak))
        for said in (
            weak.reference,
            "Robin Sample",
            "Overall: Requires Improvement The sections point that way.",
            "Book the visits",
            "Wren Worker",
            "24 November",
        ):
            assert said in text, said
        assert "Name and signature" in text

    @pytest.mark.parametrize(("count", "how"), [(0, ""), (3, "Short."), (11, LONG), (60, LONG), (11, "x" * 5000)])
    def test_is_one_page_of_a4_whatever_was_written(self, weak: Audit, count: int, how: str) -> None:
        more_actions(weak, count, how=how)
        if how == LONG:
            long_reasons(weak)
        reader = made(weak)
        assert len(reader.pages) == 1
        box = reader.pages[0].mediabox
        assert (round(float(box.width)), round(float(box.height))) == (595, 842)
        if count >= 11:
            assert "in the portal" in words(reader)

    def test_names_all_of_twelve_actions(self, weak: Audit) -> None:
        more_actions(weak, 11, how=LONG)
        text = words(made(weak))
        assert text.count("The family was seen") >= 11  # and the first one, in its own words
        assert "Book the visits" in text

    def test_is_tagged(self, weak: Audit) -> None:
        root: Any = made(weak).trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/StructTreeRoot"]
        assert root["/Lang"] == "en-GB"

    def test_is_the_same_each_time(self, weak: Audit) -> None:
        first, second = (supervision_sheet.sheet_pdf(weak, today=TODAY) for _ in range(2))
        assert first == second


class TestDownload:
    def test_is_on_record(self, client: Client, weak: Audit, worker: User) -> None:
        client.force_login(worker)
        answer = client.get(reverse("reporting:supervision_sheet", args=[weak.reference]))
        assert answer["Content-Type"] == "application/pdf"
        assert weak.case.reference not in answer["Content-Disposition"]
        record = Activity.objects.get(verb="downloaded an audit as a document", by=worker)
        assert record.detail["document"] == f"supervision-sheet-{weak.reference}.pdf"

    def test_is_refused_before_the_audit_is_submitted(self, client: Client, audit: Audit, auditor: User) -> None:
        client.force_login(auditor)
        assert client.get(reverse("reporting:supervision_sheet", args=[audit.reference])).status_code == 403


class TestShortening:
    @pytest.mark.parametrize(
        ("text", "letters", "short"),
        [
            ("All of it.", 20, "All of it."),
            ("One two three four", 11, "One two … in the portal"),
            ("One\n\ntwo", 20, "One two"),
            ("x" * 30, 5, "xxxxx … in the portal"),
        ],
    )
    def test_ends_at_a_word_and_says_where_the_rest_is(self, text: str, letters: int, short: str) -> None:
        assert supervision_sheet.short(text, letters) == short
