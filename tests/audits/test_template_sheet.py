"""Templates from files: two columns are enough; codes stay; every row's fault is told; hostile files are refused."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import yaml
from openpyxl import Workbook, load_workbook

from audits.models import TemplateVersion
from audits.templates_made import comparing, drafting, editing, file_reading, sheet_reading, sheet_writing
from audits.templates_made.document import Document, blank, document_of, standards_of
from audits.templates_made.publishable import published
from people.models import User
from people.spreadsheet import FileRefused
from tests.audits.test_template_drafts import publish
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def core(core_template: TemplateVersion) -> Document:
    return document_of(core_template)


def new() -> Document:
    return blank(code="", name="Ours", scale="ofsted-4")


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def codes(document: Document) -> list[str]:
    return [standard["code"] for _, standard in standards_of(document)]


def xlsx(rows: list[list[Any]], *, title: str = "Sheet1") -> bytes:
    book, held = Workbook(), io.BytesIO()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(held)
    return held.getvalue()


def with_cell(content: bytes, cell: str, value: Any, sheet: str = "Standards") -> bytes:
    book, held = load_workbook(io.BytesIO(content)), io.BytesIO()
    book[sheet][cell] = value
    book.save(held)
    return held.getvalue()


class TestSimplestFile:
    def test_has_two_columns(self) -> None:
        read = sheet_reading.read(
            csv("Section,Standard", "Assessment,Good one.", ",Another.", "Plans,A third."), base=new()
        )
        assert [section["title"] for section in read.document["sections"]] == ["Assessment", "Plans"]
        assert codes(read.document) == ["S1-01", "S1-02", "S2-01"]
        assert [row.outcome for row in read.rows] == ["new"] * 3

    def test_may_have_titles_numbers_and_other_headings(self) -> None:
        lines = (
            "Audit tool 2026;;",
            ";;",
            "Area;Audit question;Guidance",
            "1. Assessment;;",
            ";Is it good?;Look twice",
            "Section 2: Plans;Is there one?;",
        )
        read = sheet_reading.read(csv(*lines), base=new())
        found = [
            (section["title"], standard["text"], standard.get("hint"))
            for section, standard in standards_of(read.document)
        ]
        assert found == [("Assessment", "Is it good?", "Look twice"), ("Plans", "Is there one?", None)]

    def test_may_have_no_headings(self) -> None:
        read = sheet_reading.read(csv("Assessment,Good one.", "Assessment,Another."), base=new())
        assert codes(read.document) == ["S1-01", "S1-02"]
        assert "no headings" in read.notes[0]

    def test_in_windows_western_or_utf_16_keeps_its_letters(self) -> None:
        text = "Section\tStandard\nZoë’s\tCafé – yes.\n"
        for encoding in ("cp1252", "utf-16", "utf-8-sig"):
            read = sheet_reading.read(text.encode(encoding), base=new())
            assert read.rows[0].text == "Café – yes."

    def test_keeps_formulas_as_text(self) -> None:
        read = sheet_reading.read(csv("Section,Standard", 'Plans,"=HYPERLINK(""http://x"")"'), base=new())
        content = sheet_writing.workbook_of(read.document)
        cell = load_workbook(io.BytesIO(content))["Standards"]["C2"]
        assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x")')
        again = sheet_reading.read(content, base=read.document)
        assert [row.outcome for row in again.rows] == ["kept"]


class TestRows:
    def test_that_are_wrong_say_why_and_are_left_out(self) -> None:
        lines = (
            "Code,Section,Standard,Only for,From age",
            ",Plans,Good.,child in care; pathway,16",
            ",Plans,Bad plan.,martians,",
            ",Plans,Bad age.,,old",
            "X1,Plans,Same code.,,",
            "X1,Plans,Same code again.,,",
            f",Plans,{'long ' * 500},,",
            "X2,Plans,,,",
        )
        read = sheet_reading.read(csv(*lines), base=new())
        assert [(row.number, row.outcome) for row in read.rows] == [
            (2, "new"), (3, "refused"), (4, "refused"), (5, "new"), (6, "refused"), (7, "refused"), (8, "refused"),
        ]  # fmt: skip
        assert [row.message for row in read.refused] == [
            "“martians” is not a plan. Write, for example: child in care; pathway.",
            "From age “old” is not an age in whole years.",
            "The code X1 stands in row 5 already.",
            "A standard can have up to 2,000 characters.",
            "The standard has no wording.",
        ]
        first = read.document["sections"][0]["standards"][0]
        assert (first["only_for"], first["from_age"]) == (["child_in_care", "pathway"], 16)

    def test_before_any_section_are_told_so(self) -> None:
        read = sheet_reading.read(csv("Section,Standard", ",Homeless.", "Plans,Good."), base=new())
        assert read.refused[0].message == "Say which section it belongs to."


class TestNextVersion:
    def test_unchanged_gives_the_same(self, templates: list[TemplateVersion]) -> None:
        for version in templates:
            base = document_of(version)
            read = sheet_reading.read(sheet_writing.workbook_of(base), base=base)
            assert comparing.compare(published(base, number=1), published(read.document, number=1)).is_empty
            assert not read.refused
            assert {row.outcome for row in read.rows} == {"kept"}

    def test_keeps_codes_by_code_column_and_by_wording(self, core: Document) -> None:
        content = with_cell(sheet_writing.workbook_of(core), "C2", "Reworded first.")
        content = with_cell(content, "A3", None)  # the code is gone, the wording is not
        read = sheet_reading.read(content, base=core)
        assert codes(read.document) == codes(core)
        assert [row.outcome for row in read.rows[:3]] == ["reworded", "kept", "kept"]

    def test_gives_new_rows_codes_that_were_never_used(self, core: Document) -> None:
        content = with_cell(with_cell(sheet_writing.workbook_of(core), "A2", None), "C2", "A different question.")
        read = sheet_reading.read(content, base=core)
        assert codes(read.document)[0] == "S1-13"
        assert "S1-01" in read.notes[0]

    def test_knows_a_section_with_another_title_by_its_standards(self, core: Document) -> None:
        rows = [["Code", "Section", "Standard"]]
        rows += [[one["code"], section["title"].upper()[:20] + "!", one["text"]] for section, one in standards_of(core)]
        read = sheet_reading.read(xlsx(rows), base=core)
        assert [section["code"] for section in read.document["sections"]] == [s["code"] for s in core["sections"]]
        assert read.document["sections"][0]["safety"] is True

    def test_does_not_give_out_a_code_that_a_later_version_gave_up(
        self, core_template: TemplateVersion, core: Document, psw: User
    ) -> None:
        draft = drafting.begin_next(core_template, by=psw, at=NOW)
        drafting.change(draft, lambda d: editing.remove_standard(d, d["sections"][8], "S9-05"), by=psw, at=NOW)
        base = document_of(publish(draft, psw))
        old = yaml.safe_dump(core | {"sections": [*core["sections"][:8], core["sections"][8]]})
        read = file_reading.read_document(old.encode(), base=base)
        assert codes(read)[-2:] == ["S9-04", "S9-06"]


class TestFurtherSheets:
    def test_change_questions_guidance_and_sections(self, core: Document) -> None:
        content = sheet_writing.workbook_of(core)
        for sheet, cell, value in (
            ("Closing questions", "B2", "What did you see?"),
            ("Guidance", "D2", "1; 99"),
            ("Sections", "B2", "Risk"),
            ("Sections", "E3", "Yes"),
        ):
            content = with_cell(content, cell, value, sheet)
        read = sheet_reading.read(content, base=core)
        assert published(read.document, number=1)["closing"][0] == core["closing"][0] | {"label": "What did you see?"}
        assert [row.message for row in read.refused] == ["There is no section “99”."]
        assert read.document["sections"][0]["short_title"] == "Risk"
        assert read.document["sections"][1]["safety"] is True


class TestYamlAndJson:
    def test_give_the_document_back(self, core: Document) -> None:
        for content in (yaml.safe_dump(core), json.dumps(core)):
            assert comparing.compare(core, file_reading.read_document(content.encode(), base=core)).is_empty

    def test_get_codes_where_they_have_none(self) -> None:
        sections = [{"title": "Plans", "standards": [{"text": "One."}, {"text": "Two."}]}]
        document = file_reading.read_document(json.dumps({"name": "x", "sections": sections}).encode(), base=new())
        assert (document["sections"][0]["code"], codes(document)) == ("s1", ["S1-01", "S1-02"])

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\nsections: *b", "aliases"),
            (b"[" * 50_000, "more parts|cannot be read"),
            (b"{" + b'"a":{' * 50_000, "cannot be read"),
            (b"sections: " + b"[1," * 30 + b"1" + b"]" * 30, "more parts"),
            (b"- 1\n" * 30_000, "more parts"),
            (b"x" * 1_100_000, "larger"),
            ("é".encode("utf-16"), "UTF-8"),
            (b"!!python/object/apply:os.system ['true']", "cannot be read"),
            (b"name: [unclosed", "line"),
            (b'{"sections": "\\ud800"}', "should be a list"),
            (b"just text", "no sections"),
            (b"sections: 7", "should be a list"),
            (b"sections: [{title: {a: 1}, standards: []}]", "should be a text"),
            (b"extends: core-case-file@1\nsections: []", "builds on another"),
        ],
    )
    def test_refuse_what_is_hostile_or_no_template(self, content: bytes, why: str) -> None:
        with pytest.raises(FileRefused, match=why):
            file_reading.read_document(content, base=new())


class TestHostileSheets:
    def test_are_refused_where_they_are_huge(self) -> None:
        with pytest.raises(FileRefused, match="more than 2,000 rows"):
            sheet_reading.read(csv("Section,Standard", *["Plans,One more."] * 2_100), base=new())
        with pytest.raises(FileRefused, match="columns"):
            sheet_reading.read(csv("Section,Standard" + ",x" * 60), base=new())

    @pytest.mark.parametrize(
        "content", [b"", b"%PDF-1.7", b"\x89PNG\r\n", b"\x00\x01\x02 binary", b"<html></html>", b"PK\x03\x04rubbish"]
    )
    def test_are_refused_where_they_are_no_sheets(self, content: bytes) -> None:
        with pytest.raises(FileRefused):
            sheet_reading.read(content, base=new())

    def test_without_standards_say_what_is_needed(self) -> None:
        for content in (csv("Name", "One", "Two"), csv("Section,Standard"), csv("Section,Standard", "Plans,")):
            with pytest.raises(FileRefused, match="Section and Standard"):
                sheet_reading.read(content, base=new())
