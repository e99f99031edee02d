"""The cases of a draw as a list: those in the pool by ticket, or those that were left out for one reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocation.why import Record
from audits.models import Case


@dataclass(frozen=True)
class PoolRow:
    """A case of the pool with its ticket, its place among the tickets, and what became of it."""

    place: int
    case: Case
    ticket: str
    fate: str


def pool_rows(record: Record, part: Sequence[tuple[str, str]], *, first: int) -> list[PoolRow]:
    """A page of the record's tickets with its cases; `first` is the place of the first one. Two queries."""
    cases, people = Case.objects.in_bulk([int(case_id) for _, case_id in part]), record.people()
    return [
        PoolRow(place, cases[int(case_id)], ticket, record.fate_of(cases[int(case_id)], people))
        for place, (ticket, case_id) in enumerate(part, start=first)
        if int(case_id) in cases
    ]


def reasons_of(record: Record) -> list[str]:
    """The reasons for which cases were left out, in the order in which the certificate lists them."""
    return [reason for reason, n in record.inputs.excluded if n]


def left_out(part: Sequence[int]) -> list[Case]:
    """A page of cases that were left out, by their numbers. One query."""
    cases = Case.objects.in_bulk(list(part))
    return [cases[each] for each in part if each in cases]
