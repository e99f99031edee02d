"""A template from a spreadsheet: rows matched with what is there by code, else by wording; each row's fate told."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from audits.templates_made import editing, sheet_more, sheet_unused
from audits.templates_made.codes import used_codes
from audits.templates_made.document import Document, Part, numbered, standards_of
from audits.templates_made.sheet_columns import (
    STANDARDS,
    WITHOUT_HEADINGS,
    Columns,
    Row,
    columns_in,
    fit_of,
    is_wide,
    kind_of_sheet,
    rows_below,
    same,
    same_words,
    without_number,
)
from people.spreadsheet import OLE, SAVE_AS, ZIP, FileRefused, Limits, Sheet, read_sheets

LIMITS = Limits(size=5 * 1024 * 1024, inflated=50 * 1024 * 1024, rows=2_000, columns=50)
LONGEST_TEXT = 2_000
NO_STANDARDS = (
    "No standards were found. The first sheet needs a heading row with at least two columns, Section and Standard, "
    "and a row for each standard."
)
NO_HEADINGS = "The sheet has no headings: the first column was read as the section, the second as the standard."
NOT_A_WORKBOOK = f"This is not a workbook, although its name ends in .xlsx. {SAVE_AS}"
STANDARDS_SHEET = "standards"


class NoStandards(FileRefused):
    """The file is a spreadsheet, but it is not clear where its standards stand: somebody has to say which column."""


@dataclass
class RowRead:
    """What became of a row: new, kept, reworded or refused, with a message where there is something to say."""

    sheet: str
    number: int
    section: str
    text: str
    outcome: str
    message: str = ""
    code: str = ""
    twice: str = ""  # a warning where an earlier row has the same words


@dataclass
class FileRead:
    """A file as a document, with what became of each row, and notes about the whole."""

    document: Document
    rows: list[RowRead] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: Columns | None = None
    used: list[sheet_unused.SheetColumns] = field(default_factory=list)  # which column was read as what, by sheet

    @property
    def refused(self) -> list[RowRead]:
        """The rows that are left out."""
        return [row for row in self.rows if row.outcome == "refused"]

    def count(self, outcome: str) -> int:
        """How many rows came to this."""
        return sum(row.outcome == outcome for row in self.rows)


def read(content: bytes, *, base: Document) -> FileRead:
    """A spreadsheet (xlsx, xls, csv) as the next document of `base`, which is blank for a new template.

    Raises FileRefused where the file cannot be read, NoStandards where no standards are found in it.
    """
    return read_from(open_sheets(content), base=base)


def open_sheets(content: bytes, *, name: str = "") -> list[Sheet]:
    """The sheets of a file that hold something. Raises FileRefused where it is no spreadsheet, or not what it says."""
    sheets = [sheet for sheet in read_sheets(content, limits=LIMITS) if sheet.rows]
    if name.lower().endswith(".xlsx") and not content.startswith((ZIP, OLE)):
        raise FileRefused(NOT_A_WORKBOOK)
    return sheets


def read_from(sheets: Sequence[Sheet], *, base: Document, columns: Columns | None = None) -> FileRead:
    """Sheets as the next document of `base`; `columns` says which column of the main sheet is which, if somebody did.

    Raises NoStandards.
    """
    about = {kind_of_sheet(sheet): sheet for sheet in reversed(sheets)}
    standards = main_sheet(sheets)
    if standards is None:
        raise NoStandards(NO_STANDARDS)
    about[STANDARDS_SHEET] = standards
    found = FileRead(deepcopy(base))
    found.columns = columns or columns_of(standards)
    if columns is None and found.columns == WITHOUT_HEADINGS:
        found.notes.append(NO_HEADINGS)
    rows = rows_below(standards, found.columns) if found.columns else []
    if found.columns is None or not any(row.text("text") for row in rows):
        raise NoStandards(NO_STANDARDS)
    _put_standards(found, rows, base=base)
    for problem in sheet_more.put(found.document, about, base=base):
        found.rows.append(RowRead(problem.sheet, problem.number, "", problem.text, "refused", problem.message))
    found.notes += sheet_unused.notes(sheets, list(about.values()), standards, found.columns)
    found.used = sheet_unused.columns_by_sheet(about, standards, found.columns)
    found.notes += sheet_unused.twice(found.document)
    _note_removed(found, base)
    numbered(found.document)
    return found


def columns_of(sheet: Sheet) -> Columns | None:
    """Which column of the main sheet is which, as far as can be told: without known headings the first two."""
    return columns_in(sheet, STANDARDS, needs="text") or (WITHOUT_HEADINGS if is_wide(sheet) else None)


def main_sheet(sheets: Sequence[Sheet]) -> Sheet | None:
    """The sheet with the standards: of those that are about nothing else the one whose headings say most of it."""
    plain = [sheet for sheet in sheets if kind_of_sheet(sheet) == STANDARDS_SHEET]

    def headings(sheet: Sheet) -> tuple[int, bool]:
        columns = columns_in(sheet, STANDARDS, needs="text")
        return (len(columns.places) if columns else 0, is_wide(sheet))

    return max(plain, key=headings, default=None)


def _note_removed(found: FileRead, base: Document) -> None:
    gone = {standard["code"] for _, standard in standards_of(base)} - {
        standard["code"] for _, standard in standards_of(found.document)
    }
    if gone:
        words = "standard of the template is" if len(gone) == 1 else "standards of the template are"
        found.notes.append(f"{len(gone)} {words} not in the file and would be removed: {', '.join(sorted(gone))}.")


class _Known:
    """The standards there are already, by code and by wording; each is given out once."""

    def __init__(self, base: Document) -> None:
        self.by_code = {standard["code"].casefold(): standard for _, standard in standards_of(base)}
        self.by_words: dict[str, list[Part]] = {}
        for _, standard in standards_of(base):
            self.by_words.setdefault(same(standard["text"]), []).append(standard)
        self.given: set[str] = set()

    def take(self, code: str, text: str) -> Part | None:
        """The standard that a row is: that with its code, else that with its wording."""
        standard = self.by_code.get(code.casefold()) if code else None
        if standard is None:
            alike = self.by_words.get(same(text), [])
            standard = next((one for one in alike if one["code"] not in self.given), None)
        if standard is None or standard["code"] in self.given:
            return None
        self.given.add(standard["code"])
        return standard


def _put_standards(found: FileRead, rows: Sequence[Row], *, base: Document) -> None:
    """Sections and standards in the file's order; what is matched keeps its code and what the file does not say."""
    document = found.document
    document["spent"] = sorted({*base.get("spent", []), *used_codes(base)})
    document["sections"] = []
    known, title = _Known(base), ""
    claimed = _claimed_by_code(rows)
    pairs: list[tuple[Part, Part, RowRead]] = []
    heading: Row | None = None
    seen: dict[str, tuple[int, str]] = {}
    for row in rows:
        if alone := _heading(row):
            _say_empty(found, heading, title)
            heading, title = row, without_number(alone)
            continue
        title = without_number(row.text("section")) or title
        standard, said = _read_row(row, title, known, codes_in_file=claimed)
        found.rows.append(said)
        if standard is not None:
            section = _section_for(document, base, title, standard)
            section["standards"].append(standard)
            pairs.append((section, standard, said))
            first, where = seen.setdefault(same_words(said.text), (row.number, section["code"]))
            if first != row.number:
                also = "" if where == section["code"] else ", in another section"
                said.twice = f"The same words as row {first}{also}."
            heading = None
    _say_empty(found, heading, title)
    _give_codes(document, pairs)


