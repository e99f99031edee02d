"""Which cases and which auditors are in a cycle's draw, and why not the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Value, When

from allocation.models import Cycle
from audits.deadlines import add_months
from audits.models import Audit, Case
from people.models import Absence, User

CLOSED = "The case is closed"
RESTRICTED = "The record is restricted"
NOBODY_KNOWN = "Neither a worker nor a team is known"
BEING_AUDITED = "An audit of it is not finished yet"
RECENTLY_AUDITED = "It was audited in the last {months} months"
ELIGIBLE = ""

NOT_WORKING = "Does not work here on this day"
NO_QUOTA = "Has a quota of nought"
OTHER_GROUP = "Is in another rota group"
AWAY = "Is away until the due date"
LEAVES_BEFORE_DUE = "Leaves before the due date"


@dataclass(frozen=True)
class Exclusion:
    """Why some cases are not in the draw, and how many."""

    reason: str
    count: int


@dataclass(frozen=True)
class Pool:
    """The cases that can be drawn, by id in order, and how many cannot and why."""

    case_ids: tuple[int, ...]
    excluded: tuple[Exclusion, ...]

    @property
    def exclusions(self) -> list[tuple[str, int]]:
        """Why cases are kept out and how many, the most frequent reason first."""
        return [(exclusion.reason, exclusion.count) for exclusion in self.excluded]


@dataclass(frozen=True)
class AuditorPool:
    """The people expected to audit: who can, and who cannot with the reason."""

    available: tuple[User, ...]
    kept_out: tuple[tuple[User, str], ...]

    @property
    def places(self) -> int:
        """How many cases they can take together."""
        return sum(auditor.monthly_quota for auditor in self.available)


@dataclass(frozen=True)
class Ties:
    """Who is bound to a case, by kind of tie: people's ids and teams' ids."""

    worker: frozenset[int] = frozenset()
    chair: frozenset[int] = frozenset()
    managers: frozenset[int] = frozenset()  # above the worker
    involved: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()  # the case's own
    involved_teams: frozenset[int] = frozenset()

    def reasons(self, auditor: User) -> list[str]:
        """Why this auditor is kept from the case, in words; empty where nothing keeps them from it."""
        person, team = auditor.pk, auditor.team_id
        found = [
            (person in self.worker, "is the worker of this case"),
            (person in self.chair, "chairs this child's plan"),
            (person in self.involved, "was involved in this case"),
            (person in self.managers, "manages the worker of this case"),
            (team in self.teams, "is in the team that holds this case"),
            (team in self.involved_teams - self.teams, "is in a team that was involved in this case"),
        ]
        return [words for holds, words in found if holds]

    @property
    def people(self) -> frozenset[int]:
        """Everybody who is bound to the case in person."""
        return self.worker | self.chair | self.managers | self.involved

    @property
    def all_teams(self) -> frozenset[int]:
        """Every team that is bound to the case."""
        return self.teams | self.involved_teams


def lookback_start(cycle: Cycle) -> date:
    """The first day on which a team's involvement still counts (setting INVOLVEMENT_LOOKBACK_MONTHS)."""
    return add_months(cycle.month, -settings.INVOLVEMENT_LOOKBACK_MONTHS)


def _why_out(cycle: Cycle, today: date) -> models.Case:
    """The first reason that keeps a case out, as a database expression; empty for those in the draw."""
    months = settings.RECENTLY_AUDITED_MONTHS
    audits = Audit.objects.filter(case=OuterRef("pk"))
    recent = audits.completed().filter(submitted_at__date__gte=add_months(cycle.month, -months))
    return models.Case(
        When(closed_on__lte=today, then=Value(CLOSED)),
        When(restricted=True, then=Value(RESTRICTED)),
        When(worker__isnull=True, team__isnull=True, then=Value(NOBODY_KNOWN)),
        When(Exists(audits.unfinished()), then=Value(BEING_AUDITED)),
        When(Exists(recent), then=Value(RECENTLY_AUDITED.format(months=months))),
        default=Value(ELIGIBLE),
        output_field=models.CharField(),
    )


def case_pool(cycle: Cycle, *, today: date) -> Pool:
    """The cases in the draw of this cycle today and, for the others, how many are out for which reason (C4, L3).

    Each case counts once, under the first reason that applies. Two queries, whatever the size.
    """
    cases = Case.objects.annotate(why_out=_why_out(cycle, today))
    counted = cases.exclude(why_out=ELIGIBLE).values("why_out").annotate(n=Count("pk")).order_by("-n", "why_out")
    excluded = tuple(Exclusion(row["why_out"], row["n"]) for row in counted)
    eligible = cases.filter(why_out=ELIGIBLE).order_by("pk").values_list("pk", flat=True)
    return Pool(case_ids=tuple(eligible), excluded=excluded)


