"""Who audits in a month: every auditor with places and earlier work, and what would bring back those left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allocation.changes import quotas
from allocation.eligibility import auditor_pool as pool
from allocation.eligibility.auditor_pool import AuditorPool, AvailableAuditor, auditor_pool
from allocation.models import Cycle
from people.models import User

GROUP, PLACES, ABSENCE, COMPETENCY, RECORD = "group", "places", "absence", "competency", "record"
HELP = {
    pool.NOT_WORKING: RECORD,
    pool.LEAVES_BEFORE_DUE: RECORD,
    pool.OTHER_GROUP: GROUP,
    pool.NO_PLACES: PLACES,
    pool.AWAY: ABSENCE,
}


@dataclass(frozen=True)
class RotaRow:
    """One auditor of a month; `available` is None for those kept out, with the reason and what kind of thing helps."""

    person: User
    places: int
    available: AvailableAuditor | None = None
    reason: str = ""
    help: str = ""

    @property
    def differs(self) -> bool:
        """Whether the places are others than every month."""
        return self.places != self.person.monthly_quota


@dataclass(frozen=True)
class Rota:
    """Everybody expected to audit, by name."""

    rows: tuple[RotaRow, ...]
    available: int
    places: int  # of those available

    @property
    def kept_out(self) -> int:
        """How many cannot be given a case."""
        return len(self.rows) - self.available


def rota(cycle: Cycle, *, today: date) -> Rota:
    """Everybody expected to audit in a month (P2, P3). The same number of queries, whatever the number of people."""
    found = auditor_pool(cycle, today=today)
    places = quotas.places_of(cycle.month, [*found.people, *(person for person, _ in found.kept_out)])
    rows = sorted(_rows(found, places), key=lambda row: (row.person.name, row.person.pk))
    return Rota(tuple(rows), available=len(found.available), places=found.places)


def _rows(found: AuditorPool, places: dict[int, int]) -> list[RotaRow]:
    inside = [RotaRow(one.person, one.places, available=one) for one in found.available]
    outside = [
        RotaRow(person, places[person.pk], reason=reason, help=HELP.get(reason, COMPETENCY))
        for person, reason in found.kept_out
    ]
    return inside + outside
