"""Who is bound to a case, so that neither they nor somebody they supervise may audit it, and in what words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Func, Q, QuerySet, Value
from django.db.models.functions import Cast

from allocation.eligibility import rules as programme
from allocation.models import Cycle, Rules
from audits.deadlines import add_months
from audits.models import SET_ASIDE, Audit, Case, Involvement
from people.models import User

IDS = ArrayField(BigIntegerField())
NEVER = date.max  # no day is late enough: the rule is off

# The kinds of tie in the order in which they are told. Those of a person come first, then those of a team.
KIND_WORDS = {
    "w": "is the worker of this case",
    "c": "chairs this child's plan",
    "i": "was involved in this case",
    "m": "manages the worker of this case",
    "a": "audited this child recently",
    "k": "audited another case of this worker recently",
    "t": "is in the team that holds this case",
    "v": "is in a team that was involved in this case",
}


@dataclass(frozen=True)
class Ties:
    """Who is bound to a case, by kind of tie: people's ids and teams' ids."""

    worker: frozenset[int] = frozenset()
    chair: frozenset[int] = frozenset()
    managers: frozenset[int] = frozenset()  # above the worker
    involved: frozenset[int] = frozenset()
    audited_child: frozenset[int] = frozenset()
    audited_worker: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()  # the case's own
    involved_teams: frozenset[int] = frozenset()

    def kinds(self, person: User) -> list[str]:
        """The kinds of tie (letters of KIND_WORDS) that bind a person to the case, by themselves or by their team."""
        found = {kind for kind, people in self._of_people().items() if person.pk in people}
        found |= {kind for kind, teams in self._of_teams().items() if person.team_id in teams}
        return [kind for kind in KIND_WORDS if kind in found]

    def reasons(self, auditor: User, supervisor: User | None = None) -> list[str]:
        """Why this auditor is kept from the case; empty where nothing keeps them from it.

        Each goes on from the auditor's name: "chairs this child's plan". A learning auditor's supervisor sees the
        case too, so whatever binds the supervisor counts as well: "has a supervisor, Mo Lee, who chairs …".
        """
        found = reasons_from_tokens(self.kinds(auditor))
        if supervisor is not None:
            theirs = reasons_from_tokens(self.kinds(supervisor))
            found += [f"has a supervisor, {supervisor}, who {words}" for words in theirs]
        return found

    def tokens(self) -> list[str]:
        """The ties as the frozen document of a draw has them: kind and id, sorted (w12, t3 …)."""
        kinds = {**self._of_people(), **self._of_teams()}
        return sorted(f"{kind}{each}" for kind, ids in kinds.items() for each in ids)

    @property
    def people(self) -> frozenset[int]:
        """Everybody who is bound to the case in person."""
        return frozenset().union(*self._of_people().values())

    @property
    def all_teams(self) -> frozenset[int]:
        """Every team that is bound to the case."""
        return self.teams | self.involved_teams

    def _of_people(self) -> dict[str, frozenset[int]]:
        return {
            "w": self.worker,
            "c": self.chair,
            "i": self.involved,
            "m": self.managers,
            "a": self.audited_child,
            "k": self.audited_worker,
        }

    def _of_teams(self) -> dict[str, frozenset[int]]:
        return {"t": self.teams, "v": self.involved_teams}


def reasons_from_tokens(tokens: Iterable[str]) -> list[str]:
    """The words for ties given as tokens (w12) or bare kinds (w), each once, in the order of KIND_WORDS.

    A team that holds the case was involved in it as well, which need not be said.
    """
    kinds = {token[:1] for token in tokens}
    if "t" in kinds:
        kinds.discard("v")
    return [words for kind, words in KIND_WORDS.items() if kind in kinds]


@dataclass(frozen=True)
class Since:
    """The first days from which what happened still counts in a month's draw."""

    involved: date  # a team's involvement that lasted until then or longer
    same_child: date  # an audit of this child given to somebody
    same_worker: date  # an audit of this worker's case given to somebody


def since(cycle: Cycle, rules: Rules | None = None) -> Since:
    """From when ties count in this month, by the rules in force (or those given)."""
    rules = rules or programme.current()
    return Since(
        involved=add_months(cycle.month, -rules.lookback_months),
        same_child=_start(cycle, rules.same_child_months),
        same_worker=_start(cycle, rules.same_worker_months),
    )


def lookback_start(cycle: Cycle) -> date:
    """The first day on which a team's involvement still counts."""
    return since(cycle).involved


def _start(cycle: Cycle, months: int) -> date:
    return add_months(cycle.month, -months) if months else NEVER


