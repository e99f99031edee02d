"""Write very many rows at once with PostgreSQL's COPY, where making a model of each would cost many times as much."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import CharField, Field, Model, TextField
from psycopg2 import sql

ROWS_AT_A_TIME = 1_000
CHARACTERS_AT_A_TIME = 65_536


def copy_rows(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a model's table in the transaction under way; no defaults are filled in, constraints hold.

    `names` are fields (a key by its column, e.g. team_id), each row its values in that order: None is NULL, a list
    goes in as array_text() gives it, a JSON value as text. Raises what Django raises where a row breaks a rule.
    """
    fields: list[Field[Any, Any]] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]  # concrete ones
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv{})").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(field.column) for field in fields),
        _empty_is_text(fields),
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


def _empty_is_text(fields: Iterable[Field[Any, Any]]) -> sql.Composable:
    """In CSV nothing between two commas is NULL; in these columns it is an empty text."""
    texts = [field for field in fields if isinstance(field, CharField | TextField) and not field.null]
    if not texts:
        return sql.SQL("")
    return sql.SQL(", FORCE_NOT_NULL ({})").format(sql.SQL(", ").join(sql.Identifier(field.column) for field in texts))


class _Lines:
    """Rows as a file of CSV, made as it is read, so that memory stays flat."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self.rows = rows
        self.waiting = io.StringIO(newline="")

    def read(self, size: int = -1) -> str:
        """The next characters; empty at the end."""
        taken = self.waiting.read(size)
        while not taken:
            self.waiting = io.StringIO(newline="")
            csv.writer(self.waiting).writerows(islice(self.rows, ROWS_AT_A_TIME))  # its \r\n has both signs quoted
            if not self.waiting.tell():
                return ""
            self.waiting.seek(0)
            taken = self.waiting.read(size)
        return taken
