"""Moderation on pages: why an audit is moderated, and what came of it on the audit's own page."""

from __future__ import annotations

from typing import Any

from django import template

from audits.after.moderation import settled_part
from audits.models import Audit, ModerationTask, Why
from grading.agreement import Share

register = template.Library()


@register.filter
def moderated_because(task: ModerationTask) -> list[str]:
    """Every reason why an audit is moderated, in words."""
    return [str(Why(each).label) for each in task.why]


@register.filter
def percent_of(share: Share) -> str:
    """A share as people read it: 67% (4 of 6)."""
    return f"{round(100 * share.proportion)}% ({share.count} of {share.of})" if share.proportion is not None else "none"


@register.inclusion_tag("audits/parts/moderation.html", takes_context=True)
def moderation_part(context: dict[str, Any], audit: Audit) -> dict[str, Any]:
    """What moderation came to, and a link for those who have a part in it. One query, none where nobody graded it."""
    return {"audit": audit, **settled_part(audit, viewer=context["user"])}
