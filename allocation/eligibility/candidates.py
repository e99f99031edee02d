"""Who could audit one case this month, and what stands against the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from allocation.drawing.tickets import auditor_ticket
from allocation.eligibility.auditor_pool import AvailableAuditor, auditor_pool
from allocation.eligibility.ties import SET_ASIDE, Ties, ties_of
from allocation.models import Cycle
from audits.models import Audit, Case
from people.models import User


@dataclass(frozen=True)
class Candidate:
    """Somebody in this month's auditor pool, seen from one case."""

    person: User
    supervisor: User | None  # of somebody who is still learning
    reasons: list[str]  # what keeps them from the case, going on from their name; empty: they may audit it
    held: int  # audits of this month they have
    places: int

    @property
    def is_free(self) -> bool:
        """Whether nothing keeps them from the case."""
        return not self.reasons

    @property
    def is_full(self) -> bool:
        """Whether they have as many audits this month as they have places, or more."""
        return self.held >= self.places


def candidates(cycle: Cycle, case: Case, *, today: date, leave_out: Collection[int] = ()) -> list[Candidate]:
    """Everybody in this month's auditor pool and nobody else, as far as they could audit this case (P7, R26).

    Those whom nothing keeps from it come first, among them those with a place left, then those who have the fewest
    audits this month, then by their ticket in the latest draw, so that nobody chooses between equals. Having no place
    left is no bar: `held` and `places` say so. `leave_out` are the ids of people not to be asked, e.g. who has it now.
    The same number of queries, whatever the number of people.
    """
    ties = ties_of(cycle, [case.pk]).get(case.pk, Ties())
    held = _held(cycle)
    seed = cycle.draws.order_by("-number").values_list("seed", flat=True).first()
    available = auditor_pool(cycle, today=today).available
    found = [_candidate(each, ties, held) for each in available if each.person.pk not in leave_out]
    return sorted(found, key=lambda one: (not one.is_free, one.is_full, one.held, _ticket(one.person, seed)))


def _candidate(auditor: AvailableAuditor, ties: Ties, held: dict[int, int]) -> Candidate:
    return Candidate(
        person=auditor.person,
        supervisor=auditor.supervisor,
        reasons=ties.reasons(auditor.person, auditor.supervisor),
        held=held.get(auditor.person.pk, 0),
        places=auditor.places,
    )


def _held(cycle: Cycle) -> dict[int, int]:
    audits = Audit.objects.in_month(cycle.month).exclude(status__in=SET_ASIDE)
    return dict(audits.order_by().values_list("auditor").annotate(n=Count("pk")))


def _ticket(person: User, seed: str | None) -> tuple[str, int]:
    """The person's ticket in the latest draw; before there is one, the number of their record."""
    return (auditor_ticket(str(person.pk), seed=seed) if seed else "", person.pk)
