"""One page of the form: shown, saved by its button, gone on from."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import answering, pages
from audits.models import Audit, PageAnswers
from audits.posted import content_from_post, revision_from_post
from audits.structure import AuditForm, form_of
from audits.views.writing import writable_audit
from people.requests import StaffRequest

PEOPLE = ("worker", "team", "team_manager", "supervisor")


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest, reference: str, page: str) -> HttpResponse:
    """One page of the form. Posting saves it whatever it says, then goes on, or shows what cannot be right."""
    audit = writable_audit(request, reference, *(PEOPLE if page == "overview" else ()))
    form = form_of(audit.template_version_id)
    if page not in pages.page_codes(form, audit.questions):
        raise Http404
    if request.method == "POST":
        return _save_posted(request, audit, page, form)
    stored = PageAnswers.objects.filter(audit=audit, page=page).first()
    content = stored.content if stored else pages.prefilled(page, audit.case)
    revision = stored.revision if stored else 0
    return _show(request, audit, page, form, content=content, revision=revision, saved=stored)


def _save_posted(request: StaffRequest, audit: Audit, page: str, form: AuditForm) -> HttpResponse:
    content = content_from_post(request.POST)
    base = revision_from_post(request.POST)
    try:
        saved = answering.save_page(
            audit.reference, page=page, content=content, base_revision=base, by=request.user, at=timezone.now()
        )
    except answering.PageConflict as conflict:
        typed = pages.clean_content(page, content, form=form, questions=audit.questions)
        return _show(
            request,
            audit,
            page,
            form,
            content=typed,
            revision=conflict.stored.revision,
            conflict=conflict.stored,
            status=409,
        )
    except answering.NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    if request.POST.get("go") == "add_row":
        return redirect(request.path + "?rows=more#people")
    if _malformed(audit, page, form, saved.content):
        return _show(request, audit, page, form, content=saved.content, revision=saved.revision, show_errors=True)
    return _next(audit, page, form, go=request.POST.get("go", ""))


def _malformed(audit: Audit, page: str, form: AuditForm, content: pages.Content) -> bool:
    """Whether something typed cannot be right (what is merely missing may wait)."""
    if form.section(page):
        return False
    return bool(pages.draft_form(page, content, audit=audit, form=form, show_errors=True).errors)


def _next(audit: Audit, page: str, form: AuditForm, *, go: str) -> HttpResponse:
    codes = pages.page_codes(form, audit.questions)
    after = codes.index(page) + 1
    if go == "list":
        return redirect("audits:tasks", audit.reference)
    if after == len(codes):
        return redirect("audits:smart_actions", audit.reference)
    return redirect("audits:page", audit.reference, codes[after])


def _show(
    request: StaffRequest,
    audit: Audit,
    page: str,
    form: AuditForm,
    *,
    content: pages.Content,
    revision: int,
    saved: PageAnswers | None = None,
    show_errors: bool = False,
    conflict: PageAnswers | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "audit": audit,
        "page": page,
        "title": pages.title_of(page, form),
        "revision": revision,
        "content": content,
        "saved": saved,
        "conflict": conflict,
        "audit_form": form,
        "adult": pages.is_adult(audit),
    }
    section = form.section(page)
    if section:
        context |= {"section": section, "standards": _standards(section, content, adult=context["adult"])}
        context["guidance"] = _guidance(form.pk, section.code, audit.plan)
        return render(request, "audits/section.html", context, status=status)
    context["form"] = pages.draft_form(page, content, audit=audit, form=form, show_errors=show_errors)
    if page == "overview":
        more = 1 if request.GET.get("rows") == "more" or not content.get("household") else 0
        context["row_groups"] = _row_groups(content, more=more)
    if page == "overall":
        contents = {**answering.contents_of(audit), "overall": content}
        context["suggestion"] = pages.suggestion(contents, form=form)
        context["suggested"] = form.grade(context["suggestion"].grade)
        context["prompts"] = pages.consistency_prompts(contents, form=form)
    return render(request, f"audits/page_{_template_of(page)}.html", context, status=status)


@lru_cache(maxsize=512)
def _guidance(version: int, section: str, plan: str) -> str:
    """The guidance beside a section, drawn once: it is the same for every audit of a version and plan."""
    form = form_of(version)
    found = form.section(section)
    areas = found.guidance_for(plan) if found else []
    return render_to_string("audits/parts/guidance.html", {"guidance": areas, "grades": form.grades})


def _template_of(page: str) -> str:
    return "contact" if page in {"child", "parent"} else page


def _standards(section: Any, content: pages.Content, *, adult: bool) -> list[dict[str, str]]:
    answers = content.get("answers", {})
    return [
        {
            "code": standard.code,
            "text": (adult and standard.text_18_plus) or standard.text,
            "hint": standard.hint,
            "number": f"{section.number}.{number}",
            "name": f"answers__{standard.code}",
            "value": answers.get(standard.code, ""),
            "error": "",
        }
        for number, standard in enumerate(section.standards, 1)
    ]


def _row_groups(content: pages.Content, *, more: int) -> list[dict[str, Any]]:
    blank = dict.fromkeys(pages.ROW_FIELDS, "")
    return [
        {
            "name": group,
            "title": pages.ROW_TITLES[group],
            "rows": [*({**blank, **row} for row in content.get(group, [])), *[blank] * max(more, 1)],
        }
        for group in pages.ROW_GROUPS
    ]
