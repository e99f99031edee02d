"""What a submitted audit says stays as it was, whatever the case list brings later (architecture, rule 11)."""

from __future__ import annotations

import html
import io
from datetime import date
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from docx import Document
from docx.oxml.ns import qn

from audits import answering, submitting
from audits.models import Audit, Case, PageAnswers, Section
from audits.pages import age_of
from audits.reading import answered_pages
from audits.structure import form_of
from audits.whole_audit import whole_audit, with_everyone
from people.models import User
from reporting.audit_pdf import audit_html
from reporting.audit_word import audit_word
from tests.cast import fill_in, submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ACT: dict[str, Any] = {"at": NOW, "today": TODAY}


def word_text(made: bytes) -> str:
    return "\n".join(node.text or "" for node in Document(io.BytesIO(made)).element.body.iter(qn("w:t")))


def said(audit: Audit, client: Client) -> dict[str, str]:
    """The page, the PDF and the Word document, as somebody gets them now."""
    whole = whole_audit(with_everyone(Audit.objects.all()).get(pk=audit.pk), today=TODAY)
    client.force_login(audit.auditor)
    page = client.get(reverse("audits:detail", args=[audit.reference])).content.decode()
    start, end = page.index("<main"), page.index("</main>")
    return {"page": page[start:end], "pdf": audit_html(whole), "word": word_text(audit_word(whole))}


def next_case_list(audit: Audit) -> None:
    """Everything that the case list says of the child is different the next time."""
    changed = Case.objects.filter(pk=audit.case_id).update(
        child_name="Robin Renamed",
        date_of_birth=date(2004, 5, 6),
        gender="Other",
        ethnicity="Changed",
        primary_language="Welsh",
        disability=True,
        plans=["pathway"],
        chair=UserFactory(name="Noa Newchair"),
        facts={"last_visit": "2026-11-09"},
    )
    assert changed == 1


class TestSubmitted:
    def test_says_the_same_after_the_next_case_list(self, audit: Audit, client: Client) -> None:
        done = submitted(audit, **ACT)
        before, age = said(done, client), age_of(done)
        assert age is not None
        next_case_list(done)
        again = Audit.objects.get(pk=done.pk)
        assert said(again, client) == before
        assert age_of(again) == age
        assert again.case.age_on(again.window_end) != age

    def test_keeps_the_standards_that_were_asked(self, audit: Audit) -> None:
        """A section for the young that the grades count stays in use when the child turns out to be older."""
        version = audit.template_version_id
        Section.objects.filter(Q(version_id=version, number=1)).update(to_age=17)
        form_of.cache_clear()
        done = submitted(audit, **ACT)
        next_case_list(done)
        again = Audit.objects.get(pk=done.pk)
        found = answered_pages(again, answering.contents_of(again), form=form_of(version), today=TODAY)
        form_of.cache_clear()
        assert next(page for page in found if page.standards).set_aside == ""

    def test_before_it_is_follows_the_case(self, audit: Audit) -> None:
        fill_in(audit, **ACT)
        next_case_list(audit)
        assert age_of(Audit.objects.get(pk=audit.pk)) == 22

    def test_from_before_anything_was_kept_reads_the_case(self, audit: Audit, client: Client) -> None:
        done = submitted(audit, **ACT)
        Audit.objects.filter(pk=done.pk).update(case_then=None)
        assert "Case file audit" in said(Audit.objects.get(pk=done.pk), client)["pdf"]


class TestDoesNotApply:
    def change(self, audit: Audit, page: str, **content: str) -> None:
        stored = PageAnswers.objects.get(audit=audit, page=page)
        answering.save_page(
            audit.reference,
            page=page,
            content={**stored.content, **content},
            base_revision=stored.revision,
            by=audit.auditor,
            at=NOW,
        )

    def test_is_said_beside_what_was_written(self, audit: Audit, client: Client) -> None:
        fill_in(audit, **ACT)
        self.change(audit, "overview", disability="no", disability_detail="Needs help with talking.")
        done = submitting.submit(audit, by=audit.auditor, **ACT)
        for text in said(done, client).values():
            label = "No longer asked: What is the disability?"
            assert label in html.unescape(text)
            assert "Needs help with talking." in text

    @pytest.mark.parametrize(("disability", "asked"), [("yes", True), ("no", False), ("unknown", False), ("", True)])
    def test_is_not_listed_as_left_open(self, audit: Audit, disability: str, asked: bool) -> None:
        fill_in(audit, **ACT)
        self.change(audit, "overview", disability=disability, disability_impact="")
        pages = answered_pages(
            audit, answering.contents_of(audit), form=form_of(audit.template_version_id), today=TODAY
        )
        open_ = {row.name for page in pages if page.code == "overview" for row in page.left_open}
        assert ("disability_impact" in open_) is asked


class TestSetAsideLater:
    def test_keeps_what_was_written_where_it_can_be_read(self, audit: Audit, worker: User, client: Client) -> None:
        fill_in(audit, **ACT)
        content = {"rationale": "The referral was slow.", "set_aside": "The family moved away.", "comments": {}}
        PageAnswers.objects.filter(audit=audit, page="s1").update(content=content)
        done = submitting.submit(audit, by=audit.auditor, **ACT)
        client.force_login(worker)
        page = client.get(reverse("audits:detail", args=[done.reference])).content.decode()
        _, _, after = page.partition("Set aside: The family moved away.")
        assert after.index("Written before it was set aside") < after.index("The referral was slow.")


class TestNewLinesAtTheStart:
    """A browser drops the first line break of a text box, so the page writes one more before the text."""

    TEXT = "\n\nTwo empty lines come first."

    def test_of_a_text_drawn_by_hand_come_back(self, audit: Audit, client: Client) -> None:
        fill_in(audit, **ACT)
        content = {"rationale": self.TEXT, "set_aside": self.TEXT, "comments": {"S1-01": self.TEXT}}
        PageAnswers.objects.filter(audit=audit, page="s1").update(content=content)
        client.force_login(audit.auditor)
        page = client.get(reverse("audits:page", args=[audit.reference, "s1"])).content.decode()
        for name in ("rationale", "set_aside", "comments__S1-01"):
            assert self.shown(page, name) == self.TEXT

    def test_of_a_text_of_a_form_come_back(self, audit: Audit, client: Client) -> None:
        fill_in(audit, **ACT)
        PageAnswers.objects.filter(audit=audit, page="overview").update(content={"overview": self.TEXT})
        client.force_login(audit.auditor)
        page = client.get(reverse("audits:page", args=[audit.reference, "overview"])).content.decode()
        assert self.shown(page, "overview") == self.TEXT

    @staticmethod
    def shown(page: str, name: str) -> str:
        """What a browser makes of the box: without the first line break."""
        _, _, rest = page.partition(f'name="{name}"')
        text = html.unescape(rest[rest.index(">") + 1 : rest.index("</textarea>")])
        return text.removeprefix("\n")
