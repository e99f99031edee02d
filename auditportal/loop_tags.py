"""The loop of an audit as a strip, and what no action answers: for the pages of an audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from audits.after import action_findings
from audits.after.loop import loop_of
from audits.after.moderation_blind import hides_judgement
from audits.models import Audit, SmartAction
from audits.permissions import may_read_answers
from audits.reading import AnsweredPage
from audits.structure import AuditForm

register = template.Library()


@register.inclusion_tag("audits/parts/loop.html", takes_context=True)
def audit_loop(context: Context, audit: Audit) -> dict[str, Any]:
    """The eight points, from allocated to looked at again: four queries."""
    reads = may_read_answers(audit, context["user"])
    blind = audit.is_submitted and hides_judgement(audit, context["user"])
    points = loop_of(audit, reads=reads, sees_grade=not blind, today=timezone.localdate())
    return {"points": points, "done": sum(point.state == "done" for point in points)}


@register.inclusion_tag("audits/parts/unanswered.html")
def findings_without_action(pages: Sequence[AnsweredPage], actions: Sequence[SmartAction]) -> dict[str, Any]:
    """What was found and no action answers; one line where the actions do not say what they answer. No query."""
    left = action_findings.unanswered(pages or [], actions or [])
    silent = bool(actions) and not any(action.findings for action in actions)
    return {"left": left, "silent": silent}


@register.simple_tag
def action_answers(action: SmartAction, form: AuditForm | None) -> str:
    """What an action answers, in words; empty where nothing was ticked. No query."""
    return action_findings.answered_by(action, form=form) if form and action.findings else ""
