"""Make the files that people upload: CSV text and real Excel workbooks."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook

from people import file_columns, file_import
from people.file_import import ImportKind
from people.file_outcomes import Evaluation
from people.models import FileImport, User
from people.spreadsheet import Limits, read_sheets
from tests.conftest import NOW, TODAY

LIMITS = Limits(size=20 << 20, inflated=200 << 20, rows=20_000)


def csv_file(rows: Sequence[Sequence[Any]], *, separator: str = ",", encoding: str = "utf-8") -> bytes:
    """A CSV file of rows, the first one the headings."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """An Excel workbook of sheets by name."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def received(
    kind: ImportKind,
    content: bytes,
    *,
    by: User | None = None,
    mapping: Mapping[str, str] | None = None,
    today: date = TODAY,
    **options: bool,
) -> FileImport:
    """A file up to its preview; `mapping` is what a person chose, without it what was recognised."""
    sheets = read_sheets(content, limits=LIMITS)
    waiting = file_import.receive(
        kind, sheets=sheets, content=content, name="list.csv", options=options, by=by, at=NOW, today=today
    )
    if waiting.status == FileImport.Status.MAPPING:
        guessed = file_columns.guess(file_import.columns_of(waiting, kind), kind.fields)
        file_import.match_columns(waiting, kind, mapping=mapping or guessed, by=by, at=NOW, today=today)
    return FileImport.objects.get(pk=waiting.pk)


def saved(
    kind: ImportKind, content: bytes, *, by: User | None = None, today: date = TODAY, **options: bool
) -> FileImport:
    """A file read and saved."""
    waiting = received(kind, content, by=by, today=today, **options)
    return file_import.apply(waiting, kind, by=by, at=NOW, today=today, close_many=True)


def outcomes(waiting: FileImport) -> list[tuple[str, str]]:
    """(reference, outcome) of every row."""
    return list(waiting.rows.values_list("reference", "outcome"))


def reason(waiting: FileImport, reference: str) -> str:
    """What is said of the first row about somebody."""
    row = waiting.rows.filter(reference=reference).first()
    assert row is not None
    return row.message


def evaluated(kind: ImportKind, content: bytes, *, mapping: Mapping[str, str], **options: bool) -> Evaluation:
    """What a file would do, straight from the domain."""
    sheets = read_sheets(content, limits=LIMITS)
    return file_import.evaluate(kind, sheets, mapping=mapping, options=options, by=None, today=TODAY)
