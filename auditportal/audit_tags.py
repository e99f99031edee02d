"""What lies above the audit pages and belongs on them: what to do about an audit that cannot be done as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import DateField, Value
from django.template import Context
from django.utils import timezone

from allocation.changes.exemptions import open_request
from allocation.changes.replacing import can_be_given_again
from allocation.changes.request_reading import state_in_words
from allocation.models import AuditRequest, Handover, Swap
from audits.models import Audit
from people.models import User
from people.roles import Permission

register = template.Library()

EXTENSION = AuditRequest.Kind.EXTENSION


@register.inclusion_tag("allocation/audit_panel.html", takes_context=True)
def audit_panel(context: Context, audit: Audit) -> dict[str, Any]:
    """Ask for more time, and what was asked: for the auditor of an unfinished audit and those who run the programme.

    Of an exempt audit whose case nobody has, those who run the programme are offered to give it to somebody else.
    """
    user: User = context["user"]
    mine = audit.auditor_id == user.pk
    runs_programme = user.can(Permission.MANAGE_CYCLES)
    if not audit.is_unfinished or not (mine or runs_programme):
        return {"audit": audit, "may_give_again": runs_programme and can_be_given_again(audit)}
    asked = open_request(audit)
    return {
        "audit": audit,
        "mine": mine,
        "asked": asked,
        "asked_words": state_in_words(asked) if asked else "",
        "swaps": Swap.objects.filter(audit=audit).waiting(today=timezone.localdate()).select_related("peer"),
        "runs_programme": runs_programme and not mine,
        "may_take_back": runs_programme,
        "user": user,
    }


@dataclass(frozen=True, slots=True)
class Past:
    """What happened to an audit before: through whose hands it went, and when it was given more time."""

    moves: list[dict[str, Any]]  # kind ("swap" or "replacement"), name, at
    extensions: list[dict[str, Any]]  # at, day: when it was due before


@register.simple_tag
def audit_past(audit: Audit) -> Past:
    """How an audit came to its auditor from others and what was agreed about its due date, oldest first. One query."""
    shown = ("kind", "name", "at", "day", "order")
    moved = Handover.objects.filter(audit=audit).order_by()
    agreed = AuditRequest.objects.filter(audit=audit, kind=EXTENSION, state=AuditRequest.State.AGREED).order_by()
    moves = moved.values_list("kind", "from_auditor__name", "at", Value(None, output_field=DateField()), "pk")
    extensions = agreed.values_list("kind", Value(""), "settled_at", "due_on_before", "pk")
    rows = [dict(zip(shown, row, strict=True)) for row in moves.union(extensions, all=True)]
    rows.sort(key=lambda row: (row["at"], row["order"]))
    return Past(
        moves=[row for row in rows if row["kind"] != EXTENSION],
        extensions=[row for row in rows if row["kind"] == EXTENSION],
    )
