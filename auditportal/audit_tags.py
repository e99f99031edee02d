"""What lies above the audit pages and belongs on them: what to do about an audit that cannot be done as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Case, DateField, OuterRef, QuerySet, Subquery, Value, When
from django.template import Context
from django.utils import timezone

from allocation.changes.exemptions import open_request
from allocation.changes.handover import may_be_replaced, why_case_is_out
from allocation.changes.replacing import can_be_given_again
from allocation.changes.request_reading import state_in_words
from allocation.models import Allocation, AuditRequest, Handover, Origin, Swap
from auditportal.tags import step_words
from audits.models import Audit, StatusChange
from audits.risk_reading import events_of
from people.models import User
from people.roles import Permission

register = template.Library()

EXTENSION = AuditRequest.Kind.EXTENSION
REPLACED, REPLACES = "replaced", "replaces"
NOTHING, NO_DAY = Value(""), Value(None, output_field=DateField())


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
    asked, today = open_request(audit), timezone.localdate()
    offers = runs_programme and not mine
    return {
        "audit": audit,
        "mine": mine,
        "asked": asked,
        "asked_words": state_in_words(asked) if asked else "",
        "swaps": Swap.objects.filter(audit=audit).waiting(today=today).select_related("peer"),
        "runs_programme": offers,
        "may_be_given": offers and not why_case_is_out(audit, today=today),
        "may_be_replaced": offers and may_be_replaced(audit, today=today),
        "may_take_back": runs_programme,
        "user": user,
    }


@dataclass(frozen=True, slots=True)
class Past:
    """What happened to an audit before: through whose hands it went, and when it was given more time."""

    moves: list[dict[str, Any]]  # kind ("swap" or "replacement"), name, to, by, at, other: the audit swapped for
    extensions: list[dict[str, Any]]  # at, day: when it was due before
    instead: list[dict[str, Any]]  # kind ("replaced" or "replaces"), name (its origin), at, by, other: the other audit


@register.simple_tag
def audit_past(audit: Audit) -> Past:
    """How an audit came to its auditor from others, what was agreed about its due date and which audit came in its
    place or it in the place of, oldest first. One query.
    """
    shown = ("kind", "name", "at", "day", "order", "to", "by", "other")
    moved = Handover.objects.filter(audit=audit).order_by()
    agreed = AuditRequest.objects.filter(audit=audit, kind=EXTENSION, state=AuditRequest.State.AGREED).order_by()
    swapped_for = Case(When(swap__audit=audit, then="swap__their_audit__reference"), default="swap__audit__reference")
    people = ("to_auditor__name", "by__name", swapped_for)
    moves = moved.values_list("kind", "from_auditor__name", "at", NO_DAY, "pk", *people)
    extensions = agreed.values_list("kind", NOTHING, "settled_at", "due_on_before", "pk", *[NOTHING] * 3)
    parts = (extensions, *_in_each_others_place(audit))
    rows = [dict(zip(shown, row, strict=True)) for row in moves.union(*parts, all=True)]
    rows.sort(key=lambda row: (row["at"], row["order"]))
    return Past(
        moves=[row for row in rows if row["kind"] in Handover.Kind.values],
        extensions=[row for row in rows if row["kind"] == EXTENSION],
        instead=[row for row in rows if row["kind"] in {REPLACED, REPLACES}],
    )


def _in_each_others_place(audit: Audit) -> list[QuerySet[Allocation, tuple[Any, ...]]]:
    """What came in the place of an audit, and what it came in the place of, in the columns of its past."""
    made = StatusChange.objects.filter(audit=OuterRef("audit"), step="allocate").order_by("pk")
    at, by = Subquery(made.values("at")[:1]), Subquery(made.values("by__name")[:1])
    after = Allocation.objects.filter(replaces__audit=audit).order_by()
    before = Allocation.objects.filter(audit=audit, replaces__isnull=False).order_by()
    return [
        after.values_list(Value(REPLACED), "origin", at, NO_DAY, "pk", NOTHING, by, "audit__reference"),
        before.values_list(Value(REPLACES), "origin", at, NO_DAY, "pk", NOTHING, by, "replaces__audit__reference"),
    ]


@register.simple_tag(takes_context=True)
def whole_history(context: Context, audit: Audit, changes: Iterable[StatusChange], past: Past) -> list[dict[str, Any]]:
    """The steps of an audit and what else happened to it, oldest first: words, by, at, reason, other, in_sight.

    One query where another audit is named, to know whether whoever looks may open it.
    """
    risks = events_of(audit, viewer=context["user"], at=timezone.now())
    rows = [
        {"words": step_words(change.step), "by": change.by.name if change.by else "", "at": change.at}
        | {"reason": change.reason}
        for change in changes
    ]
    more = [*past.moves, *past.instead]
    others = {row["other"] for row in more if row["other"]}
    visible = Audit.objects.visible_to(context["user"]).filter(reference__in=others)
    in_sight = set(visible.values_list("reference", flat=True)) if others else set()
    rows += [{"words": event.words, "by": event.by, "at": event.at} for event in risks]
    rows += [row | {"words": _in_words(row), "in_sight": row["other"] in in_sight} for row in more]
    return sorted(rows, key=lambda row: row["at"])


def _in_words(row: dict[str, Any]) -> str:
    """What happened, as the words before the other audit's reference where there is one."""
    if row["kind"] == Handover.Kind.SWAP:
        return f"Swapped from {row['name']} to {row['to']}" + (", for audit" if row["other"] else "")
    if row["kind"] == Handover.Kind.REPLACEMENT:
        return f"Given to {row['to']} instead of {row['name']}"
    if row["kind"] == REPLACED:
        return "The case was given out again, as audit" if row["name"] == Origin.AGAIN else "Replaced by audit"
    return "Comes in the place of audit"
