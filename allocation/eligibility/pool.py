"""Which cases are in a cycle's draw, why not the others, and why not this auditor with this case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg

from allocation.eligibility.auditor_pool import standings, supervisor_of, why_not_available
from allocation.eligibility.kept_out import ELIGIBLE, all_reasons, all_reasons_of, eligible_expression
from allocation.eligibility.re_audits import due
from allocation.eligibility.ties import Ties, ties_of
from allocation.models import Cycle
from audits.models import Case
from people.models import User

__all__ = [
    "ELIGIBLE",
    "Exclusion",
    "Pool",
    "case_pool",
    "eligible_expression",
    "supervisors_of",
    "why_not",
    "why_not_each",
    "why_out",
]


@dataclass(frozen=True)
class Exclusion:
    """Why some cases are not in the draw, how many, and which, by id in order."""

    reason: str
    count: int
    case_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pool:
    """The cases that can be drawn, by id in order, and which cannot and why."""

    case_ids: tuple[int, ...]
    excluded: tuple[Exclusion, ...]

    @property
    def exclusions(self) -> list[tuple[str, int]]:
        """Why cases are kept out and how many, the most frequent reason first."""
        return [(exclusion.reason, exclusion.count) for exclusion in self.excluded]


def case_pool(cycle: Cycle, *, today: date) -> Pool:
    """The cases in the draw of this cycle today and, for each reason, those that are out (C4, L3).

    Each case counts once, under the first reason that applies. Two queries, whatever the size.
    """
    cases = Case.objects.annotate(why_out=eligible_expression(cycle, today)).order_by()
    by_reason = dict(cases.values_list("why_out").annotate(ids=ArrayAgg("pk")))
    eligible = tuple(sorted(by_reason.pop(ELIGIBLE, ())))
    out = sorted(by_reason.items(), key=lambda reason_and_ids: (-len(reason_and_ids[1]), reason_and_ids[0]))
    return Pool(
        case_ids=eligible, excluded=tuple(Exclusion(reason, len(ids), tuple(sorted(ids))) for reason, ids in out)
    )


def why_out(cycle: Cycle, case_ids: Collection[int], *, today: date, set_lots: Collection[int] = ()) -> dict[int, str]:
    """Of these cases, those that cannot be drawn today, with the first reason.

    `set_lots` are those of them that are to be looked at again (L6): for them it does not count that they were audited
    lately, nor that they are outside the month's cohort.
    """
    again = set(set_lots)
    found = _out(cycle, [each for each in case_ids if each not in again], today=today, re_audit=False)
    if again:
        found |= _out(cycle, [each for each in case_ids if each in again], today=today, re_audit=True)
    return found


def _out(cycle: Cycle, case_ids: Collection[int], *, today: date, re_audit: bool) -> dict[int, str]:
    reason = eligible_expression(cycle, today, re_audit=re_audit)
    cases = Case.objects.filter(pk__in=case_ids).annotate(why_out=reason)
    return dict(cases.exclude(why_out=ELIGIBLE).order_by().values_list("pk", "why_out"))


def why_not(cycle: Cycle, case: Case, auditor: User, *, today: date) -> list[str]:
    """Every reason why this auditor would not be given this case in this cycle; empty where nothing stands against it.

    Looks at the case (closed, audited lately …), at the auditor (away, other group …) and at the ties between them
    and between the case and a learning auditor's supervisor. A case that is due to be looked at again this month is
    judged as a re-audit.
    """
    again = case.pk in due(cycle, today=today).of_case
    supervisor = supervisor_of(cycle, auditor, today=today)
    ties = ties_of(cycle, [case.pk]).get(case.pk, Ties())
    return [
        *all_reasons(cycle, case, today=today, re_audit=again),
        *why_not_available(cycle, auditor, today=today),
        *(_sentence(words) for words in ties.reasons(auditor, supervisor)),
    ]


def why_not_each(cycle: Cycle, pairs: Sequence[tuple[Case, User]], *, today: date) -> list[list[str]]:
    """What why_not says of each of these pairs, in their order.

    The same number of queries for any number of pairs, whoever is in the month's pool and whatever is in the draw.
    """
    case_ids = [case.pk for case, _ in pairs]
    if not case_ids:
        return []
    again = set(case_ids) & set(due(cycle, today=today).of_case)
    out = all_reasons_of(cycle, set(case_ids) - again, today=today)
    out |= all_reasons_of(cycle, again, today=today, re_audit=True)
    ties, people = ties_of(cycle, case_ids), {auditor.pk: auditor for _, auditor in pairs}
    standing = standings(cycle, people.values(), today=today)
    found = []
    for case, auditor in pairs:
        of_auditor = standing[auditor.pk]
        bound = ties.get(case.pk, Ties()).reasons(auditor, of_auditor.supervisor)
        found.append([*out.get(case.pk, []), *of_auditor.reasons, *(_sentence(words) for words in bound)])
    return found


def supervisors_of(cycle: Cycle, people: Collection[User], *, today: date) -> dict[int, User | None]:
    """Who goes along with each of these people this month, by their id; None for those who need nobody.

    Somebody outside the month's pool (no places, another rota group) who is given a case all the same has one too.
    The same number of queries for any number of people.
    """
    return {pk: each.supervisor for pk, each in standings(cycle, people, today=today).items()}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
