"""The cases of a draw as a list: those in the pool by ticket or number, or those left out for one reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from allocation.drawing.tickets import case_ticket
from allocation.months.why import Record
from allocation.record import frozen_lines
from audits.models import Case
from people.models import User

BY_TICKET = 20_000  # a larger pool is listed by number: for the order of the tickets every case must be hashed


@dataclass(frozen=True)
class PoolRow:
    """A case of the pool with its ticket, its place in the list, and what became of it.

    By ticket, the place is that in its part of the draw, nought for a child for whom another of the family stood.
    """

    place: int
    case: Case
    ticket: str
    fate: str
    part: str = ""
    of_family: bool = False


class ByNumber(Sequence[tuple[str, str]]):
    """The ticket and id of every case in a draw in the order of the frozen lines; only what is asked for is hashed."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def __len__(self) -> int:
        return self._record.inputs.pool_size

    @overload
    def __getitem__(self, wanted: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[tuple[str, str]]: ...
    def __getitem__(self, wanted: int | slice) -> tuple[str, str] | list[tuple[str, str]]:
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        start, stop, step = wanted.indices(len(self))
        ids = frozen_lines.ids_between(self._record.draw, start, stop)[::step]
        return [(case_ticket(case_id, seed=self._record.draw.seed), case_id) for case_id in ids]


def pool(record: Record) -> Sequence[tuple[str, str]]:
    """The ticket and id of every case in the draw: by ticket, those of a large pool by number."""
    if record.inputs.pool_size > BY_TICKET:
        return ByNumber(record)
    return [(each.ticket, each.case_id) for each in record.order]


def pool_rows(record: Record, part: Sequence[tuple[str, str]], *, first: int) -> list[PoolRow]:
    """A page of the pool with its cases; `first` is the place of the first one in the list. Three queries at most."""
    cases, people = Case.objects.in_bulk([int(case_id) for _, case_id in part]), record.people()
    known = [(place, ticket, case_id) for place, (ticket, case_id) in enumerate(part, start=first)]
    rows = [
        PoolRow(place, cases[int(case_id)], ticket, record.fate_of(case_id, people, in_pool=True))
        for place, ticket, case_id in known
        if int(case_id) in cases
    ]
    if record.inputs.pool_size > BY_TICKET:
        return rows
    names = record.part_names(record.ticketed[str(row.case.pk)].part for row in rows)
    return [_by_ticket(record, row, people, names) for row in rows]


def _by_ticket(record: Record, row: PoolRow, people: Mapping[str, User], names: Mapping[str, str]) -> PoolRow:
    """The row with its place in its part, where the whole order is known."""
    ticketed = record.ticketed[str(row.case.pk)]
    fate = record.fate_of(str(row.case.pk), people, in_pool=True, sibling=not ticketed.place)
    part = names.get(ticketed.part, "")
    return PoolRow(ticketed.place, row.case, row.ticket, fate, part, ticketed.of_family)


def reasons_of(record: Record) -> list[str]:
    """The reasons for which cases were left out, in the order in which the certificate lists them."""
    return [reason for reason, n in record.inputs.excluded if n]


def left_out(part: Sequence[int]) -> list[Case]:
    """A page of cases that were left out, by their numbers. One query."""
    cases = Case.objects.in_bulk(list(part))
    return [cases[each] for each in part if each in cases]
