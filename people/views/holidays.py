"""The days off: England's bank holidays, and the days on which the council is closed."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from people import holidays as domain
from people.form_fields import day_in_words
from people.forms import ClosureForm, RemoveClosureForm
from people.holidays import HolidayError
from people.requests import StaffRequest
from people.roles import Permission


def demand_keeper(request: StaffRequest) -> None:
    """Raises PermissionDenied for anybody but those who keep the staff list: they keep the days off too."""
    if not request.user.can(Permission.IMPORT_STAFF):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: StaffRequest) -> HttpResponse:
    """Every day off by year; add days on which the council is closed."""
    demand_keeper(request)
    today = timezone.localdate()
    form = ClosureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = domain.add_closure(**form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except HolidayError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, f"Added as days off: {', '.join(day_in_words(row.day) for row in added)}.")
            return redirect("people:holidays")
    years = domain.days_off_by_year()
    context = {
        "form": form,
        "years": [(year, rows) for year, rows in years.items() if year >= today.year],
        "earlier": [(year, rows) for year, rows in years.items() if year < today.year],
        "today": today,
    }
    return render(request, "people/holidays.html", context)


@require_POST
def remove_closure(request: StaffRequest) -> HttpResponse:
    """Make closure days working days again."""
    demand_keeper(request)
    form = RemoveClosureForm(request.POST)
    if form.is_valid():
        days = form.cleaned_data
        try:
            removed = domain.remove_closure(**days, by=request.user, at=timezone.now(), today=timezone.localdate())
            words = ", ".join(day_in_words(row.day) for row in removed)
            messages.success(request, f"Working days again: {words}.")
        except HolidayError as error:
            messages.error(request, str(error))
    return redirect("people:holidays")
