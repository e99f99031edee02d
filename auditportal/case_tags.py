"""What lies above the case page and belongs on it: why a person keeps the case out of draws."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from allocation.models import CaseHold
from audits.models import Case
from people.models import User
from people.roles import Permission

register = template.Library()


@register.inclusion_tag("allocation/holds_of_case.html", takes_context=True)
def holds_of(context: Context, case: Case) -> dict[str, Any]:
    """What keeps a case out of draws, with buttons: for those who run the programme; others see nothing of it."""
    viewer: User = context["user"]
    if not viewer.can(Permission.MANAGE_CYCLES):
        return {}
    holds = CaseHold.objects.visible_to(viewer).running_on(timezone.localdate()).filter(case=case)
    return {"case": case, "holds": holds.select_related("by"), "may_hold": True}