def why_out(cycle: Cycle, case_ids: Collection[int], *, today: date) -> dict[int, str]:
    """Of these cases, those that cannot be drawn today, with the reason."""
    cases = Case.objects.filter(pk__in=case_ids).annotate(why_out=_why_out(cycle, today))
    return dict(cases.exclude(why_out=ELIGIBLE).values_list("pk", "why_out"))


def _without_nothing(ids: Iterable[int | None]) -> frozenset[int]:
    return frozenset(each for each in ids if each is not None)


def ties_of(cycle: Cycle, case_ids: Collection[int]) -> dict[int, Ties]:
    """Who and which teams are bound to each of these cases (L2, file 000 §2.1). One query for any number of cases.

    A person's own involvement counts for ever, a team's within the look-back. Where an involvement names a person
    but no team, the person's team counts. Managers are those up to three levels above the worker.
    """
    overlapping = Q(involvements__ends__isnull=True) | Q(involvements__ends__gte=lookback_start(cycle))
    nameless_team = overlapping & Q(involvements__team__isnull=True)
    rows = (
        Case.objects.filter(pk__in=case_ids)
        .order_by()
        .values("pk", "worker_id", "chair_id", "team_id", "worker__team_id")
        .annotate(
            above_1=F("worker__line_manager_id"),
            above_2=F("worker__line_manager__line_manager_id"),
            above_3=F("worker__line_manager__line_manager__line_manager_id"),
            involved=ArrayAgg("involvements__user", distinct=True, default=Value([])),
            involved_teams=ArrayAgg("involvements__team", filter=overlapping, distinct=True, default=Value([])),
            their_teams=ArrayAgg("involvements__user__team", filter=nameless_team, distinct=True, default=Value([])),
        )
    )
    return {
        row["pk"]: Ties(
            worker=_without_nothing([row["worker_id"]]),
            chair=_without_nothing([row["chair_id"]]),
            managers=_without_nothing([row["above_1"], row["above_2"], row["above_3"]]),
            involved=_without_nothing(row["involved"]),
            teams=_without_nothing([row["team_id"], row["worker__team_id"]]),
            involved_teams=_without_nothing([*row["involved_teams"], *row["their_teams"]]),
        )
        for row in rows
    }


def _covered(absences: Iterable[Absence], first: date, last: date) -> bool:
    """Whether absences together cover every day from the first to the last."""
    day = first
    for absence in sorted(absences, key=lambda absence: absence.starts):
        if absence.starts <= day <= absence.ends:
            day = absence.ends + timedelta(days=1)
    return day > last


def _absences(first: date, last: date) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.filter(starts__lte=last, ends__gte=first):
        found[absence.user_id].append(absence)
    return found


def _last_day(cycle: Cycle, *, today: date) -> date:
    """The due date, or today where that is past or not set."""
    return max(today, cycle.due_on or today)


def _why_not_available(auditor: User, cycle: Cycle, absences: Iterable[Absence], *, today: date) -> str:
    due_on = _last_day(cycle, today=today)
    started = auditor.start_date is None or auditor.start_date <= today
    left = auditor.leave_date is not None and auditor.leave_date <= today
    if not (auditor.is_active and started and not left):
        return NOT_WORKING
    if auditor.leave_date is not None and auditor.leave_date <= due_on:
        return LEAVES_BEFORE_DUE
    if cycle.groups and auditor.audit_group not in cycle.groups:
        return OTHER_GROUP
    if auditor.monthly_quota == 0:
        return NO_QUOTA
    return AWAY if _covered(absences, today, due_on) else ""


def auditor_pool(cycle: Cycle, *, today: date) -> AuditorPool:
    """The people expected to audit in this cycle, and those who would be but cannot, with the reason (P2, P3).

    Somebody away for a part of the time until the due date stays in. Two queries, whatever the number of people.
    """
    absences = _absences(today, _last_day(cycle, today=today))
    still_here = Q(leave_date__isnull=True) | Q(leave_date__gt=cycle.month)
    people = User.objects.auditors().filter(still_here, is_active=True).select_related("team").order_by("name", "pk")
    judged = [(person, _why_not_available(person, cycle, absences[person.pk], today=today)) for person in people]
    return AuditorPool(
        available=tuple(person for person, reason in judged if not reason),
        kept_out=tuple((person, reason) for person, reason in judged if reason),
    )


def why_not(cycle: Cycle, case: Case, auditor: User, *, today: date) -> list[str]:
    """Every reason why this auditor would not be given this case in this cycle; empty where nothing stands against it.

    Looks at the case (closed, audited lately …), at the auditor (away, other group …) and at the ties between them.
    """
    out = why_out(cycle, [case.pk], today=today)
    absences = _absences(today, _last_day(cycle, today=today))[auditor.pk]
    away = _why_not_available(auditor, cycle, absences, today=today)
    ties = ties_of(cycle, [case.pk]).get(case.pk, Ties())
    return [*out.values(), *([away] if away else []), *(_sentence(words) for words in ties.reasons(auditor))]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
