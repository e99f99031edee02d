"""A child at risk today: the button on the pages of an audit, and how what was raised there stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from audits.immediate_risks import may_raise
from audits.models import Audit, RiskRecipient
from audits.pages import is_adult
from audits.risk_reading import how_long, of_audit, stands_in_for
from audits.risk_recipients import Told
from people.models import User

register = template.Library()


@register.simple_tag(takes_context=True)
def may_raise_risk(context: Context, audit: Audit) -> bool:
    """Whether whoever looks may raise a risk in this audit. No query."""
    user: User = context["user"]
    return may_raise(audit, user)


@register.simple_tag
def of_adult(audit: Audit) -> bool:
    """Whether an audit is of somebody of 18 or over, on a page that has read its case (A8). No query."""
    has_read = Audit._meta.get_field("case").is_cached(audit)
    return has_read and is_adult(audit, today=timezone.localdate())


@register.inclusion_tag("audits/parts/risk_states.html", takes_context=True)
def risk_states(context: Context, audit: Audit) -> dict[str, Any]:
    """What was raised in an audit, as far as whoever looks may see it: one query, none `with_risks`."""
    states = of_audit(audit, viewer=context["user"], at=timezone.now())
    return {"states": states, "adult": of_adult(audit)}


@register.filter
def in_place_of(told: Told | RiskRecipient) -> str:
    """In whose place somebody is told, e.g. "service manager"; empty where it is their own job."""
    return stands_in_for(told)


@register.filter
def answered_after(row: RiskRecipient, raised_at: datetime) -> str:
    """How long after a risk was raised somebody acknowledged it; empty where they have not."""
    return how_long(row.acknowledged_at - raised_at) if row.acknowledged_at else ""
