"""Who gets to the pages of cycles: those who run the programme, and nobody else learns whether a month exists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from allocation.eligibility.frozen_head import with_head
from allocation.forms.month_forms import RedrawForm
from allocation.models import Cycle, Draw
from allocation.months.certificate import months_for
from allocation.record.draw_record import CANNOT_BE_READ, verify
from people.requests import StaffRequest
from people.roles import Permission

P = ParamSpec("P")


def draw_page(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """A page of a draw (of a month: its latest), or one that says what is wrong with a record that cannot be read.

    The record is drawn again then; where it turns out to be whole the fault is the page's, and is raised.
    """

    @wraps(view)
    def page(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except CANNOT_BE_READ:
            request, month = cast(StaffRequest, args[0]), cast(date, kwargs["month"])
            latest = get_cycle(request, month).draws.count()
            number = cast(int, kwargs.get("number", latest))
            draw = get_draw(request, month, number) if latest else None
            check = verify(draw) if draw else None
            if draw is None or check is None or check.identical:
                raise
            open_still = draw.cycle.status == Cycle.Status.PROPOSED and number == latest
            form = RedrawForm() if open_still else None
            context = {"cycle": draw.cycle, "draw": draw, "check": check, "form": form}
            return render(request, "allocation/draw_unreadable.html", context)

    return page


def posted_only(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """An address of a month that only a button leads to; opened again by hand it leads to the page of the month."""

    @wraps(view)
    def page(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request = cast(StaffRequest, args[0])
        if request.method == "POST":
            return view(*args, **kwargs)
        return redirect("allocation:cycle", get_cycle(request, cast(date, kwargs["month"])).month)

    return require_http_methods(["GET", "HEAD", "POST"])(page)


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
    """A draw of a month by its number, with its cycle. Raises PermissionDenied or Http404.

    Of its frozen inputs it brings the head; the whole text is fetched where somebody asks for it.
    """
    return _draw_of(get_cycle(request, month), number)


def get_certified(request: StaffRequest, month: date, number: int) -> Draw:
    """A draw for its certificate: that of a published month to those who oversee the programme, too.

    Raises PermissionDenied or Http404.
    """
    if not request.user.can(Permission.READ_CERTIFICATES):
        demand_manager(request)
    months = months_for(request.user).select_related("template_version__template", "published_by")
    return _draw_of(get_object_or_404(months, month=month), number)


def _draw_of(cycle: Cycle, number: int) -> Draw:
    draw = get_object_or_404(with_head(cycle.draws.select_related("drawn_by")), number=number)
    draw.cycle = cycle
    return draw
