"""Match a file's columns to our fields: guessed from the headings, confirmed once by a person, then remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from people.file_values import clean_text, heading_key
from people.models import ColumnMapping, User
from people.spreadsheet import Cell, FileRefused, Sheet


@dataclass(frozen=True)
class Field:
    """One of our fields: its code and label, whether a file must have it, and the headings it is known by."""

    code: str
    label: str
    names: tuple[str, ...] = ()
    required: bool = False
    hint: str = ""

    @property
    def keys(self) -> list[str]:
        """Its headings, reduced for comparing."""
        return [heading_key(name) for name in (self.code, self.label, *self.names)]


@dataclass(frozen=True)
class Column:
    """A column of the file: how people read its heading, and how it is compared."""

    place: int
    heading: str
    key: str


class Record(NamedTuple):
    """One row of the file by our field names. `excess` says that it has more cells than there are headings."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    excess: bool = False


@dataclass(frozen=True)
class Placed:
    """The rows of a sheet as they are, numbered, and at which place of them each of our fields is.

    `width` is the number of headings; a row may have fewer cells, as empty ones at its end are left out.
    """

    sheet: str
    places: Mapping[str, int]
    width: int
    rows: Sequence[tuple[int, list[Cell]]]


def columns_of(sheet: Sheet) -> list[Column]:
    """The columns by the sheet's first filled row; a heading that comes twice is numbered, an empty one left out.

    Raises FileRefused where there is no row beneath the headings.
    """
    if len(sheet.rows) < 2:
        raise FileRefused("The file has headings but no rows beneath them." if sheet.rows else "The file is empty.")
    seen: dict[str, int] = {}
    columns = []
    for place, cell in enumerate(sheet.rows[0][1]):
        heading = clean_text(cell)[:100]
        key = heading_key(heading) or heading.casefold()
        if not key:
            continue
        seen[key] = seen.get(key, 0) + 1
        again = f" ({seen[key]})" if seen[key] > 1 else ""
        columns.append(Column(place, heading + again, key + again))
    return columns


def fingerprint(columns: Sequence[Column]) -> str:
    """The same for every file with the same headings, in whatever order, case or spacing."""
    return hashlib.sha256("\n".join(sorted(column.key for column in columns)).encode()).hexdigest()


def guess(columns: Sequence[Column], fields: Sequence[Field]) -> dict[str, str]:
    """Our field -> the column it most likely is: first by a heading we know exactly, then by one that contains it."""
    found: dict[str, str] = {}
    for field in fields:
        match = next((c.key for name in field.keys for c in columns if c.key == name), None)
        if match and match not in found.values():
            found[field.code] = match
    for field in fields:
        free = [column.key for column in columns if column.key not in found.values()]
        close = (key for name in field.keys for key in free if len(name) > 3 and f" {name} " in f" {key} ")
        if field.code not in found and (match := next(close, None)):
            found[field.code] = match
    return found


def is_certain(columns: Sequence[Column], fields: Sequence[Field]) -> bool:
    """Whether every heading is one we know exactly and nothing required is missing, so that nobody needs asking."""
    known = {name for field in fields for name in field.keys}
    mapping = guess(columns, fields)
    complete = all(field.code in mapping for field in fields if field.required)
    return complete and len(mapping) == len(columns) and all(column.key in known for column in columns)


def remembered(kind: str, columns: Sequence[Column]) -> dict[str, str] | None:
    """The mapping somebody made for these headings before, if any."""
    row = ColumnMapping.objects.filter(kind=kind, headings_sha256=fingerprint(columns)).first()
    return dict(row.mapping) if row else None


def remember(
    kind: str, columns: Sequence[Column], *, mapping: Mapping[str, str], by: User | None, at: datetime
) -> None:
    """Keep a mapping for the next file with the same headings."""
    ColumnMapping.objects.update_or_create(
        kind=kind,
        headings_sha256=fingerprint(columns),
        defaults={"mapping": dict(mapping), "remembered_by": by, "remembered_at": at},
    )


def missing(mapping: Mapping[str, str], fields: Sequence[Field]) -> list[str]:
    """The labels of required fields that no column was given for."""
    return [field.label for field in fields if field.required and not mapping.get(field.code)]


def placed(sheet: Sheet, *, mapping: Mapping[str, str]) -> Placed:
    """Where our fields are in the sheet's rows; columns nobody matched are not read on (R51)."""
    places = {column.key: column.place for column in columns_of(sheet)}
    wanted = {code: places[key] for code, key in mapping.items() if key in places}
    return Placed(sheet.name, wanted, width=len(sheet.rows[0][1]), rows=sheet.rows[1:])


def records(sheet: Sheet, *, mapping: Mapping[str, str]) -> list[Record]:
    """The sheet's rows by our field names."""
    found = placed(sheet, mapping=mapping)
    wanted = list(found.places.items())
    return [
        Record(
            found.sheet,
            number,
            {code: cells[place] for code, place in wanted if place < len(cells)},
            excess=len(cells) > found.width,
        )
        for number, cells in found.rows
    ]


def best_sheet(sheets: Sequence[Sheet], fields: Sequence[Field]) -> Sheet:
    """Of a workbook's sheets the one whose headings we know most of; the first where none is known."""
    filled = [sheet for sheet in sheets if len(sheet.rows) > 1] or list(sheets)
    return max(filled, key=lambda sheet: len(guess(columns_of(sheet), fields)) if len(sheet.rows) > 1 else -1)


def unread_sheets(sheets: Sequence[Sheet], used: Sheet) -> list[str]:
    """A note naming the sheets with rows that were not read."""
    others = [f"“{sheet.name}”" for sheet in sheets if sheet is not used and len(sheet.rows) > 1]
    return [f"Only the sheet “{used.name}” was read, not {', '.join(others)}."] if others else []
