"""Audits that look at a case again: which audit each one follows, and by which it is followed (L6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Q

from audits.models import Audit, Status
from audits.models.audit import AuditQuerySet
from people.models import User


@dataclass(frozen=True)
class Other:
    """Another audit of the same case, as a page names it; `in_sight`: this person may open it."""

    reference: str
    month: date
    in_sight: bool


@dataclass(frozen=True)
class Related:
    """The audit that this one looks at again, and those that looked at this one again."""

    before: list[Other] = field(default_factory=list)
    after: list[Other] = field(default_factory=list)


def with_followed(rows: AuditQuerySet) -> AuditQuerySet:
    """These audits, each with whether another one looked at it again: it saves `related` a query for most."""
    return rows.annotate(followed=Exists(Audit.objects.filter(re_audit_of=OuterRef("pk"))))


def related(audit: Audit, *, seen_by: User) -> Related:
    """The audits before and after this one, each with whether this person may open it.

    One query; none where nothing comes before and `with_followed` found nothing after.
    """
    if audit.re_audit_of_id is None and not getattr(audit, "followed", True):
        return Related()
    in_sight = Exists(Audit.objects.visible_to(seen_by).filter(pk=OuterRef("pk")))
    after = Q(re_audit_of=audit) & ~Q(status__in=[Status.EXEMPT, Status.WITHDRAWN])
    others = Audit.objects.filter(Q(pk=audit.re_audit_of_id) | after).annotate(in_sight=in_sight)
    rows = others.order_by("month", "pk").values_list("pk", "reference", "month", "in_sight")
    found = [(pk == audit.re_audit_of_id, Other(reference, month, seen)) for pk, reference, month, seen in rows]
    return Related([other for before, other in found if before], [other for before, other in found if not before])
