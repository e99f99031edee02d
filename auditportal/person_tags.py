"""What lies above the people pages and belongs on them: audits that fall due while somebody is away; competency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.db.models import Exists, OuterRef
from django.template import Context
from django.utils import timezone

from allocation.models import Competency
from audits.models import Audit
from people.absences import may_change
from people.models import Absence, User

register = template.Library()


@dataclass(frozen=True)
class DueWhileAway:
    """An unfinished audit that falls due while its auditor is away, and the first day away."""

    audit: Audit
    away_from: date
    visible: bool


@register.inclusion_tag("people/parts/due_while_away.html", takes_context=True)
def audits_while_away(context: Context, person: User) -> dict[str, Any]:
    """Unfinished audits whose due date lies in an absence of this person: for them, and for those who keep absences.

    Only those who may see an audit are told which it is.
    """
    viewer: User = context["user"]
    if not may_change(person, by=viewer):
        return {}
    return {"person": person, "own": person == viewer, "due": due_while_away(person, viewer, timezone.localdate())}


def due_while_away(person: User, viewer: User, today: date) -> list[DueWhileAway]:
    """The unfinished audits of a person that fall due on a day away from today on. Three queries at most."""
    absences = list(Absence.objects.filter(user=person, ends__gte=today))
    if not absences:
        return []
    covers = Absence.objects.filter(user=person, starts__lte=OuterRef("due_on"), ends__gte=OuterRef("due_on"))
    audits = Audit.objects.filter(Exists(covers), auditor=person, due_on__gte=today).unfinished().order_by("due_on")
    seen = set(Audit.objects.visible_to(viewer).filter(auditor=person).unfinished().values_list("pk", flat=True))
    return [DueWhileAway(audit, _first_day(absences, audit.due_on), audit.pk in seen) for audit in audits]


def _first_day(absences: list[Absence], due_on: date) -> date:
    return next(absence.starts for absence in absences if absence.starts <= due_on <= absence.ends)


@register.inclusion_tag("people/parts/competencies.html", takes_context=True)
def person_competencies(context: Context, person: User) -> dict[str, Any]:
    """For which templates a person is signed off or learning, as far as the viewer may see it."""
    records = Competency.objects.visible_to(context["user"]).filter(user=person)
    return {"records": records.select_related("template", "supervisor")}