def earlier_audits(cycle: Cycle, start: date) -> QuerySet[Audit]:
    """Audits of the months before this one, given to somebody since a day and not set aside.

    Whoever audits it now counts. Audits of the month itself do not: its own draw binds nobody.
    """
    given = Audit.objects.filter(month__lt=cycle.month, allocated_at__date__gte=start)
    return given.exclude(status__in=SET_ASIDE).order_by()


def ties_of(cycle: Cycle, case_ids: Collection[int], *, rules: Rules | None = None) -> dict[int, Ties]:
    """Who and which teams are bound to each of these cases (L2, file 000 §2.1). Four queries for any number of cases,
    three where the `rules` in force are given.

    A person's own involvement counts for ever, a team's within the look-back. Where an involvement names a person
    but no team, the person's team counts. Managers are those up to three levels above the worker. Somebody who was
    given an audit of this child, or of another case of this worker, is bound for so many months as the rules say.
    """
    counts = since(cycle, rules)
    cases = list(_records(case_ids))
    involved, involved_teams = _involved(case_ids, counts.involved)
    of_child, of_worker = _given(cycle, case_ids, {row.worker for row in cases if row.worker}, counts)
    return {
        row.pk: Ties(
            worker=_ids(row.worker),
            chair=_ids(row.chair),
            managers=_ids(*row.above),
            involved=frozenset(involved[row.pk]),
            audited_child=frozenset(of_child[row.pk]),
            audited_worker=frozenset(
                auditor
                for auditor, audited in of_worker.get(row.worker, {}).items()
                if len(audited) > 1 or row.pk not in audited
            ),
            teams=_ids(row.team, row.worker_team),
            involved_teams=frozenset(involved_teams[row.pk]),
        )
        for row in cases
    }


class _Record(NamedTuple):
    """What a case's own record says about who is bound to it."""

    pk: int
    worker: int | None
    chair: int | None
    team: int | None
    worker_team: int | None
    above: tuple[int | None, ...]


def _records(case_ids: Collection[int]) -> Iterator[_Record]:
    above = "worker__line_manager"
    levels = (f"{above}_id", f"{above}__line_manager_id", f"{above}__line_manager__line_manager_id")
    fields = ("pk", "worker_id", "chair_id", "team_id", "worker__team_id", *levels)
    rows = Case.objects.filter(pk__in=_among(case_ids)).order_by().values_list(*fields)
    for pk, worker, chair, team, worker_team, *managers in rows:
        yield _Record(pk, worker, chair, team, worker_team, above=tuple(managers))


def _involved(case_ids: Collection[int], start: date) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """The people who were ever involved in each case, and the teams that were since a day."""
    people: dict[int, set[int]] = defaultdict(set)
    teams: dict[int, set[int]] = defaultdict(set)
    counts = Q(ends__isnull=True) | Q(ends__gte=start)
    rows = Involvement.objects.filter(case__in=_among(case_ids)).order_by().annotate(counts=counts)
    for case, person, team, their_team, lately in rows.values_list("case", "user", "team", "user__team", "counts"):
        if person:
            people[case].add(person)
        if lately and (of_team := team or their_team):
            teams[case].add(of_team)
    return people, teams


def _given(
    cycle: Cycle, case_ids: Collection[int], workers: Collection[int], counts: Since
) -> tuple[dict[int, set[int]], dict[int | None, dict[int, set[int]]]]:
    """To whom audits of these cases were given lately; and which cases of these workers were given to each auditor."""
    of_child: dict[int, set[int]] = defaultdict(set)
    of_worker: dict[int | None, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    same_child = earlier_audits(cycle, counts.same_child).filter(case__in=_among(case_ids))
    same_worker = earlier_audits(cycle, counts.same_worker).filter(worker__in=_among(workers))
    shown = ("auditor", "case", "worker")
    rows = same_child.values_list(Value("a"), *shown).union(same_worker.values_list(Value("k"), *shown), all=True)
    for kind, auditor, case, worker in rows:
        if kind == "a":
            of_child[case].add(auditor)
        else:
            of_worker[worker][auditor].add(case)
    return of_child, of_worker


def _among(ids: Collection[int]) -> Func:
    """These ids, to look keys up in: they go to the database as one array, since a long list is slow to write."""
    array = Cast(Value(list(ids), output_field=IDS), IDS)
    return Func(array, template="(SELECT unnest(%(expressions)s))", output_field=BigIntegerField())


def _ids(*found: int | None) -> frozenset[int]:
    return frozenset(each for each in found if each)
