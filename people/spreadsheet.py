"""Read a spreadsheet file: what it really is, whether it keeps within the limits, its sheets as plain cells (R44)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

Cell = str | int | float | bool | date | datetime | time | timedelta

MOST_MEMBERS = 1_000  # files inside a workbook
CHUNK = 1 << 20
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and any workbook behind a password
NOT_SPREADSHEETS = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "a compressed file"),
)
SAVE_AS = "Open it in Excel and save it as an Excel workbook (.xlsx) or as CSV."
PASSWORD = "The workbook is protected with a password. Save a copy without the password and choose that."  # noqa: S105  # a message
TOO_BIG = "The workbook unpacks to more than the portal reads. Save only the sheets needed."
WEB_PAGE = f"The file is a web page, whatever its name says; some systems export these as .xls. {SAVE_AS}"
CELL = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\br="([A-Z]{1,3})(\d{1,7})")[^>]*(?<!/)>')
CELL_WITHOUT_ADDRESS = re.compile(rb"<(?:\w+:)?c(?:\s(?![^>]*\br=)[^>]*)?(?<!/)>")
LINE = re.compile(r"[^\r\n]+")
ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\br="(\d{1,7})"')


class FileRefused(ValueError):
    """The file cannot be read; the message says why, for the person who chose it."""


@dataclass(frozen=True)
class Limits:
    """How much of a file is read: bytes as uploaded and unpacked, rows and columns of a sheet."""

    size: int
    inflated: int
    rows: int
    columns: int = 100


@dataclass(frozen=True)
class Sheet:
    """The rows of a sheet that hold something, numbered as the spreadsheet counts; CSV has no sheet name."""

    name: str
    rows: list[tuple[int, list[Cell]]]


def read_sheets(content: bytes, *, limits: Limits) -> list[Sheet]:
    """The sheets of an Excel workbook (xlsx, xls) or a CSV file, recognised by content and never by name.

    Raises FileRefused with a message for people where it is neither, or larger than `limits`.
    """
    refuse_size(content, limits=limits)
    for start, what in NOT_SPREADSHEETS:
        if content.startswith(start):
            raise FileRefused(f"The file is {what}, not a spreadsheet. Choose a CSV or Excel file.")
    if content.startswith(ZIP):
        check_archive(content, limits=limits)
        return read_workbook(content, limits=limits)
    if content.startswith(OLE):
        return read_workbook(content, limits=limits)
    return [read_text(content, limits=limits)]


def refuse_size(content: bytes, *, limits: Limits) -> None:
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise FileRefused("The file is empty.")
    if len(content) > limits.size:
        raise FileRefused(f"The file is larger than {limits.size // 1_048_576} MB. Split it into smaller files.")


# ------------------------------------------------------------------ Excel


def check_archive(content: bytes, *, limits: Limits) -> None:
    """Refuse an archive that is no workbook or unpacks to too much; the sizes it claims are not trusted."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            refuse_other_archives({member.filename for member in members})
            if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > limits.inflated:
                raise FileRefused(TOO_BIG)
            inflate(archive, members, limits=limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise FileRefused(f"The workbook is damaged and cannot be opened. {SAVE_AS}") from error


def refuse_other_archives(names: set[str]) -> None:
    if "xl/workbook.xml" not in names:
        raise FileRefused(f"The file is not an Excel workbook or a CSV file. {SAVE_AS}")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise FileRefused("The workbook holds macros. Save it as an Excel workbook without macros (.xlsx).")


def inflate(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], *, limits: Limits) -> None:
    """Unpack every member once, counting, before the reader does it without counting."""
    left = limits.inflated
    for member in members:
        member.file_size = left + 1  # read on past the size it claims
        sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
        extent = Extent()
        with archive.open(member) as unpacked:
            while chunk := unpacked.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise FileRefused(
                        "The workbook unpacks to more than the portal reads. Save only the sheets needed."
                    )
                if sheet:
                    extent.take(chunk)
        extent.refuse_if_far(limits=limits)


