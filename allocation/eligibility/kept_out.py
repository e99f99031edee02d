"""Why a case is not in a month's draw: each rule as a database expression, in the order in which they count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db import models
from django.db.models import Q, Value, When

from allocation.eligibility import cohort
from allocation.eligibility import rules as programme
from allocation.models import CaseHold, Cycle, Rules
from audits.deadlines import add_months
from audits.models import Audit, Case

CLOSED = "The case is closed"
RESTRICTED = "The record is restricted"
HELD = "Kept out of draws: {why}"
RELATIVE_OF_STAFF = "The case system marks a relative of a member of staff"
NOBODY_KNOWN = "Neither a worker nor a team is known"
BEING_AUDITED = "An audit of it is not finished yet"
RECENTLY_AUDITED = "It was audited in the last {months}"
NEWLY_OPENED = "It was opened less than {days} ago"
NOT_IN_COHORT = "It is not among the cases that this month is about"
ELIGIBLE = ""

RELATIVE_FLAG = "relative_of_staff"

Reason = tuple[Q | models.Expression, str]  # when it applies, and its words


def eligible_expression(
    cycle: Cycle, today: date, *, re_audit: bool = False, rules: Rules | None = None
) -> models.Case:
    """The first reason that keeps a case out of this month's draw, for annotating cases; ELIGIBLE for those in it.

    For a re-audit (L6) it does not count that the case was audited lately, nor that it is outside the month's cohort.
    By the rules in force, or those given.
    """
    reasons = reasons_in_order(cycle, today, re_audit=re_audit, rules=rules)
    whens = [When(applies, then=Value(words)) for applies, words in reasons]
    return models.Case(*whens, default=Value(ELIGIBLE), output_field=models.CharField())


def reasons_in_order(cycle: Cycle, today: date, *, re_audit: bool = False, rules: Rules | None = None) -> list[Reason]:
    """Every reason that can keep a case out this month with the condition under which it does (C4, L3).

    By the rules in force, which takes a query, or those given.
    """
    rules = rules or programme.current()
    months, days = rules.recently_audited_months, rules.newly_opened_days
    recent = Audit.objects.completed().filter(submitted_at__date__gte=add_months(cycle.month, -months))
    reasons: list[Reason] = [
        (Q(closed_on__lte=today), CLOSED),
        (Q(restricted=True), RESTRICTED),
        *_held(today),
        (Q(flags__contains=[RELATIVE_FLAG]), RELATIVE_OF_STAFF),
        (Q(worker__isnull=True, team__isnull=True), NOBODY_KNOWN),
        (_case_of(Audit.objects.unfinished()), BEING_AUDITED),
    ]
    if months and not re_audit:
        reasons.append(
            (_case_of(recent), RECENTLY_AUDITED.format(months="month" if months == 1 else f"{months} months"))
        )
    if days:
        opened = Q(opened_on__gt=today - timedelta(days=days))
        reasons.append((opened, NEWLY_OPENED.format(days="a day" if days == 1 else f"{days} days")))
    if cycle.cohort and not re_audit:
        reasons.append((_outside(cycle), NOT_IN_COHORT))
    return reasons


def _held(today: date) -> list[Reason]:
    """Holds by a person, a reason for each kind; a hold counts to the end of its last day."""
    lasting = CaseHold.objects.filter(Q(until__isnull=True) | Q(until__gte=today), ended_at=None)
    return [
        (_case_of(lasting.filter(why=why.value)), HELD.format(why=f"{why.label[:1].lower()}{why.label[1:]}"))
        for why in CaseHold.Why
    ]


def _case_of(rows: models.QuerySet[Audit] | models.QuerySet[CaseHold]) -> Q:
    """Whether a case is that of one of these rows: they are read once for the whole pool, not for every case."""
    return Q(pk__in=rows.order_by().values("case"))


def _outside(cycle: Cycle) -> models.Expression:
    """Whether a case is not in the cohort. Where something is not known (no date of birth …) it counts as outside."""
    inside = When(cohort.matching(cycle.cohort, on=cycle.month), then=Value(False))
    return models.Case(inside, default=Value(True), output_field=models.BooleanField())


def all_reasons(cycle: Cycle, case: Case, *, today: date, re_audit: bool = False) -> list[str]:
    """Every reason that keeps one case out of this month's draw, not only the first. Two queries."""
    return all_reasons_of(cycle, [case.pk], today=today, re_audit=re_audit).get(case.pk, [])


def all_reasons_of(
    cycle: Cycle, case_ids: Collection[int], *, today: date, re_audit: bool = False
) -> dict[int, list[str]]:
    """What all_reasons says of each of these cases, by id. Two queries for any number of them."""
    if not case_ids:
        return {}
    reasons = reasons_in_order(cycle, today, re_audit=re_audit)
    yes_or_no = {
        f"out_{number}": models.Case(
            When(applies, then=Value(True)), default=Value(False), output_field=models.BooleanField()
        )
        for number, (applies, _) in enumerate(reasons)
    }
    rows = Case.objects.filter(pk__in=case_ids).order_by().annotate(**yes_or_no).values("pk", *yes_or_no)
    words = {f"out_{number}": words for number, (_, words) in enumerate(reasons)}
    return {row["pk"]: [why for name, why in words.items() if row[name]] for row in rows}
