"""Who gets to the pages on which templates are made: those who run the programme (MANAGE_CYCLES)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from audits.models import TemplateDraft, TemplateVersion
from audits.templates_made import catalogue, drafting
from audits.templates_made.document import Document
from audits.views.kept import TooLate, refuse_another_writer
from people.requests import StaffRequest
from people.roles import Permission


def demand_manager(request: StaffRequest) -> None:
    """Raises PermissionDenied for anybody who does not run the programme."""
    if not may_manage(request):
        raise PermissionDenied


def may_manage(request: StaffRequest) -> bool:
    """Whether this person makes templates."""
    return request.user.can(Permission.MANAGE_CYCLES)


def get_draft(request: StaffRequest, pk: int) -> TemplateDraft:
    """A draft. Raises PermissionDenied or Http404."""
    demand_manager(request)
    draft = catalogue.draft_of(pk)
    if draft is None:
        raise Http404
    return draft


def published_instead(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lead from the pages of a draft that is published by now to the version it became; what is sent is refused."""

    @wraps(view)
    def page(request: StaffRequest, pk: int, **parts: Any) -> HttpResponse:
        try:
            return view(request, pk, **parts)
        except Http404:
            version = None if catalogue.draft_of(pk) else catalogue.published_from(pk)
            if version is None:
                raise
        address = reverse("audits:template", args=[version.template.code, version.number])
        if request.method == "POST":
            why = f"The draft was published. It is version {version.number} now. What you sent was not saved."
            raise TooLate(why, see=address, see_text=f"Go to version {version.number}")
        messages.info(request, f"The draft was published. This is version {version.number}.")
        return redirect(address)

    return page


def get_version(request: StaffRequest, code: str, number: int, *, to_manage: bool = True) -> TemplateVersion:
    """A version of a template, to be read by everybody or managed. Raises PermissionDenied or Http404."""
    if to_manage:
        demand_manager(request)
    version = catalogue.version_of(code, number)
    if version is None:
        raise Http404
    return version


def change(
    request: StaffRequest,
    draft: TemplateDraft,
    how: Callable[[Document], Any],
    part: Callable[[Document], Any] | None = None,
) -> TemplateDraft:
    """Change a draft for whoever asks; with `part`, only where the page still shows what is saved.

    Raises PermissionDenied where somebody else had opened the page in this browser.
    """
    refuse_another_writer(request)
    shown = request.POST.get("shown", "")
    return drafting.change(draft, how, part=part, shown=shown, by=request.user, at=timezone.now())
