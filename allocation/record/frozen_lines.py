"""Single lines of a draw's frozen inputs, cut out by the database: the whole text may have hundreds of thousands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db import connection

from allocation.drawing.draw_document import Document, read_head
from allocation.drawing.draw_inputs import RANDOM
from allocation.eligibility.frozen_head import head_of
from allocation.models import Draw

AT_ONCE = 5_000  # rows taken over from the database driver
FIRST_CASE = 2  # the first line is the head

# Written by hand, since the lines of a text are no table that a query set could filter.
LINES = """
    FROM allocation_draw,
        unnest(string_to_array(allocation_draw.inputs, E'\\n')) WITH ORDINALITY AS frozen (line, place)
    WHERE allocation_draw.id = %s AND frozen.place >= %s
"""
OF_CASES = f"SELECT line {LINES} AND split_part(line, E'\\t', 1) = ANY(%s) ORDER BY frozen.place"
SLICE = f"SELECT line {LINES} AND frozen.place < %s ORDER BY frozen.place"
PARTS = f"""
    SELECT split_part(line, E'\\t', 1), split_part(line, E'\\t', 2), split_part(line, E'\\t', 3),
        split_part(line, E'\\t', 4)
    {LINES} ORDER BY frozen.place
"""
LOTS = f"SELECT split_part(line, E'\\t', 2), count(*) {LINES} GROUP BY 1"
FAMILIES = f"""
    SELECT split_part(line, E'\\t', 4), count(*)
    {LINES} AND (split_part(line, E'\\t', 2) = %s OR split_part(line, E'\\t', 1) = ANY(%s))
        AND split_part(line, E'\\t', 4) = ANY(%s)
    GROUP BY 1
"""


def lines_of(draw: Draw, case_ids: Collection[str]) -> list[str]:
    """The lines of these cases in their order; those that are not in the draw are left out. One query."""
    if not case_ids:
        return []
    return [line for (line,) in _fetched(OF_CASES, [draw.pk, FIRST_CASE, list(case_ids)])]


def document_of(draw: Draw, case_ids: Collection[str]) -> Document:
    """The frozen document of a draw as if it had only these cases: its head, and what it says of them. One query."""
    return Document(read_head(head_of(draw)), lines_of(draw, case_ids))


def ids_between(draw: Draw, start: int, stop: int) -> list[str]:
    """The ids of the cases from one place in the frozen text to another, from nought. One query."""
    rows = _fetched(SLICE, [draw.pk, FIRST_CASE + start, FIRST_CASE + stop])
    return [line.partition("\t")[0] for (line,) in rows]


def stream(draw: Draw) -> Iterator[tuple[str, str, str, str]]:
    """Every case as id, lot, stratum and family, a few at a time: without the ties, which are most of the text."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(PARTS, [draw.pk, FIRST_CASE])
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows


def lot_sizes(draw: Draw) -> dict[str, int]:
    """How many cases of the draw are of each lot, the random ones among them. One query."""
    return dict(_fetched(LOTS, [draw.pk, FIRST_CASE]))


def family_sizes(draw: Draw, families: Collection[str], *, from_lots: Collection[str] = frozenset()) -> dict[str, int]:
    """How many of the random cases are of each of these families. One query.

    `from_lots` are the cases of set lots that were among them (see allocation.drawing.random_part).
    """
    if not families:
        return {}
    return dict(_fetched(FAMILIES, [draw.pk, FIRST_CASE, RANDOM, list(from_lots), list(families)]))


def _fetched(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