def _heading(row: Row) -> str:
    """The title of a section that stands on a row of its own, in its column or alone in the row; "" for other rows."""
    if row.text("text") or row.text("code"):
        return ""
    if row.text("section"):
        numbers = bool(row.text("number"))
        return row.text("section") if len(row.filled) == 1 + numbers else ""
    known = {name for name in row.cells if row.text(name)}
    alone = len(row.filled) == 1 and known <= {"number"} and not row.filled[0].isdecimal()
    return row.filled[0] if alone else ""


def _say_empty(found: FileRead, heading: Row | None, title: str) -> None:
    """A heading that no standard follows comes to nothing, which is said."""
    if heading is not None:
        message = "No standard stands under this heading."
        found.rows.append(RowRead(heading.sheet, heading.number, title, "", "refused", message))


def _claimed_by_code(rows: Sequence[Row]) -> dict[str, int]:
    """The first row that each code of the file stands in."""
    first: dict[str, int] = {}
    for row in rows:
        if code := row.text("code").casefold():
            first.setdefault(code, row.number)
    return first


def _read_row(row: Row, title: str, known: _Known, *, codes_in_file: dict[str, int]) -> tuple[Part | None, RowRead]:
    """The standard of a row, without a code where it is new, and what became of the row."""
    code, text = row.text("code"), row.text("text")
    said = RowRead(row.sheet, row.number, title, text, "new")
    fit, problems = fit_of(row)
    if not text:
        problems.append("The standard has no wording.")
    if len(text) > LONGEST_TEXT:
        problems.append(f"A standard can have up to {LONGEST_TEXT:,} characters.")
    if not title:
        problems.append("Say which section it belongs to.")
    if code and codes_in_file[code.casefold()] != row.number:
        problems.append(f"The code {code[:20]} stands in row {codes_in_file[code.casefold()]} already.")
    if problems:
        said.outcome, said.message = "refused", " ".join(problems)
        return None, said
    before = known.take(code, text)
    if before is None and code and known.by_code:
        said.message = f"No standard of the template has the code {code[:20]}: it gets a new one."
    standard = _standard(row, before, fit)
    if before is not None:
        said.code = before["code"]
        said.outcome = "kept" if same(before["text"]) == same(text) else "reworded"
        said.message = "" if said.outcome == "kept" else f"Was: {before['text']}"
    return standard, said


