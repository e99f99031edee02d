"""A text from the page it is typed on through the database to the page shown, the Word document and the PDF."""

from __future__ import annotations

import html
import io
import json
import re
import unicodedata
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from audits.models import Audit, PageAnswers
from audits.whole_audit import whole_audit, with_everyone
from audits.whole_audit.blocks import plain
from people.models import User
from reporting.audit_pdf import audit_html, audit_pdf, is_rtl, paragraphs
from reporting.audit_word import audit_word
from reporting.letters import can_be_drawn, drawable
from tests.conftest import TODAY
from tests.reporting.test_audit_document import word_text

BEGINNING, END = "Beginning-of-the-text", "End-of-the-text"
CASES = {
    "emoji": "She drew 😀 and ❤️, a family 👨\u200d👩\u200d👧 and a flag 🇬🇧.",
    "Arabic": "قالت: أريد أن أبقى مع أمي.\nMixed: قالت in a line.",
    "Hebrew": "היא אמרה: אני רוצה להישאר.",
    "combining marks": "Zoe\u0308 and cafe\u0301, nin\u0303o, Łukasz, Siôn",
    "quotes": "“Curly” ‘single’ \"straight\" 'single' `back` «other» … – —",
    "angle brackets": "<b>bold</b> & &amp; &lt;p&gt; <script>alert(1)</script> {{ child }} {% csrf_token %} ${x} %s",
    "line ends": "one\r\ntwo\rthree\n\nfour\n",
    "tabs and spaces": "\ta tab\tbetween, two  spaces,   three and one at the end ",
    "control characters": "bell \x07, escape \x1b, form feed \x0c, null \x00, end",
    "a long text": "The child is seen at home and at school. " * 2_500,
    "a very long word": "o" * 3_000,
    "not an address": "file:///etc/passwd https://example.invalid/?a=1&b=2 javascript:alert(1)",
}
TYPED = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
PRINTED = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], max_codepoint=0x24F), min_size=1, max_size=120)
CALM = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
FURNITURE = re.compile(r"Official-sensitive:aboutachild|Audit2026-11-\d{4}Page\d+of\d+|Audit2026-11-\d{4}|Page\d+of\d+")


def stored(text: str) -> str:
    """What the database keeps of a text: one kind of line end, and no NUL, which PostgreSQL does not take."""
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


class Desk:
    """Somebody who types into one box of one section, and looks at what became of it."""

    def __init__(self, audit: Audit, client: Client, auditor: User) -> None:
        self.audit, self.client, self.revision = audit, client, 0
        client.force_login(auditor)

    def type(self, text: str) -> None:
        """Save the page as its script does."""
        body = {"base_revision": self.revision, "content": {"rationale": text}}
        address = f"/audits/{self.audit.reference}/do/s1/save/"
        answer: Any = self.client.post(address, json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, answer.content
        self.revision = answer.json()["revision"]

    def kept(self) -> str:
        """What is in the database."""
        return str(PageAnswers.objects.get(audit=self.audit, page="s1").content["rationale"])

    def shown(self) -> str:
        """What stands in the box of the page, as a browser reads it."""
        page = self.client.get(f"/audits/{self.audit.reference}/do/s1/").content.decode()
        found = re.search(r'<textarea[^>]*id="id_rationale"[^>]*>(.*?)</textarea>', page, re.DOTALL)
        assert found is not None
        return html.unescape(found[1].replace("\r\n", "\n").removeprefix("\n"))

    def document(self) -> Any:
        """The audit as its documents have it."""
        return whole_audit(with_everyone(Audit.objects.all()).get(pk=self.audit.pk), today=TODAY)


@pytest.fixture
def desk(audit: Audit, client: Client, auditor: User, today: None) -> Desk:
    return Desk(audit, client, auditor)


def between_marks(made: bytes) -> str:
    """What a PDF says between the two marks, without the running lines of its pages.

    Compared without white space, which a PDF does not keep, and without characters that have no shape, which are not
    in it. A reader of PDFs gives the runs of right-to-left scripts in another order than they are read in: texts with
    such letters are compared letter by letter, sorted.
    """
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    text = FURNITURE.sub("", shaped(text))
    return text.partition(shaped(BEGINNING))[2].partition(shaped(END))[0]


def shaped(text: str) -> str:
    """The characters that have a shape, a letter and its accents as one: a font has one shape for both."""
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"[\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+", "", text)


class TestRoundTrip:
    @pytest.mark.parametrize("text", CASES.values(), ids=CASES.keys())
    def test_keeps_every_character(self, desk: Desk, text: str) -> None:
        desk.type(f"{BEGINNING}\n{text}\n{END}")
        expected = stored(text)
        assert desk.kept() == f"{BEGINNING}\n{expected}\n{END}"
        assert desk.shown() == f"{BEGINNING}\n{expected}\n{END}"
        whole = desk.document()
        assert f"{BEGINNING}\n{plain(expected)}\n{END}" in word_text(audit_word(whole))
        found, wanted = between_marks(audit_pdf(whole)), shaped(drawable(plain(expected)))
        assert sorted(found) == sorted(wanted)
        if not any(is_rtl(letter) for letter in text):
            assert found == wanted

    @settings(max_examples=25, **CALM)
    @given(text=TYPED)
    def test_keeps_any_text_on_the_page_and_in_word(self, desk: Desk, text: str) -> None:
        desk.type(text)
        assert desk.kept() == stored(text)
        assert desk.shown() == stored(text)
        if text.strip():
            assert plain(stored(text)) in word_text(audit_word(desk.document()))

    @settings(max_examples=8, **CALM)
    @given(text=PRINTED)
    def test_keeps_the_letters_of_europe_in_the_pdf(self, desk: Desk, text: str) -> None:
        desk.type(f"{BEGINNING}\n{text}\n{END}")
        assert between_marks(audit_pdf(desk.document())) == shaped(drawable(text))


class TestDirection:
    def test_is_that_of_the_first_letter_that_has_one(self) -> None:
        assert [is_rtl(text) for text in ("", "12 (3)", "a שלום", "שלום a", "1. قالت")] == [
            False,
            False,
            False,
            True,
            True,
        ]

    def test_is_found_for_each_paragraph(self) -> None:
        found = paragraphs("\nShe said:\n \t\nשלום\nעולם\n\n\n")
        assert [(each.text, each.rtl) for each in found] == [("She said:", False), ("שלום\nעולם", True)]


class TestLetters:
    def test_that_no_font_has_are_written_by_name(self) -> None:
        nobodys = "\U0001fae8\ue000"  # one that few fonts have, one that is nobody's
        written = "".join(letter if can_be_drawn(letter) else "*" for letter in nobodys)
        assert drawable(nobodys).count("[") == written.count("*")
        assert drawable("\ue000") in {"\ue000", "[U+E000]"}

    def test_of_every_text_that_the_fonts_have_stay(self) -> None:
        assert drawable("Zoë’s “żółw” – 25 °C …") == "Zoë’s “żółw” – 25 °C …"


class TestHtml:
    def test_shows_markup_as_text(self, desk: Desk) -> None:
        payload = '<script>x</script><img src="file:///etc/passwd"><svg onload=x><style>@import "file:///etc/passwd";'
        desk.type(payload)
        page = audit_html(desk.document())
        assert html.escape(payload, quote=True) in page
        assert "<script" not in page
        assert "<img" not in page
        assert "<svg" not in page
