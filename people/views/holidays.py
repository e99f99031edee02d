"""The days off: England's bank holidays, and the days on which the council is closed."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

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
    """Every day off by year; days on which the council is closed are added once it was shown what that changes."""
    demand_keeper(request)
    today = timezone.localdate()
    form = ClosureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if "add" in request.POST:
                return _add(request, form, today)
            days = domain.closing_days(**form.cleaned_data, today=today)
            return render(request, "people/close_days.html", {"form": form, "days": days})
        except HolidayError as error:
            form.add_error(error.field, str(error))
    years = domain.days_off_by_year()
    context = {
        "form": form,
        "years": [(year, rows) for year, rows in years.items() if year >= today.year],
        "earlier": [(year, rows) for year, rows in years.items() if year < today.year],
        "today": today,
    }
    return render(request, "people/holidays.html", context)


def _add(request: StaffRequest, form: ClosureForm, today: date) -> HttpResponse:
    """Raises HolidayError."""
    added = domain.add_closure(**form.cleaned_data, by=request.user, at=timezone.now(), today=today)
    messages.success(request, f"Added as days off: {', '.join(day_in_words(row.day) for row in added)}.")
    return redirect("people:holidays")


@require_http_methods(["GET", "HEAD", "POST"])
def remove_closure(request: StaffRequest) -> HttpResponse:
    """Show what changes where closure days are working days again; posted, make them so."""
    demand_keeper(request)
    today = timezone.localdate()
    form = RemoveClosureForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return redirect("people:holidays")
    try:
        if request.method == "POST":
            removed = domain.remove_closure(**form.cleaned_data, by=request.user, at=timezone.now(), today=today)
            words = ", ".join(day_in_words(row.day) for row in removed)
            messages.success(request, f"Working days again: {words}.")
            return redirect("people:holidays")
        rows = domain.opening_days(**form.cleaned_data, today=today)
    except HolidayError as error:
        messages.error(request, str(error))
        return redirect("people:holidays")
    context = {"rows": rows, "days": [row.day for row in rows], **form.cleaned_data}
    return render(request, "people/open_days.html", context)
