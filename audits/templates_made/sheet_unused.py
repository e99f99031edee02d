"""What becomes of a spreadsheet’s columns; rows above the headings and sheets that go into no template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audits.templates_made.document import Document, standards_of
from audits.templates_made.sheet_columns import (
    AREAS,
    MEANS,
    MEANS_THERE,
    QUESTIONS,
    SECTIONS,
    Columns,
    Names,
    cell_text,
    columns_in,
    kind_of_sheet,
    letter,
    same_words,
)
from people.spreadsheet import Cell, Sheet

LONGEST_SHOWN, MOST_SHOWN = 60, 8
FURTHER: Mapping[str, tuple[Names, str]] = {  # the headings of the further sheets, and the one that has to be there
    "sections": (SECTIONS, "section"),
    "guidance": (AREAS, "title"),
    "closing": (QUESTIONS, "label"),
    "reflection_questions": (QUESTIONS, "label"),
}


@dataclass(frozen=True)
class SheetColumns:
    """The columns of a sheet: those that were read with what each became, and the headings of those that were not."""

    sheet: str
    read: tuple[tuple[str, str], ...]
    unread: tuple[str, ...]


def notes(sheets: Sequence[Sheet], read: Sequence[Sheet], standards: Sheet, columns: Columns) -> Iterator[str]:
    """A sentence for each kind of thing that is not used. `read` are the sheets that are, `standards` the main one."""
    above = [(number, cells) for number, cells in standards.rows if number < columns.headings]
    if above:
        rows = _listed([f"row {number} (“{_short(_first(cells))}”)" for number, cells in above])
        yield f"Left out, because it stands above the headings: {rows}."
    for sheet in sheets:
        if sheet not in read and kind_of_sheet(sheet):
            count = len(sheet.rows)
            yield f"The sheet “{_short(sheet.name)}” is not read: {count} row{'s' if count != 1 else ''} left out."


def columns_by_sheet(about: Mapping[str, Sheet], standards: Sheet, columns: Columns) -> list[SheetColumns]:
    """Which column of each sheet that is read became what: first of the main one, then of the further ones."""
    found = [_columns_of(standards, columns, MEANS)]
    for kind, (names, needs) in FURTHER.items():
        there = about.get(kind)
        placed = columns_in(there, names, needs=needs) if there else None
        if there and placed:
            means = MEANS | MEANS_THERE.get("questions" if names is QUESTIONS else kind, {})
            found.append(_columns_of(there, placed, means))
    return found


def _columns_of(sheet: Sheet, columns: Columns, means: Mapping[str, str]) -> SheetColumns:
    """By their headings, in the order of the sheet; a column without anything in it is named only where it is read."""
    headings = next((cells for number, cells in sheet.rows if number == columns.headings), [])
    read = sorted((place, name) for name, place in columns.places.items())
    used = {place for place, _ in read}
    below = [cells for number, cells in sheet.rows if number > columns.headings]
    held = {place for cells in below for place, cell in enumerate(cells) if place not in used and cell_text(cell)}
    return SheetColumns(
        sheet.name,
        tuple((_heading(headings, place), means[name]) for place, name in read),
        tuple(_heading(headings, place) for place in sorted(held)),
    )


def _heading(headings: Sequence[Cell], place: int) -> str:
    """A column by its heading; by its letter where it has none."""
    text = cell_text(headings[place]) if place < len(headings) else ""
    return f"“{_short(text)}”" if text else f"Column {letter(place)}"


def twice(document: Document) -> Iterator[str]:
    """A sentence for each wording that stands in a template more than once: in one section, or in several."""
    stands: dict[str, list[tuple[str, str]]] = {}
    for section, standard in standards_of(document):
        if words := same_words(standard["text"]):
            stands.setdefault(words, []).append((section["title"], standard["text"]))
    for found in (found for found in stands.values() if len(found) > 1):
        titles = list(dict.fromkeys(_short(title) or "without a title" for title, _ in found))
        times = "twice " if len(found) == 2 else f"{len(found)} times "
        where = f"in the section {titles[0]}" if len(titles) == 1 else f"in the sections {' and '.join(titles)}"
        yield f"“{_short(found[0][1])}” stands {'' if len(titles) == len(found) else times}{where}."


def _first(cells: Sequence[Cell]) -> str:
    return next((text for cell in cells if (text := cell_text(cell))), "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN].rstrip()}…"


def _listed(words: Sequence[str]) -> str:
    more = len(words) - MOST_SHOWN
    return ", ".join(words[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
