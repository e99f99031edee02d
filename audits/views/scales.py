"""Grading scales: the list, a new one or a copy, changing one that nothing uses yet (G3)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audits.forms.scale_form import ScaleForm
from audits.models import GradingScale
from audits.templates_made import catalogue
from audits.templates_made import scales as domain
from audits.templates_made.drafting import TemplateError
from audits.views.kept import TooLate, refuse_another_writer
from audits.views.template_access import demand_manager
from people.requests import StaffRequest


def get_scale(request: StaffRequest, code: str) -> GradingScale:
    """A scale. Raises PermissionDenied or Http404."""
    demand_manager(request)
    scale = catalogue.scale_of(code)
    if scale is None:
        raise Http404
    return scale


@require_http_methods(["GET", "HEAD"])
def scales(request: StaffRequest) -> HttpResponse:
    """Every scale with its grades, and whether it can still be changed."""
    demand_manager(request)
    return render(request, "audits/scales.html", {"rows": catalogue.scales(), "shipped": domain.SHIPPED})


@require_http_methods(["GET", "HEAD", "POST"])
def new_scale(request: StaffRequest) -> HttpResponse:
    """A new scale, begun with four colours or as a copy of another."""
    demand_manager(request)
    refuse_another_writer(request)
    copied = catalogue.scale_of(request.GET.get("copy", ""))
    points = domain.points_of(copied) if copied else []
    form = ScaleForm(request.POST or None, name=f"Copy of {copied.name}" if copied else "", points=points)
    if request.method == "POST" and form.is_valid():
        try:
            typed = {"name": form.cleaned_data["name"], "points": form.points()}
            scale = domain.make(**typed, by=request.user, at=timezone.now())
        except domain.ScaleRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"The scale “{scale.name}” is saved. Templates can use it now.")
            return redirect("audits:scales")
    context = {"form": form, "copied": copied, "others": [row.scale for row in catalogue.scales()]}
    return render(request, "audits/scale.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def scale(request: StaffRequest, code: str) -> HttpResponse:
    """Change a scale that no published version uses; read one that is used."""
    found = get_scale(request, code)
    refuse_another_writer(request)
    form = ScaleForm(request.POST or None, name=found.name, points=domain.points_of(found))
    context: dict[str, Any] = {"form": form, "scale": found, "why_fixed": domain.why_fixed(found)}
    if request.method == "POST" and context["why_fixed"]:
        raise _fixed(found, context["why_fixed"])
    if request.method == "POST" and form.is_valid():
        try:
            typed = {"name": form.cleaned_data["name"], "points": form.points()}
            domain.change(found, **typed, by=request.user, at=timezone.now())
        except domain.ScaleRefused as refused:
            form.refuse(refused)
        except TemplateError as error:
            raise _fixed(found, str(error)) from error
        else:
            messages.success(request, "The scale is saved.")
            return redirect("audits:scales")
    if context["why_fixed"]:
        context["points"] = domain.points_of(found)
    return render(request, "audits/scale.html", context)


def _fixed(scale: GradingScale, why: str) -> TooLate:
    """A scale that a published version has come to use while it was being changed."""
    address = reverse("audits:scale", args=[scale.code])
    return TooLate(why, see=address, see_text=f"Look at the scale “{scale.name}”")


@require_POST
def remove_scale(request: StaffRequest, code: str) -> HttpResponse:
    """Throw away a scale that no published version uses."""
    found = get_scale(request, code)
    try:
        domain.remove(found, by=request.user, at=timezone.now())
    except TemplateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The scale “{found.name}” is thrown away.")
    return redirect("audits:scales")
