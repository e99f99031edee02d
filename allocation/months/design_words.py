"""How a month draws, in words and numbers: the lines of its summary, and how many cases a choice leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from allocation.drawing import strata
from allocation.drawing.draw_inputs import StrataPlan
from allocation.eligibility import cohort as cohorts
from allocation.eligibility.pool import ELIGIBLE, eligible_expression
from allocation.eligibility.strata_of_cases import labels_of, stratum_expression
from allocation.models import Cycle, Evened, Strata, StrataMethod
from allocation.months.design import CHANGEABLE, due_on_day_off, spread_problem
from audits.models import Case
from audits.templates_made.publishing import in_words
from people.form_fields import day_in_words

EVERY_CASE = "Every open case"
SPREAD_OVER = {Strata.SERVICE: "services", Strata.TEAM: "teams", Strata.PLAN: "plans", Strata.AGE_BAND: "age bands"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the summary: what is set, how, and the page that changes it (a name under allocation:)."""

    key: str
    value: str
    page: str

    @property
    def link(self) -> str:
        """The full name of its page."""
        return f"allocation:{self.page}"


@dataclass(frozen=True, slots=True)
class CasesLeft:
    """How many open cases there are, how many fit the cohort, and how many of those can be drawn today."""

    open: int
    in_cohort: int
    can_be_drawn: int

    @property
    def in_words(self) -> str:
        """E.g. 21 of 1,500 open cases fit."""
        return f"{self.in_cohort:,} of {self.open:,} open cases {'fits' if self.in_cohort == 1 else 'fit'}"

    @property
    def none_drawn_in_words(self) -> str:
        """Why none of them can be drawn, in a sentence."""
        if self.in_cohort:
            return f"{self.in_words} this month’s choice of cases, and the programme’s rules keep out all of these."
        left_out = "the one open case" if self.open == 1 else f"all {self.open:,} open cases"
        return f"This month’s choice of cases leaves out {left_out}."


@dataclass(frozen=True, slots=True)
class StratumRow:
    """A part that a draw can be spread over: its cases in the pool, and its part of the target in proportion."""

    key: str
    label: str
    pool: int
    share: int


def summary(cycle: Cycle) -> list[Line]:
    """How a month draws, a line for each thing that can be chosen. At most four queries."""
    return [
        Line("The month", "\n".join(_month_in_words(cycle)), "change_month"),
        Line("Cases", "\n".join(cohorts.in_words(cycle.cohort)) or EVERY_CASE, "choose_cases"),
        Line("Questions of its own", "\n".join(cycle.questions) or "None", "choose_questions"),
        Line("Spread", spread_in_words(cycle), "choose_spread"),
        Line("Fairness", fairness_in_words(cycle), "choose_fairness"),
    ]


def _month_in_words(cycle: Cycle) -> list[str]:
    """The theme, the template, the target with the due date, and who audits."""
    due_on = cycle.due_on
    wanted = f"{cycle.target:,} audit{'' if cycle.target == 1 else 's'} wanted"
    lines = [
        f"Theme: {cycle.theme}" if cycle.theme else "No theme",
        in_words(cycle.template_version) if cycle.template_version else "No template",
        f"{wanted}, due {day_in_words(due_on)}" if due_on else wanted,
    ]
    if cycle.status in CHANGEABLE and due_on_day_off(cycle):
        lines.append("The due date is a day off now: choose another day")
    groups = ", ".join(f"Group {group}" for group in cycle.groups)
    return [*lines, f"{groups} of the rota" if groups else "Everybody who is expected to audit"]


def spread_in_words(cycle: Cycle) -> str:
    """What the draw is spread over, and how. At most one query, for the names of the strata."""
    if not cycle.strata_by:
        return "Not spread: every case has the same chance"
    over = SPREAD_OVER[Strata(cycle.strata_by)]
    if cycle.strata_method == StrataMethod.PROPORTIONAL:
        least = f", at least {cycle.strata_minimum:,} from each" if cycle.strata_minimum else ""
        return f"Over {over}, in proportion to their cases{least}"
    names = labels_of(cycle.strata_by, cycle.strata_numbers)
    numbers = [f"{names[key]}: {number:,}" for key, number in cycle.strata_numbers.items()]
    problem = [spread_problem(cycle)] if cycle.status in CHANGEABLE and spread_problem(cycle) else []
    return "\n".join([f"Over {over}, with fixed numbers", *sorted(numbers), *problem])


def fairness_in_words(cycle: Cycle) -> str:
    """Over what time loads are made even, siblings, re-audits."""
    year = cycle.evened_over == Evened.YEAR
    return "\n".join(
        [
            "Auditors’ loads even over the last twelve months" if year else "Auditors’ loads even this month",
            "One child of a family at most" if cycle.one_per_family else "Brothers and sisters can both be drawn",
            "With the re-audits that are due" if cycle.with_re_audits else "Without re-audits",
        ]
    )


def cases_left(cohort: Mapping[str, Any], *, month: date, today: date) -> CasesLeft:
    """How many open cases a cohort leaves for a month, and how many the programme's rules let be drawn today."""
    inside = cohorts.matching(cohort, on=month)
    cases = Case.objects.open_on(today).order_by()
    cases = cases.annotate(why_out=eligible_expression(Cycle(month=month, cohort=dict(cohort)), today))
    counts = cases.aggregate(
        open=Count("pk", distinct=True),
        in_cohort=Count("pk", filter=inside, distinct=True),
        can_be_drawn=Count("pk", filter=Q(why_out=ELIGIBLE), distinct=True),
    )
    return CasesLeft(**counts)


def strata_rows(cycle: Cycle, by: str, *, today: date) -> list[StratumRow]:
    """The strata of a month's pool with their cases, the largest first, and each one's part of the target.

    Strata that have fixed numbers stay in the list when their last case leaves the pool. Three queries.
    """
    cases = Case.objects.annotate(
        why_out=eligible_expression(cycle, today), stratum=stratum_expression(by, cycle.month)
    )
    counted = cases.filter(why_out=ELIGIBLE).order_by().values_list("stratum").annotate(n=Count("pk"))
    sizes = dict.fromkeys(cycle.strata_numbers if by == cycle.strata_by else (), 0) | dict(counted)
    plan = StrataPlan(minimum=cycle.strata_minimum)
    shares = strata.shares(sizes, plan=plan, goal=cycle.target)
    names = labels_of(by, sizes)
    rows = [StratumRow(key, names[key], size, shares.get(key, 0)) for key, size in sizes.items()]
    return sorted(rows, key=lambda row: (-row.pool, row.label))
