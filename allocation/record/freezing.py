"""Freeze everything that a draw of a cycle is made from, as it is on a day, in one hashed document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from allocation.drawing.draw_document import Frozen, frozen, head
from allocation.drawing.draw_inputs import DrawAuditor, DrawError, DrawPlan, Lot, StrataPlan
from allocation.eligibility import cohort, re_audits
from allocation.eligibility import rules as programme
from allocation.eligibility.auditor_pool import AuditorPool, AvailableAuditor, auditor_pool
from allocation.eligibility.re_audits import IMPROVEMENT, RE_AUDIT, ReAudits
from allocation.eligibility.rules import LIMITS, SWITCHES
from allocation.messages import month_in_words
from allocation.models import Cycle, Rules
from allocation.record import design_facts
from allocation.record.case_lines import case_lines
from audits.deadlines import add_months
from people.models import User

KEPT_OUT = "auditor out: "
RULE = "rule: "
EVERYBODY = "everybody"


def freeze(cycle: Cycle, *, today: date) -> Frozen:
    """Everything a draw of this cycle is made from, as it is today, with its hash.

    Cases, people and teams are named by the portal's own numbers. Raises DrawError where there are no cases or
    auditors.
    """
    rules = programme.current()
    auditors, again = auditor_pool(cycle, today=today), re_audits.due(cycle, today=today, rules=rules)
    month = month_in_words(cycle.month)
    if not auditors.available:
        raise DrawError(f"There are no auditors available for {month}. See who is away, has left or has no places.")
    cases = case_lines(cycle, _lots(again), rules=rules, today=today)
    if not cases.lines:
        why = "Every case is left out for a reason." if cases.out else "Import cases first."
        why = "The month’s choice of cases may be too narrow: change it." if cases.out and cycle.cohort else why
        raise DrawError(f"There are no open cases to draw from. {why}")
    first = head(
        len(cases.lines),
        auditors=[_auditor(each) for each in auditors.available],
        plan=plan_of(cycle, again, else_random=cases.else_random),
        facts=_facts(cycle, auditors, rules, today=today),
        out=cases.out,
    )
    return frozen(first, cases.lines)


def plan_of(cycle: Cycle, again: ReAudits, *, else_random: Sequence[str] = ()) -> DrawPlan:
    """What a draw of this cycle is asked for.

    All urgent re-audits are wanted; of the sample those that do not come up are random, where they rest no longer.
    """
    strata = StrataPlan(cycle.strata_method, cycle.strata_minimum, dict(cycle.strata_numbers))
    urgent = {str(audit.case_id) for audit in again.urgent}
    sample = tuple(case_id for case_id in else_random if case_id not in urgent)
    lots = [Lot(RE_AUDIT, len(again.urgent)), Lot(IMPROVEMENT, again.improvement_wanted, sample)]
    return DrawPlan(
        cycle.target,
        lots=tuple(lot for lot in lots if lot.wanted),
        strata=strata if cycle.strata_by else None,
        one_per_family=cycle.one_per_family,
    )


def _lots(again: ReAudits) -> dict[int, str]:
    sample = again.improvement if again.improvement_wanted else ()
    return {audit.case_id: IMPROVEMENT for audit in sample} | {audit.case_id: RE_AUDIT for audit in again.urgent}


def _auditor(auditor: AvailableAuditor) -> DrawAuditor:
    parties = _parties(auditor.person) | (_parties(auditor.supervisor) if auditor.supervisor else frozenset())
    return DrawAuditor(str(auditor.person.pk), auditor.places, auditor.carried, parties)


def _parties(person: User) -> frozenset[str]:
    """How a person's and their team's ties are named."""
    return frozenset({f"p{person.pk}", f"t{person.team_id}"} if person.team_id else {f"p{person.pk}"})


def _facts(cycle: Cycle, auditors: AuditorPool, rules: Rules, *, today: date) -> dict[str, str]:
    """What else the hash pins down: the month, how it draws, the rules in force, who is not in it."""
    return {
        "month": f"{cycle.month:%Y-%m}",
        design_facts.FACT: design_facts.design_text(cycle),
        "drawn on": today.isoformat(),
        "due on": cycle.due_on.isoformat() if cycle.due_on else "",
        "template": str(cycle.template_version),
        "rota groups": ", ".join(cycle.groups) or EVERYBODY,
        "theme": cycle.theme,
        "cohort": "; ".join(cohort.in_words(cycle.cohort)) or "every case",
        "spread over": cycle.strata_by,
        "spread": _spread(cycle),
        "loads evened over": cycle.get_evened_over_display(),
        "one per family": "yes" if cycle.one_per_family else "no",
        "re-audits": "yes" if cycle.with_re_audits else "no",
        "teams' involvements count from": add_months(cycle.month, -rules.lookback_months).isoformat(),
        **{f"{RULE}{name}": _value(rules, name) for name in (*LIMITS, *SWITCHES)},
        **{f"{KEPT_OUT}{person.pk}": reason for person, reason in auditors.kept_out},
    }


def _value(rules: Rules, name: str) -> str:
    value = getattr(rules, name)
    return ("yes" if value else "no") if name in SWITCHES else str(value)


def _spread(cycle: Cycle) -> str:
    """How the cases are spread, in words."""
    if not cycle.strata_by:
        return str(cycle.get_strata_by_display())
    return f"{cycle.get_strata_by_display()}: {cycle.get_strata_method_display().lower()}"
