"""One audit as a document: everything in it is there, nothing else is, and it reads well."""

from __future__ import annotations

import html
import io
import re
import sys
from datetime import timedelta
from importlib.abc import MetaPathFinder
from itertools import pairwise
from typing import Any

import pikepdf
import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.test import Client
from docx import Document
from docx.oxml.ns import qn
from pghistory.models import Event
from pypdf import PdfReader

import reporting
from audits.models import (
    Audit,
    DevelopmentNote,
    Grade,
    ImmediateRisk,
    LearningPoint,
    Meeting,
    MeetingGuest,
    Moderation,
    NotYet,
    PageAnswers,
    PartB,
    RiskRecipient,
    SectionGrade,
    Share,
    SmartAction,
    StaleDraft,
    StatusChange,
)
from audits.timescale_table import load_timescales
from audits.whole_audit import WholeAudit, whole_audit, with_everyone
from people.models import Activity, User
from reporting.audit_pdf import audit_html, audit_pdf
from reporting.audit_word import audit_word
from reporting.draw_certificate import NoPdfError
from tests.architecture.sources import product
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory
from tests.reporting.filled import Marks, fill_pages, fill_row, submit

QUERIES = 13
MAKERS = {
    "audits/reading.py",
    "reporting/audit_pdf.py",
    "reporting/audit_word.py",
    "reporting/views/documents.py",
    "reporting/word_pieces.py",
}
PRIVATE = "A note between three people only."
# What a document does not repeat, and why.
LEFT_OUT = {
    "Meeting.place": "where to find the auditor, or how to join, is not the child's record",
    "Meeting.reason": "may be somebody's illness; what the auditor wrote about moving it is there",
    "Meeting.message": "a covering note to those invited; the appointment itself is there",
    "Meeting.ended_at": "of one moved or called off; the state is there",
    "Meeting.offered_by": "the auditor, who is named",
    "Meeting.agreed_by": "the worker, who is named among those invited",
    "Meeting.agreed_at": "when somebody pressed a button",
    "Meeting.offered_at": "the day is the heading, the hour is not",
    "MeetingGuest.note": "what an invited person wrote back about the appointment",
    "MeetingGuest.answered_at": "when somebody pressed a button",
    "Share.recorded_at": "the day of sharing is there, not when it was written down",
    "Share.person": "the name as it was then is there",
    "StatusChange.from_status": "the step says it",
    "StatusChange.to_status": "the step says it",
    "Share.key": "an internal name",
}
NOT_IN_A_DOCUMENT = {
    DevelopmentNote: "private between three people (A15, R51)",
    StaleDraft: "kept for the writers; what they made of it is on the page",
    SectionGrade: "what the pages say, counted for reports",
    NotYet: "between learner and supervisor, before it was submitted (P4)",
}


def read(audit: Audit) -> WholeAudit:
    return whole_audit(with_everyone(Audit.objects.all()).get(pk=audit.pk), today=TODAY)


def squeezed(text: str) -> str:
    """Without white space and the bytes that the reader of PDFs leaves: lines break where the page ends."""
    return re.sub(r"[\s\x00]+", "", text)


def pdf_text(made: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages))


def word_text(made: bytes) -> str:
    """Every paragraph of the body in order, one a line, tables cell by cell."""
    body = Document(io.BytesIO(made)).element.body
    return "\n".join(_paragraph(each) for each in body.iter(qn("w:p")))


def _paragraph(paragraph: Any) -> str:
    letters = {qn("w:tab"): "\t", qn("w:br"): "\n"}
    parts = [node.text or "" if node.tag == qn("w:t") else letters.get(node.tag, "") for node in paragraph.iter()]
    return "".join(parts)


