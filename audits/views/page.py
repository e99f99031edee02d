"""One page of the form: shown, saved by its button, gone on from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from audits import answering, late_texts, meeting_reading, pages
from audits.merging import name_of
from audits.models import Audit, PageAnswers
from audits.posted import choices_from_post, content_from_post, revision_from_post
from audits.stale_saves import TooLongTogether
from audits.structure import AuditForm, form_of
from audits.views import timescales
from audits.views.overall import judgement
from audits.views.page_parts import people_groups, section_parts
from audits.views.saving import as_shown
from audits.views.writing import writable_audit
from people.requests import StaffRequest

PEOPLE = ("worker", "team", "service", "team_manager", "supervisor", "case__chair")
STILL_TO_SAY = 'Saved. Still to say on “{}”: <a class="govuk-notification-banner__link" href="{}">{}</a>{}.'


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest, reference: str, page: str) -> HttpResponse:
    """One page of the form. Posting saves it whatever it says, then goes on, or shows what cannot be right."""
    audit = writable_audit(request, reference, *(PEOPLE if page == "overview" else ()))
    form = form_of(audit.template_version_id)
    if page not in pages.page_codes(form, audit.questions):
        raise Http404
    if request.method == "POST":
        return _save_posted(request, audit, page, form)
    rows = PageAnswers.objects.filter(audit=audit, page=page)
    stored = rows.annotate(waits=late_texts.waits(by=request.user)).first()
    waiting = late_texts.offered(audit, stored, by=request.user) if stored and stored.waits else []
    content = late_texts.as_typed(stored.content, waiting) if stored else pages.prefilled(page, audit.case)
    if page == "meeting":
        content = meeting_reading.prefill(audit, content, at=timezone.now())
    revision = stored.revision if stored else 0
    clashes = [as_shown(clash) for clash in waiting]
    return _show(request, audit, page, form, content=content, revision=revision, saved=stored, clashes=clashes)


def _save_posted(request: StaffRequest, audit: Audit, page: str, form: AuditForm) -> HttpResponse:
    """Save; show both sides where two texts clash, or what is too long or cannot be right; else go on.

    What is missing stops nobody on any page: it is said on the next one.
    """
    content = content_from_post(request.POST)
    chosen = choices_from_post(request.POST)
    base = revision_from_post(request.POST)
    try:
        saved = answering.save_page(
            audit.reference,
            page=page,
            content=content,
            base_revision=base,
            by=request.user,
            at=timezone.now(),
            undecided=[name for name, choice in chosen.items() if not choice],
            choices={name: choice for name, choice in chosen.items() if choice},
        )
    except answering.PageConflict as conflict:
        clashes = [as_shown(clash) for clash in conflict.saved.clashes]
        content, revision = conflict.as_typed(), conflict.saved.revision
        told: dict[str, Any] = {"clashes": clashes, "problems": _too_long(conflict.together)}
        return _show(request, audit, page, form, content=content, revision=revision, **told, status=409)
    except answering.TooLong as too_long:
        base = 0 if chosen else base  # what was to be chosen is asked again with the next save
        problems = _too_long(too_long)
        return _show(request, audit, page, form, content=content, revision=base, problems=problems, status=413)
    except answering.NotThere as missing:
        raise Http404 from missing
    except answering.NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    return _after_saving(request, audit, page, form, saved)


def _after_saving(
    request: StaffRequest, audit: Audit, page: str, form: AuditForm, saved: answering.Saved
) -> HttpResponse:
    if saved.taken:
        labels = ", ".join(other.label for other in saved.taken)
        messages.info(request, f"Somebody else changed this page meanwhile. Both are kept. Theirs: {labels}.")
    go = request.POST.get("go", "")
    if go == "add_row":
        return redirect(request.path + "?rows=more#people")
    if _malformed(audit, page, form, saved.content):
        return _show(request, audit, page, form, content=saved.content, revision=saved.revision, show_errors=True)
    if go == "next":
        _say_what_is_left(request, audit, page, form, saved.content)
    return _next(audit, page, form, go=go)


def _too_long(found: answering.TooLong | TooLongTogether | None) -> list[dict[str, str]]:
    return [{"text": f"Not saved: {found}", "target": f"id_{name_of(found.path)}"}] if found else []


def _say_what_is_left(request: StaffRequest, audit: Audit, page: str, form: AuditForm, content: pages.Content) -> None:
    today = timezone.localdate()
    left = pages.problems_of(page, content, audit=audit, form=form, today=today)
    if left:
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        title = pages.title_of(page, form, adult=pages.is_adult(audit, today=today))
        there = f"{reverse('audits:page', args=[audit.reference, page])}#id_{left[0].name}"
        messages.info(request, format_html(STILL_TO_SAY, title, there, left[0].message, more))


def _malformed(audit: Audit, page: str, form: AuditForm, content: pages.Content) -> bool:
    """Whether something typed cannot be right (what is merely missing may wait)."""
    if form.section(page):
        return False
    today = timezone.localdate()
    return bool(pages.draft_form(page, content, audit=audit, form=form, today=today, show_errors=True).errors)


def _next(audit: Audit, page: str, form: AuditForm, *, go: str) -> HttpResponse:
    codes = pages.page_codes(form, audit.questions)
    after = codes.index(page) + 1
    if go == "stay":
        return redirect("audits:page", audit.reference, page)
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
    clashes: Sequence[dict[str, Any]] = (),
    problems: Sequence[dict[str, str]] = (),
    status: int = 200,
) -> HttpResponse:
    adult = pages.is_adult(audit, today=(today := timezone.localdate()))
    context: dict[str, Any] = {
        "audit": audit,
        "page": page,
        "title": pages.title_of(page, form, adult=adult),
        "revision": revision,
        "content": content,
        "saved": saved,
        "audit_form": form,
        "adult": adult,
    } | {"clashes": clashes, "problems": problems}
    section = form.section(page)
    if section:
        context |= section_parts(section, content, audit=audit, form=form, adult=adult)
        return render(request, "audits/section.html", context, status=status)
    context["form"] = pages.draft_form(page, content, audit=audit, form=form, today=today, show_errors=show_errors)
    if page == "meeting":
        context["booking"] = meeting_reading.booking(audit, at=timezone.now())
    if page == "overview":
        more = request.GET.get("rows") == "more"
        context |= {"row_groups": people_groups(content, more=more, adult=adult), "age": pages.age_of(audit)}
    if page == "timescales":
        context |= timescales.page_context(audit, content, is_saved=revision > 0, today=today)
    if page == "overall":
        context |= judgement(audit, {**answering.contents_of(audit), "overall": content}, form=form)
    return render(request, f"audits/page_{_template_of(page)}.html", context, status=status)


def _template_of(page: str) -> str:
    return "contact" if page in {"child", "parent"} else page
