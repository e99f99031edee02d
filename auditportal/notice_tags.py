"""An audit that has to be acted on today, as it is shown on the page of the audit and beside those who were told."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from audits.after import notice_reading
from audits.models import Audit, NoticeRecipient

register = template.Library()


@register.inclusion_tag("audits/parts/notice_state.html", takes_context=True)
def urgent_notice(context: Context, audit: Audit) -> dict[str, Any]:
    """How the urgent notice of an audit stands, where it has one: one query, three where it has."""
    if not audit.is_submitted:
        return {"state": None}
    return {"state": notice_reading.latest_of(audit, viewer=context["user"], at=timezone.now())}


@register.filter
def told_in_place_of(row: NoticeRecipient) -> str:
    """In whose place somebody was told from the start, e.g. "team manager"; empty where it is their own job."""
    return notice_reading.in_place_of(row)
