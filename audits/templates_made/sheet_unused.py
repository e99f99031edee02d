"""What of a spreadsheet goes into no template: rows above the headings, columns and sheets that are not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from audits.templates_made.document import Document, standards_of
from audits.templates_made.sheet_columns import Columns, cell_text, kind_of_sheet, letter, same
from people.spreadsheet import Cell, Sheet

LONGEST_SHOWN, MOST_SHOWN = 60, 8


def notes(sheets: Sequence[Sheet], read: Sequence[Sheet], standards: Sheet, columns: Columns) -> Iterator[str]:
    """A sentence for each kind of thing that is not used. `read` are the sheets that are, `standards` the main one."""
    above = [(number, cells) for number, cells in standards.rows if number < columns.headings]
    if above:
        rows = _listed([f"row {number} (“{_short(_first(cells))}”)" for number, cells in above])
        yield f"Left out, because it stands above the headings: {rows}."
    if unused := _unused_columns(standards, columns):
        yield f"Columns that are not used: {_listed(unused)}."
    for sheet in sheets:
        if sheet not in read and kind_of_sheet(sheet):
            count = len(sheet.rows)
            yield f"The sheet “{_short(sheet.name)}” is not read: {count} row{'s' if count != 1 else ''} left out."


def _unused_columns(sheet: Sheet, columns: Columns) -> list[str]:
    """The columns that hold something beneath the headings and are none of ours, by their headings."""
    below = [cells for number, cells in sheet.rows if number > columns.headings]
    headings = next((cells for number, cells in sheet.rows if number == columns.headings), [])
    used = {*columns.places.values()}
    held = {place for cells in below for place, cell in enumerate(cells) if place not in used and cell_text(cell)}
    named = {place: cell_text(headings[place]) if place < len(headings) else "" for place in held}
    return [f"{letter(place)} (“{_short(named[place])}”)" if named[place] else letter(place) for place in sorted(held)]


def twice(document: Document) -> Iterator[str]:
    """A sentence for each wording that stands in a section more than once."""
    wordings = [(section["title"], same(standard["text"])) for section, standard in standards_of(document)]
    counted = Counter(wording for wording in wordings if wording[1])
    first = {(section["title"], same(one["text"])): one["text"] for section, one in reversed([*standards_of(document)])}
    for (title, text), times in counted.items():
        if times > 1:
            words = "twice" if times == 2 else f"{times} times"
            yield f"“{_short(first[title, text])}” stands {words} in the section {_short(title) or 'without a title'}."


def _first(cells: Sequence[Cell]) -> str:
    return next((text for cell in cells if (text := cell_text(cell))), "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN].rstrip()}…"


def _listed(words: Sequence[str]) -> str:
    more = len(words) - MOST_SHOWN
    return ", ".join(words[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