class Extent:
    """How far a sheet's filled cells reach: one cell in the last corner makes a reader reserve the whole grid."""

    def __init__(self) -> None:
        self.rows, self.columns, self.tail = 0, 0, b""

    def take(self, chunk: bytes) -> None:
        text = self.tail + chunk
        self.tail = text[-300:]
        for letters, row in CELL.findall(text):
            self.rows = max(self.rows, int(row))
            self.columns = max(self.columns, column_number(letters))
        if CELL_WITHOUT_ADDRESS.search(text):
            self.rows = max([self.rows, *map(int, ROW.findall(text))])

    def refuse_if_far(self, *, limits: Limits) -> None:
        if self.columns > limits.columns:
            raise too_wide(limits)
        if self.rows > limits.rows + 1_000:  # headings, titles and gaps; the exact limit is checked on what was read
            raise too_long(limits)


def column_number(letters: bytes) -> int:
    """A column's number: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def read_workbook(content: bytes, *, limits: Limits) -> list[Sheet]:
    """Every sheet of an Excel workbook. A formula reads as the value last worked out, an error value as empty."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [read_sheet(workbook, name, limits=limits) for name in workbook.sheet_names]
    except PasswordError as error:
        raise FileRefused(PASSWORD) from error
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, FileRefused):
            raise
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise FileRefused(PASSWORD) from error
        raise FileRefused(f"The file is not an Excel workbook that can be opened. {SAVE_AS}") from error
    if not any(sheet.rows for sheet in sheets):
        raise FileRefused("The workbook is empty.")
    return sheets


def read_sheet(workbook: CalamineWorkbook, name: str, *, limits: Limits) -> Sheet:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.total_width > limits.columns:
        raise too_wide(limits)
    if sheet.total_height > limits.rows + 1_000:
        raise too_long(limits)
    return Sheet(name, filled_rows(sheet.to_python(skip_empty_area=False), limits=limits))


# ------------------------------------------------------------------ CSV


def read_text(content: bytes, *, limits: Limits) -> Sheet:
    """A CSV file: UTF-8, UTF-16 or Windows Western, separated by comma, semicolon, tab or bar."""
    text = decode(content)
    if re.match(r"\s*<(!doctype|html|table|head|meta|\?xml)", text, re.IGNORECASE):
        raise FileRefused(WEB_PAGE)
    hint = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)  # Excel's own first line, saying the separator
    separator = hint.group(1) if hint else likely_separator(text)
    lines = lines_of(text[hint.end() :] if hint else text)
    try:
        rows = filled_rows(csv.reader(lines, delimiter=separator), limits=limits)
    except csv.Error as error:
        raise FileRefused(f"The file could not be read as CSV ({error}). {SAVE_AS}") from error
    return Sheet("", rows)


def lines_of(text: str) -> io.TextIOWrapper:
    """A text as a file to read; StringIO would take four bytes for each character."""
    return io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="")


def decode(content: bytes) -> str:
    """The text of a CSV file. Raises FileRefused where the bytes are no text."""
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    raise FileRefused("The file is not a spreadsheet. Choose a CSV or Excel file.")


def likely_separator(text: str) -> str:
    """The separator that the first filled line holds most of, outside quotation marks; a comma where there is none."""
    first = next((line.group() for line in LINE.finditer(text) if not line.group().isspace()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(",;\t|", key=bare.count)


# ------------------------------------------------------------------ both


def filled_rows(rows: Iterable[Sequence[Cell]], *, limits: Limits) -> list[tuple[int, list[Cell]]]:
    """The rows that hold something, numbered from 1, without the empty cells at their end."""
    found: list[tuple[int, list[Cell]]] = []
    most_columns, most_rows = limits.columns, limits.rows + 1
    for number, row in enumerate(rows, start=1):
        cells: list[Cell] = row if isinstance(row, list) else list(row)
        while cells and is_blank(cells[-1]):
            cells.pop()
        if not cells:
            continue
        if len(cells) > most_columns:
            raise too_wide(limits)
        found.append((number, cells))
        if len(found) > most_rows:
            raise too_long(limits)
    return found


def is_blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.strip("\ufeff\u200b \xa0\t\r\n")


def too_long(limits: Limits) -> FileRefused:
    return FileRefused(
        f"The file has more than {limits.rows:,} rows. Split it, or ask whoever runs the portal to load it with the "
        "import command, which takes larger files."
    )


def too_wide(limits: Limits) -> FileRefused:
    return FileRefused(f"The file has more than {limits.columns} columns. Save only the columns needed.")
