"""The place of one case among the tickets of its part, from cases that come by one at a time (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from allocation.drawing.draw_inputs import RANDOM
from allocation.drawing.random_part import Row, as_it_stood
from allocation.drawing.ticket_order import Ticketed
from allocation.drawing.tickets import case_ticket, family_ticket


def place_of(
    row: Row,
    rows: Iterable[Row],
    *,
    one_per_family: bool,
    seed: str,
    drawn: Collection[str],
    from_lots: Collection[str] = frozenset(),
) -> Ticketed:
    """What allocation.drawing.ticket_order.in_order says of one case, without keeping the others.

    `rows` are all the cases of the draw, `drawn` those that were given to somebody, `from_lots` those that stood in
    the random part after their set lot. Only where a family gives one child at most its families are kept, one line
    for each.
    """
    stood = as_it_stood(row, from_lots=from_lots)
    passing = _Passing(stood, one_per_family=one_per_family, seed=seed, drawn=drawn)
    return passing.place(_in_each_part(rows, of=stood, from_lots=from_lots) if from_lots else rows)


def _in_each_part(rows: Iterable[Row], *, of: Row, from_lots: Collection[str]) -> Iterator[Row]:
    """Every row as it stood at last, for a case of a set lot also those that were in that lot before."""
    for row in rows:
        if row[0] not in from_lots or row[1] == of[1] != RANDOM:
            yield row
        if row[0] in from_lots:
            yield as_it_stood(row, from_lots=from_lots)


class _Passing:
    """One case, and what is counted while the others pass by."""

    def __init__(self, row: Row, *, one_per_family: bool, seed: str, drawn: Collection[str]) -> None:
        self.case_id, self.lot, stratum, self.family = row
        self.part = stratum if self.lot == RANDOM else self.lot
        self.one_per_family, self.seed, self.drawn = one_per_family, seed, drawn
        self.own = case_ticket(self.case_id, seed=seed)
        self.of_family = self._draws_by_family(self.lot, self.family)
        self.ticket = family_ticket(self.family, seed=seed) if self.of_family else self.own
        self.before = self.of = 0
        self.first: dict[str, tuple[str, str, str]] = {}  # by family: lowest ticket of its own, case, stratum
        self.taken: dict[str, str] = {}  # families with a child that was drawn in a set lot

    def place(self, rows: Iterable[Row]) -> Ticketed:
        for case_id, lot, stratum, family in rows:
            if family and lot != RANDOM and case_id in self.drawn:
                self.taken[family] = case_id
            if self._draws_by_family(lot, family):
                mine = (case_ticket(case_id, seed=self.seed), case_id, stratum)
                self.first[family] = min(mine, self.first.get(family, mine))
            elif self._same_part(lot, stratum):
                self._count(case_ticket(case_id, seed=self.seed), case_id)
        self._count_families()
        return self._placed()

    def _draws_by_family(self, lot: str, family: str) -> bool:
        return self.one_per_family and lot == RANDOM and bool(family)

    def _same_part(self, lot: str, stratum: str) -> bool:
        return stratum == self.part if lot == RANDOM == self.lot else lot == self.lot

    def _count(self, ticket: str, case_id: str) -> None:
        self.of += 1
        self.before += (ticket, case_id) < (self.ticket, self.case_id)

    def _count_families(self) -> None:
        for family, (_, case_id, stratum) in self.first.items():
            if family not in self.taken and self._same_part(RANDOM, stratum):
                self._count(family_ticket(family, seed=self.seed), case_id)

    def _placed(self) -> Ticketed:
        if self.of_family:
            stands = self.taken.get(self.family) or self.first[self.family][1]
            if stands != self.case_id:
                return Ticketed(self.case_id, self.lot, self.part, self.own, False, 0, self.of, stands)
        place = self.before + 1
        return Ticketed(self.case_id, self.lot, self.part, self.ticket, self.of_family, place, self.of)
