"""Who gets to the pages of cycles: those who run the programme, and nobody else learns whether a month exists."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from allocation.models import Cycle, Draw
from people.requests import StaffRequest
from people.roles import Permission


def demand_manager(request: StaffRequest) -> None:
    """Raises PermissionDenied for anybody who does not run the programme."""
    if not request.user.can(Permission.MANAGE_CYCLES):
        raise PermissionDenied


def get_cycle(request: StaffRequest, month: date) -> Cycle:
    """The cycle of a month. Raises PermissionDenied or Http404."""
    demand_manager(request)
    visible = Cycle.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("template_version__template", "published_by"), month=month)


def get_draw(request: StaffRequest, month: date, number: int) -> Draw:
    """A draw of a month by its number, with its cycle. Raises PermissionDenied or Http404."""
    cycle = get_cycle(request, month)
    draw = get_object_or_404(cycle.draws.select_related("drawn_by"), number=number)
    draw.cycle = cycle
    return draw
