"""Which cases are in a cycle's draw, why not the others, and why not this auditor with this case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg

from allocation.auditor_pool import supervisor_of, why_not_available
from allocation.kept_out import ELIGIBLE, all_reasons, eligible_expression
from allocation.models import Cycle
from allocation.re_audits import due
from allocation.ties import Ties, ties_of
from audits.models import Case
from people.models import User

__all__ = ["ELIGIBLE", "Exclusion", "Pool", "case_pool", "eligible_expression", "why_not", "why_out"]


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


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
