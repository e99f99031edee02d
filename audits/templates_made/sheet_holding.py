"""The sheets of a file held between two pages: signed text in the page itself, so that nothing is kept on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing

from audits.templates_made.sheet_columns import cell_text
from people.spreadsheet import Sheet

SALT = "the sheets of a template file"
KEPT_FOR = 24 * 3600  # seconds
LARGEST = 2 * 1024 * 1024  # characters of a page that go back and forth


@dataclass(frozen=True)
class Held:
    """A file that was read: its name, its sheets, what it is for (a template's code, or the name of a new one)."""

    file_name: str
    sheets: Sequence[Sheet]
    code: str
    name: str


def hold(held: Held) -> str:
    """The file as signed text; "" where it is too large to go back and forth."""
    sheets = [
        [sheet.name, [[number, [cell_text(cell) for cell in cells]] for number, cells in sheet.rows]]
        for sheet in held.sheets
    ]
    text = signing.dumps([held.file_name, sheets, held.code, held.name], salt=SALT, compress=True)
    return text if len(text) <= LARGEST else ""


def held_from(text: str) -> Held:
    """The file again. Raises BadSignature where the text is another, or old."""
    file_name, sheets, code, name = signing.loads(text, salt=SALT, max_age=KEPT_FOR)
    rows = [Sheet(title, [(number, cells) for number, cells in rows]) for title, rows in sheets]
    return Held(file_name, rows, code, name)