@pytest.fixture
def full(audit: Audit) -> tuple[Audit, Marks]:
    """A finished audit with a mark in every field of every page and every record that belongs to it."""
    marks = Marks()
    load_timescales()
    Audit.objects.filter(pk=audit.pk).update(questions=["How early was the help?", "Who was asked?"])
    audit.refresh_from_db()
    fill_pages(audit, marks, at=NOW)
    for _ in range(2):
        fill_records(audit, marks)
    for model in (PartB, Moderation):
        given = {"grade": Grade.objects.get(scale__code="ofsted-4", code="inadequate")} if model is Moderation else {}
        fill_row(model, marks, audit=audit, **given)
    DevelopmentNote.objects.create(
        audit=audit, worker=audit.worker, text=PRIVATE, written_by=audit.auditor, written_at=NOW
    )
    submit(audit, at=NOW)
    for name in LEFT_OUT:
        marks.wanted = {text: where for text, where in marks.wanted.items() if where != name}
    return audit, marks


def fill_records(audit: Audit, marks: Marks) -> None:
    """One more of everything that an audit can have many of."""
    number = SmartAction.objects.filter(audit=audit).count() + 1
    fill_row(SmartAction, marks, audit=audit, number=number)
    fill_row(LearningPoint, marks, audit=audit, number=number)
    risk = fill_row(ImmediateRisk, marks, audit=audit, number=number)
    fill_row(RiskRecipient, marks, risk=risk)
    fill_row(Share, marks, audit=audit)
    fill_row(StatusChange, marks, audit=audit, step="submit")
    meeting = fill_row(Meeting, marks, audit=audit, minutes=60, times=[], sequence=0)
    fill_row(MeetingGuest, marks, meeting=meeting)


class TestEverything:
    def test_that_an_audit_says_is_in_the_pdf(self, full: tuple[Audit, Marks]) -> None:
        audit, marks = full
        text = pdf_text(audit_pdf(read(audit)))
        assert {where: mark for mark, where in marks.wanted.items() if squeezed(mark) not in text} == {}
        assert len(marks.wanted) > 250

    def test_that_an_audit_says_is_in_the_word_document(self, full: tuple[Audit, Marks]) -> None:
        audit, marks = full
        text = squeezed(word_text(audit_word(read(audit))))
        assert {where: mark for mark, where in marks.wanted.items() if squeezed(mark) not in text} == {}

    def test_belongs_to_a_model_that_the_walk_knows(self) -> None:
        """A new table that hangs on an audit fails here until the document shows it or a reason stands above."""
        filled = {SmartAction, LearningPoint, ImmediateRisk, RiskRecipient, PartB, Moderation, Share, StatusChange}
        filled |= {Meeting, MeetingGuest, PageAnswers}
        parents: set[type[models.Model]] = {Audit, *filled}
        hanging = {
            model
            for model in apps.get_app_config("audits").get_models()
            if not issubclass(model, Event)
            and any(
                key.related_model in parents for key in model._meta.get_fields() if key.many_to_one or key.one_to_one
            )
            and not issubclass(model, Audit)
        }
        assert hanging == filled | set(NOT_IN_A_DOCUMENT)


class TestDevelopmentNote:
    def test_is_in_no_document(self, full: tuple[Audit, Marks]) -> None:
        audit, _ = full
        whole = read(audit)
        assert DevelopmentNote.objects.filter(audit=audit).exists()
        assert PRIVATE not in repr(whole)
        assert PRIVATE not in audit_html(whole)
        assert squeezed(PRIVATE) not in squeezed(word_text(audit_word(whole)))

    def test_is_on_no_page_about_the_audit(self, full: tuple[Audit, Marks], client: Client, psw: User) -> None:
        audit, _ = full
        client.force_login(psw)
        for address in ("", "part-b/"):
            page = client.get(f"/audits/{audit.reference}/{address}")
            assert page.status_code == 200
            assert PRIVATE not in page.content.decode()

    def test_is_known_to_no_module_that_a_document_comes_from(self) -> None:
        named = {
            module.name
            for module in product()
            if module.name in MAKERS or module.name.startswith("audits/whole_audit/")
            if "DevelopmentNote" in module.text or "development_note" in module.text
        }
        assert named == set()
        assert {module.name for module in product()} >= MAKERS


