"""Audit templates: the list, one version, two side by side, out of use and back, the workbook of one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audits.structure import form_of
from audits.templates_made import catalogue, comparing, drafting, publishing, sheet_writing
from audits.templates_made.document import document_of
from audits.views.template_access import get_version, may_manage
from people.requests import StaffRequest


@require_http_methods(["GET", "HEAD"])
def templates(request: StaffRequest) -> HttpResponse:
    """The audit templates and their versions; the drafts for those who make them."""
    manages = may_manage(request)
    context = {"rows": catalogue.listed(), "manages": manages, "drafts": catalogue.drafts() if manages else []}
    return render(request, "audits/templates.html", context)


@require_http_methods(["GET", "HEAD"])
def template(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """One version of a template, whole, for worker and auditor to read beforehand (A2)."""
    version = get_version(request, code, number, to_manage=False)
    context = {"version": version, "form_structure": form_of(version.pk), "manages": may_manage(request)}
    if context["manages"]:
        context |= {"others": catalogue.other_versions(version), "draft": catalogue.draft_for(code)}
    return render(request, "audits/template.html", context)


@require_http_methods(["GET", "HEAD"])
def compare_versions(request: StaffRequest, code: str, number: int, other: int) -> HttpResponse:
    """Two versions of a template side by side, the older one first."""
    newer, older = get_version(request, code, max(number, other)), get_version(request, code, min(number, other))
    if newer == older:
        raise Http404
    comparison = comparing.compare(document_of(older), document_of(newer))
    context = {"comparison": comparison, "before": older, "after": newer}
    return render(request, "audits/template_compare.html", context)


@require_POST
def next_version(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Begin the draft of the next version from this one, or go on with the one there is."""
    version = get_version(request, code, number)
    there = catalogue.draft_for(code)
    draft = drafting.begin_next(version, by=request.user, at=timezone.now())
    if there is not None:
        messages.info(request, "The next version is begun already. This is its draft.")
    return redirect("audits:template_draft", draft.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def retire_version(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Say what it means to take a version out of use; then do it."""
    version = get_version(request, code, number)
    if request.method == "POST":
        publishing.retire(version, by=request.user, at=timezone.now())
        messages.success(request, f"{version} is out of use. Audits and months that have it keep it.")
        return redirect("audits:template", code, number)
    left = publishing.left_without(version)
    context = {"version": version, "months": catalogue.months_that_have(version), "left": left}
    return render(request, "audits/template_retire.html", context)


@require_POST
def bring_back_version(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Offer a version to new months again."""
    version = publishing.bring_back(get_version(request, code, number), by=request.user, at=timezone.now())
    messages.success(request, f"{version} is in use again.")
    return redirect("audits:template", code, number)


@require_http_methods(["GET", "HEAD"])
def template_workbook(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """The workbook of a version, to be changed and read in again."""
    version = get_version(request, code, number)
    return workbook(sheet_writing.workbook_of(document_of(version)), f"{code}-v{number}")


def workbook(content: bytes, name: str) -> HttpResponse:
    """A workbook to save."""
    disposition = f'attachment; filename="{name}.xlsx"'
    return HttpResponse(content, content_type=sheet_writing.WORKBOOK, headers={"Content-Disposition": disposition})
