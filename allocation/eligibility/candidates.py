"""Who could audit one case this month, and what stands against the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef

from allocation.drawing.tickets import auditor_ticket
from allocation.eligibility.auditor_pool import AvailableAuditor, auditor_pool
from allocation.eligibility.ties import Ties, ties_of
from allocation.models import AuditRequest, Cycle
from audits.models import SET_ASIDE, Audit, Case, Status
from people.models import User

Kind, State, Why = AuditRequest.Kind, AuditRequest.State, AuditRequest.Why
ABOUT_THE_CASE = (Why.KNOWN, Why.WORKER_AWAY)  # reasons for an exemption that leave the auditor free for another case
EXEMPT = "is exempt from audit {} this month"


@dataclass(frozen=True)
class Candidate:
    """Somebody in this month's auditor pool, seen from one case."""

    person: User
    supervisor: User | None  # of somebody who is still learning
    reasons: list[str]  # what keeps them from the case, going on from their name; empty: they may audit it
    held: int  # audits of this month they have, with those that an exemption used up
    places: int
    exempt: str = ""  # among the reasons: an exemption that used up their place, which is nothing against the case

    @property
    def is_free(self) -> bool:
        """Whether nothing keeps them from the case."""
        return not self.reasons

    @property
    def bound(self) -> list[str]:
        """What keeps them from the case itself; an exemption is no bar to exchanging one audit for another."""
        return [reason for reason in self.reasons if reason != self.exempt]

    @property
    def is_full(self) -> bool:
        """Whether they have as many audits this month as they have places, or more."""
        return self.held >= self.places


def candidates(cycle: Cycle, case: Case, *, today: date, leave_out: Collection[int] = ()) -> list[Candidate]:
    """Everybody in this month's auditor pool and nobody else, as far as they could audit this case (P7, R26).

    Those whom nothing keeps from it come first, among them those with a place left, then those who have the fewest
    audits this month, then by their ticket in the latest draw, so that nobody chooses between equals. Having no place
    left is no bar: `held` and `places` say so. `leave_out` are the ids of people not to be asked, e.g. who has it now.

    An exemption agreed this month for the auditor's own sake (leave, no capacity, or by whoever runs the programme
    without a request) uses their place up: it counts as held, and stands among the reasons, so that nobody is excused
    from one case and given the next. One that is about the case (they know the family, its worker is away) does not:
    they are as free for another case as before (P5). The same number of queries, whatever the number of people.
    """
    ties = ties_of(cycle, [case.pk]).get(case.pk, Ties())
    exempt = _exempt(cycle)
    held = _held(cycle) + Counter({pk: len(references) for pk, references in exempt.items()})
    seed = cycle.draws.order_by("-number").values_list("seed", flat=True).first()
    available = auditor_pool(cycle, today=today).available
    found = [_candidate(each, ties, held, exempt) for each in available if each.person.pk not in leave_out]
    return sorted(found, key=lambda one: (not one.is_free, one.is_full, one.held, _ticket(one.person, seed)))


def _candidate(auditor: AvailableAuditor, ties: Ties, held: Counter[int], exempt: dict[int, list[str]]) -> Candidate:
    person = auditor.person
    used_up = EXEMPT.format(" and ".join(exempt[person.pk])) if person.pk in exempt else ""
    return Candidate(
        person=person,
        supervisor=auditor.supervisor,
        reasons=[*ties.reasons(person, auditor.supervisor), *([used_up] if used_up else [])],
        held=held[person.pk],
        places=auditor.places,
        exempt=used_up,
    )


def _held(cycle: Cycle) -> Counter[int]:
    audits = Audit.objects.in_month(cycle.month).exclude(status__in=SET_ASIDE)
    return Counter(dict(audits.order_by().values_list("auditor").annotate(n=Count("pk"))))


def _exempt(cycle: Cycle) -> dict[int, list[str]]:
    """The references of the month's audits whose exemption used up a place, by the auditor's id."""
    about_the_case = AuditRequest.objects.filter(
        audit=OuterRef("pk"), kind=Kind.EXEMPTION, state=State.AGREED, why__in=ABOUT_THE_CASE
    )
    audits = Audit.objects.in_month(cycle.month).filter(~Exists(about_the_case), status=Status.EXEMPT)
    found: dict[int, list[str]] = defaultdict(list)
    for auditor, reference in audits.order_by("reference").values_list("auditor", "reference"):
        found[auditor].append(reference)
    return dict(found)


def exempt_this_month(cycle: Cycle) -> dict[int, str]:
    """The exemption that used up a person's place this month (see candidates) as a sentence, by their id. One query."""
    words = {pk: EXEMPT.format(" and ".join(references)) for pk, references in _exempt(cycle).items()}
    return {pk: each[:1].upper() + each[1:] for pk, each in words.items()}


def _ticket(person: User, seed: str | None) -> tuple[str, int]:
    """The person's ticket in the latest draw; before there is one, the number of their record."""
    return (auditor_ticket(str(person.pk), seed=seed) if seed else "", person.pk)
