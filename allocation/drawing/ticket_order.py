"""In which order the cases of a draw come up: by whose ticket, in which part, and who stands for whom (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from allocation.drawing.draw_document import Document
from allocation.drawing.draw_inputs import RANDOM
from allocation.drawing.random_part import as_it_stood
from allocation.drawing.tickets import case_ticket, family_ticket


@dataclass(frozen=True, slots=True)
class Ticketed:
    """A case with the ticket that decides when it comes up, and its place in its part, from 1.

    `part` is the key of its stratum, or of its set lot; `of_family` says that the family's ticket decides. Place
    nought: another child of the family stands for it, `stands_for_it`, or was drawn in a set lot. A case that stood
    in the random part after its set lot has its place there; in its lot it still counts among the others.
    """

    case_id: str
    lot: str
    part: str
    ticket: str
    of_family: bool
    place: int
    of: int  # how many come up in this part
    stands_for_it: str = ""


def in_order(
    document: Document, *, seed: str, drawn: Collection[str], from_lots: Collection[str] = frozenset()
) -> list[Ticketed]:
    """Every case of a draw, part by part (set lots first), lowest ticket first, siblings left out at the end of each.

    `drawn` are the cases that were given to somebody: a family with one of them in a set lot has no other drawn.
    `from_lots` are those that allocation.drawing.random_part says stood in the random part after their set lot.
    """
    rows = [as_it_stood(row, from_lots=from_lots) for row in document.rows()]
    families: dict[str, list[str]] = {}
    for case_id, lot, _, family in rows if document.plan.one_per_family else ():
        if family and lot == RANDOM:
            families.setdefault(family, []).append(case_id)
    taken = {family: case_id for case_id, lot, _, family in rows if family and lot != RANDOM and case_id in drawn}
    first = {family: min(members, key=lambda each: _own(each, seed)) for family, members in families.items()}
    before = [as_it_stood(row, from_lots=()) for row in document.rows() if row[0] in from_lots and row[1] != RANDOM]
    judged = [_judge(row, families=first, taken=taken, seed=seed) for row in (*rows, *before)]
    placed = (each for part in _parts(judged) for each in _placed(part))
    return [each for each in placed if each.lot == RANDOM or each.case_id not in from_lots]


def _own(case_id: str, seed: str) -> tuple[str, str]:
    return case_ticket(case_id, seed=seed), case_id


def _judge(row: tuple[str, str, str, str], *, families: dict[str, str], taken: dict[str, str], seed: str) -> Ticketed:
    """A case with the ticket that decides; its place is not known yet."""
    case_id, lot, stratum, family = row
    ticket, _ = _own(case_id, seed)
    part = stratum if lot == RANDOM else lot
    if lot != RANDOM or family not in families:
        return Ticketed(case_id, lot, part, ticket, of_family=False, place=1, of=0)
    if family in taken or families[family] != case_id:
        other = taken.get(family, families[family])
        return Ticketed(case_id, lot, part, ticket, of_family=False, place=0, of=0, stands_for_it=other)
    return Ticketed(case_id, lot, part, family_ticket(family, seed=seed), of_family=True, place=1, of=0)


def _parts(judged: Iterable[Ticketed]) -> list[list[Ticketed]]:
    def key(each: Ticketed) -> tuple[bool, str]:
        return each.lot == RANDOM, each.part

    return [list(part) for _, part in groupby(sorted(judged, key=key), key=key)]


def _placed(part: list[Ticketed]) -> list[Ticketed]:
    come_up = sorted((each for each in part if each.place), key=lambda each: (each.ticket, each.case_id))
    left_out = sorted((each for each in part if not each.place), key=lambda each: (each.ticket, each.case_id))
    placed = [_with(each, place, len(come_up)) for place, each in enumerate(come_up, start=1)]
    return placed + [_with(each, 0, len(come_up)) for each in left_out]


def _with(each: Ticketed, place: int, of: int) -> Ticketed:
    return Ticketed(each.case_id, each.lot, each.part, each.ticket, each.of_family, place, of, each.stands_for_it)
