"""Disagreement on the pages of an audit: where it stands, the final grade, each change, the way to disagree."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from audits.after import disputes, grade_changes
from audits.after.moderation_blind import hides_judgement
from audits.models import Audit
from audits.structure import form_of
from people.models import User

register = template.Library()


@register.inclusion_tag("audits/parts/disagreement.html", takes_context=True)
def disagreement(context: Context, audit: Audit) -> dict[str, Any]:
    """Whether somebody disagrees and how it stands, first and final grade, changes: one query, two where there are any.

    Nothing for a moderator who is to grade it blind.
    """
    user: User = context["user"]
    if hides_judgement(audit, user):
        return {}
    last, form = disputes.latest(audit), form_of(audit.template_version_id)
    changed = last is not None or audit.final_grade_id is not None
    return {
        "audit": audit,
        "last": last,
        "under_way": last is not None and last.state in disputes.UNDER_WAY,
        "failed": disputes.without_one_view(last),
        "may_raise": disputes.may_raise(audit, user, last=last),
        "final_grade": form.grade_by_pk(audit.final_grade_id),
        "changes": grade_changes.changes_of(audit, form=form) if changed else [],
    }