class TestDocument:
    """What both documents are, whatever the audit says."""

    def test_takes_as_many_queries_for_a_large_audit_as_for_a_small_one(
        self, full: tuple[Audit, Marks], django_assert_num_queries: Any
    ) -> None:
        audit, marks = full
        with django_assert_num_queries(QUERIES):
            read(audit)
        for _ in range(5):
            fill_records(audit, marks)
        with django_assert_num_queries(QUERIES):
            read(audit)

    def test_comes_out_the_same_to_the_byte_whatever_the_day(self, audit: Audit) -> None:
        fill_pages(audit, Marks(), at=NOW)
        submit(audit, at=NOW)
        made = []
        for days in (0, 400):
            with time_machine.travel(NOW + timedelta(days=days), tick=False):
                whole = whole_audit(with_everyone(Audit.objects.all()).get(pk=audit.pk), today=TODAY)
                made.append((audit_pdf(whole), audit_word(whole)))
        assert made[0] == made[1]

    def test_is_a_tagged_pdf_that_says_what_it_is_and_nothing_about_the_child(self, audit: Audit) -> None:
        fill_pages(audit, Marks(), at=NOW)
        submit(audit, at=NOW)
        whole = read(audit)
        with pikepdf.open(io.BytesIO(audit_pdf(whole))) as document:
            assert document.Root.MarkInfo.Marked
            assert str(document.Root.Lang) == "en-GB"
            assert document.Root.ViewerPreferences.DisplayDocTitle
            assert "/EmbeddedFiles" not in document.Root.get("/Names", {})
            about = {**{key: str(value) for key, value in document.docinfo.items()}}
            with document.open_metadata() as metadata:
                assert metadata["pdfuaid:part"] == "1"
                about |= {key: str(value) for key, value in metadata.items()}
            assert about["/Title"] == f"Audit {audit.reference}"
            assert whole.child_name not in " ".join(about.values())
            outline = [int(level) for level in headings(document)]
            links = [each for page in document.pages for each in page.get("/Annots", [])]
        assert links == []
        assert outline[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(outline))

    def test_is_a_word_document_with_headings_header_rows_and_our_language(self, audit: Audit) -> None:
        fill_pages(audit, Marks(), at=NOW)
        submit(audit, at=NOW)
        whole = read(audit)
        document = Document(io.BytesIO(audit_word(whole)))
        styles = [paragraph.style.name for paragraph in document.paragraphs]
        assert styles.count("Heading 1") == len(whole.parts) + 1
        assert styles.count("Title") == 1
        assert all(table.rows[0]._tr.trPr.findall(qn("w:tblHeader")) for table in document.tables)
        assert {each.get(qn("w:val")) for each in document.styles.element.iter(qn("w:lang"))} == {"en-GB"}
        about = document.core_properties
        assert (about.title, about.language) == (f"Audit {audit.reference}", "en-GB")
        assert whole.child_name not in f"{about.subject} {about.author} {about.comments} {about.keywords}"

    def test_says_that_a_draft_is_one(self, audit: Audit) -> None:
        whole = read(audit)
        assert "Draft, not submitted." in audit_html(whole)
        assert "Draft, not submitted." in word_text(audit_word(whole))
        submit(audit, at=NOW)
        assert "Draft" not in audit_html(read(audit))

    def test_keeps_what_was_written_before_a_section_was_set_aside(self, audit: Audit) -> None:
        content = {
            "answers": {"S1-01": "no"},
            "comments": {"S1-01": "Typed before"},
            "set_aside": "No referral was made.",
        }
        PageAnswers.objects.create(audit=audit, page="s1", content=content, saved_at=NOW, saved_by=audit.auditor)
        word = word_text(audit_word(read(audit)))
        for text in (audit_html(read(audit)), word):
            *_, after = text.partition("Set aside: No referral was made.")
            heading, words = after.find("Written before it was set aside"), after.find("Typed before")
            assert 0 < heading < words
            assert "Comment on 1.1" in after

    def test_is_no_pdf_where_setting_it_would_take_too_long(self, audit: Audit) -> None:
        content = {"rationale": "Every line is one letter.\n" + "a\n" * 60_000}
        PageAnswers.objects.create(audit=audit, page="s1", content=content, saved_at=NOW, saved_by=audit.auditor)
        with pytest.raises(NoPdfError, match="too long for a PDF"):
            audit_pdf(read(audit))

    def test_shows_the_moderated_grade_beside_the_auditors(self, audit: Audit, psw: User) -> None:
        fill_pages(audit, Marks(), at=NOW)
        submit(audit, at=NOW)
        grade = Grade.objects.get(scale__code="ofsted-4", code="inadequate")
        Moderation.objects.create(audit=audit, moderator=psw, grade=grade, reason="The plan.", moderated_at=NOW)
        whole = read(audit)
        assert whole.overall is not None
        assert whole.moderated is not None
        assert (whole.overall.word, whole.moderated.word) == ("Outstanding", "Inadequate")


