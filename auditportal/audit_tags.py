"""What lies above the audit pages and belongs on them: what to do about an audit that cannot be done as it is."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from allocation.changes.exemptions import open_request
from allocation.changes.request_reading import state_in_words
from allocation.models import AuditRequest, Handover, Swap
from audits.models import Audit
from people.models import User
from people.roles import Permission

register = template.Library()


@register.inclusion_tag("allocation/audit_panel.html", takes_context=True)
def audit_panel(context: Context, audit: Audit) -> dict[str, Any]:
    """Ask for more time, and what was asked: for the auditor of an unfinished audit and those who run the programme."""
    user: User = context["user"]
    mine = audit.auditor_id == user.pk
    if not audit.is_unfinished or not (mine or user.can(Permission.MANAGE_CYCLES)):
        return {}
    asked = open_request(audit)
    return {
        "audit": audit,
        "mine": mine,
        "asked": asked,
        "asked_words": state_in_words(asked) if asked else "",
        "swaps": Swap.objects.filter(audit=audit).waiting(today=timezone.localdate()).select_related("peer"),
        "runs_programme": user.can(Permission.MANAGE_CYCLES) and not mine,
        "user": user,
    }


@register.simple_tag
def audit_moves(audit: Audit) -> list[Handover]:
    """How an audit came to its auditor from others, in the order in which it happened."""
    return list(Handover.objects.filter(audit=audit).select_related("from_auditor").order_by("at", "pk"))


@register.simple_tag
def audit_extensions(audit: Audit) -> list[AuditRequest]:
    """The extensions that were agreed for an audit, in the order in which it happened."""
    agreed = AuditRequest.objects.filter(audit=audit, kind="extension", state=AuditRequest.State.AGREED)
    return list(agreed.order_by("settled_at", "pk"))
