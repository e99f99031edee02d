"""What lies above the people pages and belongs on them: what is due while away, leavers, days off, competency."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.db.models import Exists, OuterRef
from django.template import Context
from django.utils import timezone

from allocation.changes.holdings import holdings
from allocation.eligibility import rules
from allocation.models import Competency
from allocation.months import days_off
from audits.models import Audit
from people.absences import may_change
from people.models import Absence, User
from people.roles import Permission

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


@register.inclusion_tag("people/parts/first_steps.html", takes_context=True)
def first_steps(context: Context, person: User, *, audits: bool) -> dict[str, Any]:
    """What somebody still needs who has joined, a password or a sign-off: for those who keep the staff list."""
    viewer: User = context["user"]
    if not viewer.can(Permission.IMPORT_STAFF) or person == viewer:
        return {}
    runs_programme = viewer.can(Permission.MANAGE_CYCLES)
    asked_for = audits and rules.current().competency_required
    may_audit = [Competency.State.LEARNING, Competency.State.SIGNED_OFF]
    ready = asked_for and Competency.objects.filter(user=person, state__in=may_audit).exists()
    no_password = not person.has_usable_password()
    needs = {"no_password": no_password, "in_no_draw": asked_for and not ready, "runs_programme": runs_programme}
    return {"person": person, **needs}


@register.inclusion_tag("people/parts/holdings.html", takes_context=True)
def what_they_hold(context: Context, person: User) -> dict[str, Any]:
    """What somebody who leaves still holds, named: for those who keep the staff list."""
    viewer: User = context["user"]
    if not viewer.can(Permission.IMPORT_STAFF):
        return {}
    return {
        "person": person,
        "held": holdings(person, viewer=viewer),
        "runs_programme": viewer.can(Permission.MANAGE_CYCLES),
    }


@register.inclusion_tag("people/parts/days_off_effect.html", takes_context=True)
def what_days_off_change(context: Context, days: Collection[date], *, become_off: bool) -> dict[str, Any]:
    """Which due dates have to do with days that become days off, or working days again."""
    viewer: User = context["user"]
    found = days_off.effect(days, become_off=become_off, viewer=viewer, today=timezone.localdate())
    return {"effect": found, "become_off": become_off, "runs_programme": viewer.can(Permission.MANAGE_CYCLES)}
