"""A draft as auditors will see it: the form to read, and each section's page with inputs that save nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.models import Plan, TemplateDraft
from audits.pages import Child
from audits.structure import AuditForm, Fit, SectionForm
from audits.templates_made import catalogue, publishing
from audits.templates_made.previewing import form_of_document
from audits.views.page_parts import standard_rows
from audits.views.template_access import get_draft, published_instead
from people.requests import StaffRequest

HALF_A_YEAR = 182  # days: a preview looks at six made-up months
ANY_CHILD: Child = {"plan": Plan.CHILD_IN_NEED.value, "age": None}


@require_http_methods(["GET", "HEAD"])
@published_instead
def preview_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole form, to be read."""
    draft = get_draft(request, pk)
    context = {"draft": draft, "form_structure": _form(draft), "number": publishing.next_version(draft.code).number}
    return render(request, "audits/draft_preview.html", context)


@require_http_methods(["GET", "HEAD"])
@published_instead
def preview_section(request: StaffRequest, pk: int, section: str) -> HttpResponse:
    """The page of a section as the auditor will have it, for a child or, on request, for a young person from 18."""
    draft = get_draft(request, pk)
    form = _form(draft)
    found = form.section(section)
    if found is None:
        raise Http404
    context = _as_auditors_see_it(form, found, adult="adult" in request.GET)
    return render(request, "audits/draft_preview_section.html", context | {"draft": draft})


def _form(draft: TemplateDraft) -> AuditForm:
    return form_of_document(draft.document, scale=catalogue.scale_of(draft.document["scale"]))


def _as_auditors_see_it(form: AuditForm, section: SectionForm, *, adult: bool) -> dict[str, Any]:
    """What the page of a section is drawn from (views/page.py), about no child and with nothing answered."""
    today = timezone.localdate()
    begin = today - timedelta(days=HALF_A_YEAR)
    guidance = {"guidance": section.guidance, "grades": form.grades}
    codes = [one.code for one in form.sections]
    place = codes.index(section.code)
    return {
        "audit": SimpleNamespace(reference="", window_start=begin, window_end=today, plan=Plan.CHILD_IN_NEED.value),
        "audit_form": form,
        "section": section,
        "title": f"{section.number}. {section.title}",
        "content": {},
        "adult": adult,
        "standards": standard_rows(_for_everybody(section), {}, child=ANY_CHILD, adult=adult),
        "answered": 0,
        "asked": len(section.standards),
        "guidance": render_to_string("audits/parts/guidance.html", guidance),
        "preview_before": codes[place - 1] if place else "",
        "preview_after": codes[place + 1] if place + 1 < len(codes) else "",
    }


def _for_everybody(section: SectionForm) -> SectionForm:
    """The section with every standard asked, whomever it is for."""
    return replace(section, standards=tuple(replace(standard, fit=Fit()) for standard in section.standards))
