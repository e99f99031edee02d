"""Files that are not what they should be, and files in every dress that real systems give them."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.file_values import BadValue, as_date, clean_text, heading_key, identifier, name_key, without_code, yes_no
from people.spreadsheet import FileRefused, Limits, read_sheets
from tests.people.files import LIMITS, csv_file, workbook

ROWS = [["Name", "Town"], ["Zoë", "Örebro"]]
SMALL = Limits(size=200_000, inflated=1_000_000, rows=10, columns=5)


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def encrypted_workbook() -> bytes:
    """The start of what Excel writes behind a password: an OLE container with a stream EncryptedPackage."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 480


def lying_bomb() -> bytes:
    """A workbook whose sheet claims to be tiny and unpacks to two million bytes."""
    content = bytearray(zipped({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b"0" * 2_000_000}))
    packed, claimed = struct.pack("<I", 2_000_000), struct.pack("<I", 10)
    return bytes(content.replace(packed, claimed))


class TestBadFiles:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "empty"),
            (b" \r\n\r\n", "empty"),
            (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "a picture"),
            (b"\xff\xd8\xff\xe0" + b"\x00" * 50, "a picture"),
            (b"%PDF-1.7 ...", "a PDF document"),
            (b"\x00\x01\x02\x03 binary", "not a spreadsheet"),
            (b"<html><table><tr><td>Child</td></tr></table></html>", "web page"),
            (b"  <!DOCTYPE html><p>Sign in", "web page"),
            (b'<?xml version="1.0"?><Workbook/>', "web page"),
            (encrypted_workbook(), "protected with a password"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "not an Excel workbook"),
            (b"PK\x03\x04 cut off", "damaged"),
            (zipped({"word/document.xml": b"<w/>"}), "not an Excel workbook or a CSV"),
            (zipped({"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"m"}), "macros"),
            (zipped({"xl/workbook.xml": b"not xml at all"}), r"empty|can be opened"),
        ],
    )
    def test_are_refused_with_a_reason(self, content: bytes, message: str) -> None:
        with pytest.raises(FileRefused, match=message):
            read_sheets(content, limits=LIMITS)

    def test_that_unpack_to_too_much_are_refused(self) -> None:
        with pytest.raises(FileRefused, match="unpacks to more"):
            read_sheets(zipped({"xl/workbook.xml": b"0" * 2_000_000}), limits=SMALL)

    def test_that_lie_about_their_size_are_refused(self) -> None:
        with pytest.raises(FileRefused, match=r"unpacks to more|damaged"):
            read_sheets(lying_bomb(), limits=SMALL)

    def test_with_a_cell_in_the_last_corner_are_refused_before_anything_is_reserved(self) -> None:
        cell = (
            b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData></worksheet>'
        )
        with pytest.raises(FileRefused, match="columns"):
            read_sheets(zipped({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": cell}), limits=LIMITS)
        far = cell.replace(b"XFD1048576", b"B1048576")
        with pytest.raises(FileRefused, match="rows"):
            read_sheets(zipped({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": far}), limits=LIMITS)

    def test_larger_than_the_limits_are_refused(self) -> None:
        with pytest.raises(FileRefused, match="larger than"):
            read_sheets(b"a,b\n" * 100_000, limits=SMALL)
        with pytest.raises(FileRefused, match="more than 10 rows"):
            read_sheets(csv_file([["a"]] + [["b"]] * 11), limits=SMALL)
        with pytest.raises(FileRefused, match="more than 5 columns"):
            read_sheets(csv_file([list("abcdef")]), limits=SMALL)
        with pytest.raises(FileRefused, match="more than 5 columns"):
            read_sheets(workbook({"A": [list("abcdef")]}), limits=SMALL)

    def test_of_random_bytes_never_break_the_reader(self) -> None:
        @given(st.binary(max_size=400))
        def reads(content: bytes) -> None:
            try:
                read_sheets(content, limits=SMALL)
                read_sheets(b"PK\x03\x04" + content, limits=SMALL)
            except FileRefused:
                pass

        reads()


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_is_read_in_every_dress(self, encoding: str, separator: str) -> None:
        [sheet] = read_sheets(csv_file(ROWS, separator=separator, encoding=encoding), limits=LIMITS)
        assert sheet.rows == [(1, ["Name", "Town"]), (2, ["Zoë", "Örebro"])]

    def test_takes_excels_own_hint_of_the_separator(self) -> None:
        [sheet] = read_sheets(b"sep=;\r\na;b\r\n1,5;2\r\n", limits=LIMITS)
        assert sheet.rows[1][1] == ["1,5", "2"]

    def test_is_looked_at_once_for_its_separator_however_much_is_blank(self) -> None:
        """Where each blank is a place to start from anew, a line of blanks takes minutes (R44)."""
        [sheet] = read_sheets(b" " * 120_000 + b"\r\n\r\nid;plan\r\n1;CIN\r\n", limits=LIMITS)
        assert [cells for _, cells in sheet.rows] == [["id", "plan"], ["1", "CIN"]]

    def test_keeps_commas_and_lines_inside_quotation_marks(self) -> None:
        [sheet] = read_sheets(b'a,b\n"one, two","line\nbreak"\n', limits=LIMITS)
        assert sheet.rows[1][1] == ["one, two", "line\nbreak"]

    def test_counts_rows_as_the_spreadsheet_does(self) -> None:
        [sheet] = read_sheets(b"a,b\n\n,,\n1,2\n", limits=LIMITS)
        assert [number for number, _ in sheet.rows] == [1, 4]


class TestWorkbook:
    def test_keeps_types_and_row_numbers(self) -> None:
        [sheet] = read_sheets(workbook({"A": [["Id", "Born"], [], [9212044, date(2015, 1, 2)]]}), limits=LIMITS)
        assert sheet.rows[1][0] == 3
        assert identifier(sheet.rows[1][1][0]) == "9212044"
        assert as_date(sheet.rows[1][1][1]) == date(2015, 1, 2)

    def test_reads_a_formula_as_nothing_more_than_its_value(self) -> None:
        [sheet] = read_sheets(workbook({"A": [["Id"], ["=1+1"], ["x"]]}), limits=LIMITS)
        assert [cells for _, cells in sheet.rows] == [["Id"], ["x"]]


class TestValues:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("21/11/2026", date(2026, 11, 21)), ("2026-11-21", date(2026, 11, 21)),
            ("21 Nov 2026", date(2026, 11, 21)),
            ("21-Nov-26", date(2026, 11, 21)), ("21st November 2026", date(2026, 11, 21)),
            ("1.2.2020", date(2020, 2, 1)),
            ("Sat 21 Nov 2026", date(2026, 11, 21)), ("20261121", date(2026, 11, 21)), ("1/2/99", date(1999, 2, 1)),
            ("21/11/2026 00:00:00", date(2026, 11, 21)), ("2026-11-21T09:30:00Z", date(2026, 11, 21)),
            (46347.0, date(2026, 11, 21)), ("46347", date(2026, 11, 21)), (46347.75, date(2026, 11, 21)),
            (datetime(2026, 11, 21, 9, 0, tzinfo=UTC), date(2026, 11, 21)), ("#N/A", None), ("", None),
            ("00/00/0000", None), ("NULL", None), (0.0, None),
        ],
    )  # fmt: skip
    def test_are_dates_however_they_are_written(self, value: Any, expected: date | None) -> None:
        assert as_date(value) == expected

    @pytest.mark.parametrize(
        "value", ["31/02/2020", "11/21/2026", "soon", "1/1/1066", "2026-13-01", "32 Nov 2026", 1e9]
    )
    def test_are_refused_as_dates_where_no_calendar_has_them(self, value: Any) -> None:
        with pytest.raises(BadValue):
            as_date(value)

    def test_lose_what_is_not_part_of_them(self) -> None:
        assert clean_text("Dustin\xa0Hazlett \u200b") == "Dustin Hazlett"
        assert without_code("b) Female") == "Female"
        assert identifier("9212044.0") == identifier(9212044.0) == "9212044"
        assert clean_text("#N/A") == clean_text("NULL") == clean_text(None) == ""
        assert heading_key("Does the Child have a ‘Disability’ (Y/N))") == "does the child have a disability y n"
        assert name_key("HAZLETT, Dustin") == name_key("dustin\xa0hazlett")
        assert [yes_no(word) for word in ("a) Yes", "b) No", "Y", "0", "perhaps", "")] == [
            True, False, True, False, None, None,
        ]  # fmt: skip

    def test_of_any_text_are_cleaned_once_and_for_all(self) -> None:
        @given(st.text(max_size=60))
        def settles(text: str) -> None:
            assert clean_text(clean_text(text)) == clean_text(text)
            assert "\x00" not in clean_text(text)

        settles()


class TestLyingBomb:
    def test_claims_ten_bytes(self) -> None:
        with zipfile.ZipFile(io.BytesIO(lying_bomb())) as archive:
            assert archive.getinfo("xl/worksheets/sheet1.xml").file_size == 10