def headings(document: pikepdf.Pdf) -> list[str]:
    """The levels of the headings in the order of the tag tree."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, pikepdf.Array):
            for each in node:
                walk(each)
        elif isinstance(node, pikepdf.Dictionary):
            kind = str(node.get("/S", ""))
            if re.fullmatch(r"/H[1-6]", kind):
                found.append(kind[2:])
            if "/K" in node:
                walk(node.K)

    walk(document.Root.StructTreeRoot)
    return found


class NoPango(MetaPathFinder):
    """A machine without the library that the PDF library needs."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        if fullname == "reporting.pdf":
            raise OSError("cannot load library 'libpango-1.0-0'")


class TestPages:
    @pytest.mark.parametrize(("name", "start"), [("audit.pdf", b"%PDF-1.7"), ("audit.docx", b"PK")])
    def test_give_the_document_to_those_who_may_read_it_and_record_it(
        self, client: Client, audit: Audit, worker: User, name: str, start: bytes, today: None
    ) -> None:
        submit(audit, at=NOW)
        client.force_login(worker)
        response: Any = client.get(f"/audits/{audit.reference}/{name}")
        assert response.content.startswith(start)
        file = f"audit-{audit.reference}.{name.partition('.')[2]}"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{file}"'
        assert response.headers["Cache-Control"] == "no-store"
        recorded = Activity.objects.get(verb="downloaded an audit as a document")
        assert (recorded.by, recorded.target, recorded.detail) == (
            worker,
            f"audit:{audit.reference}",
            {"document": file},
        )
        assert not Share.objects.exists()

    def test_give_a_draft_to_its_writers_only(self, client: Client, audit: Audit, psw: User, today: None) -> None:
        for person, status in ((audit.auditor, 200), (audit.worker, 403), (psw, 403), (UserFactory(), 404)):
            client.force_login(person)
            assert client.get(f"/audits/{audit.reference}/audit.docx").status_code == status
        assert Activity.objects.filter(verb="downloaded an audit as a document").count() == 1

    def test_link_to_both_documents(self, client: Client, audit: Audit, worker: User, today: None) -> None:
        submit(audit, at=NOW)
        client.force_login(worker)
        page = client.get(f"/audits/{audit.reference}/").content.decode()
        assert "Download as PDF (for the child’s record)" in page
        assert f"/audits/{audit.reference}/audit.docx" in page

    def test_say_what_is_missing_on_a_machine_that_makes_no_pdf(
        self, client: Client, audit: Audit, worker: User, today: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delitem(sys.modules, "reporting.pdf", raising=False)
        monkeypatch.delattr(reporting, "pdf", raising=False)
        monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])
        submit(audit, at=NOW)
        client.force_login(worker)
        response: Any = client.get(f"/audits/{audit.reference}/audit.pdf", follow=True)
        assert response.redirect_chain == [(f"/audits/{audit.reference}/", 302)]
        assert "The PDF library needs Pango" in response.content.decode()


class TestScreen:
    def test_shows_what_the_documents_show_of_the_pages(
        self, client: Client, full: tuple[Audit, Marks], worker: User, today: None
    ) -> None:
        audit, marks = full
        client.force_login(worker)
        page = html.unescape(client.get(f"/audits/{audit.reference}/").content.decode())
        pages = {where: mark for mark, where in marks.wanted.items() if mark.startswith("Mark") and where[0].islower()}
        assert len(pages) > 140
        assert {where: mark for where, mark in pages.items() if mark not in page} == {}
