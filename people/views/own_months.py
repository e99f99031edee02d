"""One person's months: days away, and how they audit."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from people import absences
from people import auditing as domain
from people.models import User
from people.requests import StaffRequest
from people.roles import ROLES, Permission
from people.staff_forms import AbsenceForm, AuditingForm


@require_http_methods(["GET", "HEAD", "POST"])
def add_absence(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down days away, one's own or somebody else's."""
    person = person_whose_absences_change(request, pk)
    form = AbsenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = absences.add(person, **form.cleaned_data, by=request.user, at=timezone.now())
        except absences.AbsenceError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, f"Away {absences.in_words(added)}.")
            return redirect("people:detail", person.pk)
    return render(request, "people/absence.html", {"person": person, "form": form, "own": person == request.user})


@require_POST
def remove_absence(request: StaffRequest, pk: int, absence: int) -> HttpResponse:
    """Take an absence back."""
    person = person_whose_absences_change(request, pk)
    found = get_object_or_404(person.absences, pk=absence)
    absences.remove(found, by=request.user, at=timezone.now())
    messages.success(request, f"The absence from {absences.in_words(found)} is removed.")
    return redirect("people:detail", person.pk)


def person_whose_absences_change(request: StaffRequest, pk: int) -> User:
    """The person of the page. Raises Http404 or PermissionDenied."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    if not absences.may_change(person, by=request.user):
        raise PermissionDenied
    return person


@require_http_methods(["GET", "HEAD", "POST"])
def auditing(request: StaffRequest, pk: int) -> HttpResponse:
    """Change whether, how often and in which rota group a person audits."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    if not request.user.can(Permission.IMPORT_STAFF):
        raise PermissionDenied
    role = ROLES.get(person.job_role)
    form = AuditingForm(request.POST or None, person=person, role_audits=bool(role and role.audits))
    if request.method == "POST" and form.is_valid():
        domain.change(person, **form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, "Saved. It counts from the next draw on.")
        return redirect("people:detail", person.pk)
    return render(request, "people/auditing.html", {"person": person, "form": form})