def _standard(row: Row, before: Part | None, fit: Part) -> Part:
    """A row as a standard. A column the file does not have leaves what there is; an empty cell empties it."""
    standard: Part = deepcopy(before) if before else {"code": ""}
    if before is None or same(before["text"]) != same(row.text("text")):
        standard["text"] = row.text("text")
    for name in ("text_18_plus", "hint"):
        if name in row.cells or row.text(name):
            standard[name] = row.text(name)
    for name in ("only_for", "from_age", "to_age"):
        if name in row.cells:
            standard.pop(name, None)
    return {name: value for name, value in (standard | fit).items() if value != "" or name in {"code", "text"}}


def _section_for(document: Document, base: Document, title: str, standard: Part) -> Part:
    """The section of a title: the one begun already, that of the template, or a new one."""
    begun = next((one for one in document["sections"] if same(one["title"]) == same(title)), None)
    if begun is not None:
        return begun
    taken = {section["code"] for section in document["sections"]}
    there = next((one for one in base["sections"] if same(without_number(one["title"])) == same(title)), None)
    there = there or _home_of(base, standard["code"])
    if there is None or there["code"] in taken:
        return editing.add_section(document, title=title)
    section: Part = deepcopy(there) | {"title": title, "standards": []}
    document["sections"].append(section)
    return section


def _home_of(base: Document, code: str) -> Part | None:
    """The section that a standard stands in: a section with another title in the file is that one, renamed."""
    return next((section for section, standard in standards_of(base) if code and standard["code"] == code), None)


def _give_codes(document: Document, pairs: Sequence[tuple[Part, Part, RowRead]]) -> None:
    """Codes for the new standards, once all that keep theirs are known."""
    for section, standard, said in pairs:
        if not standard["code"]:
            standard["code"] = said.code = editing.spend_standard_code(document, section)
