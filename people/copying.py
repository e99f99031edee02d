"""Write very many rows at once with PostgreSQL's COPY, where making a model of each would cost many times as much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from psycopg2 import sql

ROWS_AT_A_TIME = 1_000
CHARACTERS_AT_A_TIME = 65_536
NULL = "\x00"  # stands for NULL until the rows are known to be plain; no text of the database can hold it
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a model's table in the transaction under way; no defaults are filled in, constraints hold.

    `names` are fields (a key by its column, e.g. team_id), each row its values in that order: None is NULL, a list
    goes in as array_text() gives it, a JSON value as text. Raises what Django raises where a row breaks a rule.
    """
    fields: list[Field[Any, Any]] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]  # concrete ones
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    )
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, _Lines(iter(rows)), CHARACTERS_AT_A_TIME)


def array_text(values: Iterable[str]) -> str:
    """A list of texts as PostgreSQL writes it."""
    listed = list(values)
    if not listed:
        return "{}"
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in listed)
    return '{"' + '","'.join(quoted) + '"}'


def copy_text(rows: Sequence[Sequence[Any]]) -> str:
    """Rows in COPY's text format: a line for each, its values between tabs."""
    lines = ["\t".join([NULL if v is None else v if v.__class__ is str else str(v) for v in row]) for row in rows]
    text = "\n".join(lines) + "\n"
    if _is_plain(text, rows):
        return text.replace(NULL, "\\N")
    return "".join("\t".join("\\N" if v is None else str(v).translate(ESCAPED) for v in row) + "\n" for row in rows)


def _is_plain(text: str, rows: Sequence[Sequence[Any]]) -> bool:
    """Whether no value holds a sign that means something to COPY: nearly always, and cheaper to ask of all at once."""
    return (
        "\\" not in text
        and "\r" not in text
        and text.count("\n") == len(rows)
        and text.count("\t") == sum(map(len, rows)) - len(rows)
        and text.count(NULL) == sum(list(row).count(None) for row in rows)
    )


class _Lines:
    """Rows as a file, made as it is read, so that memory stays flat."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self.rows = rows
        self.waiting = StringIO()

    def read(self, size: int = -1) -> str:
        """The next characters; empty at the end."""
        taken = self.waiting.read(size)
        while not taken:
            some = list(islice(self.rows, ROWS_AT_A_TIME))
            if not some:
                return ""
            self.waiting = StringIO(copy_text(some), newline="")
            taken = self.waiting.read(size)
        return taken
