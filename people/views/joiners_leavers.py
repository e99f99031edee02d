"""One person joins, leaves, or stays after all."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from people import joining, leaving
from people.form_fields import day_in_words
from people.models import User
from people.requests import StaffRequest
from people.roles import Permission
from people.staff_forms import JoinerForm, LeavingForm


def person_to_change(request: StaffRequest, pk: int) -> User:
    """The person of the page, for those who keep the staff list. Raises Http404 or PermissionDenied."""
    rows = User.objects.visible_to(request.user).select_related("team", "line_manager")
    person = get_object_or_404(rows, pk=pk)
    if not request.user.can(Permission.IMPORT_STAFF):
        raise PermissionDenied
    return person


@require_http_methods(["GET", "HEAD", "POST"])
def add_person(request: StaffRequest) -> HttpResponse:
    """Put one person on the staff list."""
    if not request.user.can(Permission.IMPORT_STAFF):
        raise PermissionDenied
    today = timezone.localdate()
    form = JoinerForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            person = joining.add(**form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except joining.JoinerError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, f"{person} is on the staff list.")
            return redirect("people:detail", person.pk)
    return render(request, "people/add_person.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def leaves(request: StaffRequest, pk: int) -> HttpResponse:
    """When somebody leaves; then what will happen; then it is written down."""
    person, today = person_to_change(request, pk), timezone.localdate()
    form = LeavingForm(request.POST or None, initial={"on": person.leave_date})
    context = {"person": person, "form": form, "on": None}
    if request.method == "POST" and form.is_valid():
        on = form.cleaned_data["on"]
        try:
            if "record" in request.POST:
                leaving.leaves(person, on=on, by=request.user, at=timezone.now(), today=today)
                messages.success(request, f"Recorded: {person} leaves on {day_in_words(on)}.")
                return redirect("people:detail", person.pk)
            leaving.check(person, on=on, by=request.user, today=today)
            context |= {"on": on, "over": on <= today, "then": leaving.consequences(person, on=on)}
        except leaving.LeavingError as error:
            form.add_error(error.field, str(error))
    return render(request, "people/leaves.html", context)


@require_POST
def stays(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back that somebody leaves."""
    person = person_to_change(request, pk)
    try:
        leaving.stays(person, by=request.user, at=timezone.now())
        messages.success(request, f"Recorded: {person} stays. The date of leaving is removed.")
    except leaving.LeavingError as error:
        messages.error(request, str(error))
    return redirect("people:detail", person.pk)
