"""Whom a section or standard is for, in the words an auditor reads where it does not suit the child (A8)."""

from __future__ import annotations

from audits.models import Plan
from audits.structure import Fit
from people.wording import label, lowered

CHILDREN = {
    Plan.CHILD_IN_CARE: "children in care",
    Plan.CHILD_PROTECTION: "children with a child protection plan",
    Plan.PATHWAY: "young people with a pathway plan",
    Plan.CHILD_IN_NEED: "children in need",
    Plan.ASSESSMENT: "children who are being assessed",
    Plan.NONE: "children without a plan",
    Plan.CLOSED: "closed cases",
}


def for_whom(fit: Fit) -> str:
    """Such as “for children in care only.” or “for those aged 16 or over only.”; empty where it is for everybody."""
    plans = _plans(fit)
    ages = _ages(fit)
    if not plans and not ages:
        return ""
    return f"for {plans or 'those'}{ages and f' {ages}'} only."


def _plans(fit: Fit) -> str:
    named = [_children(plan) for plan in Plan if plan in fit.plans]
    if len(named) < 2:
        return "".join(named)
    return f"{', '.join(named[:-1])} and {named[-1]}"


def _children(plan: Plan) -> str:
    """Whom a plan makes it for, in our words where the council kept ours for the plan, otherwise in its own."""
    own = label("plans", plan.value)
    return CHILDREN[plan] if own == plan.label else f"those with “{lowered(own)}”"


def _ages(fit: Fit) -> str:
    if fit.from_age is not None and fit.to_age is not None:
        return f"aged {fit.from_age} to {fit.to_age}"
    if fit.from_age is not None:
        return f"aged {fit.from_age} or over"
    return f"aged {fit.to_age} or under" if fit.to_age is not None else ""
