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
    """The audits before and after this one, each with whether this person may open it. No query where there is none."""
    first = audit.re_audit_of
    before = [first] if first else []
    after = _after(audit) if getattr(audit, "followed", True) else []
    if not before and not after:
        return Related()
    wanted = Q(pk__in=[other.pk for other in (*before, *after)])
    seen = set(Audit.objects.visible_to(seen_by).filter(wanted).values_list("pk", flat=True))
    return Related(_others(before, seen), _others(after, seen))


def _after(audit: Audit) -> list[Audit]:
    done = audit.re_audits.exclude(status__in=[Status.EXEMPT, Status.WITHDRAWN])
    return list(done.only("reference", "month").order_by("month", "pk"))


def _others(audits: list[Audit], seen: set[int]) -> list[Other]:
    return [Other(audit.reference, audit.month, audit.pk in seen) for audit in audits]
