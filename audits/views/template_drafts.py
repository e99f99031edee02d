"""A draft of a template as a whole: begun, its contents, what it is, publishing it, throwing it away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.forms.template_forms import DetailsForm, NewTemplateForm, PublishForm
from audits.models import TemplateDraft
from audits.templates_made import (
    catalogue,
    checking,
    comparing,
    draft_merging,
    drafting,
    editing,
    publishing,
    sheet_writing,
)
from audits.templates_made.document import Document, document_of
from audits.templates_made.publishable import published
from audits.templates_made.section_saving import put_details
from audits.views.draft_words import done_to_contents
from audits.views.kept import TooLate, refuse_another_writer
from audits.views.template_access import change, demand_manager, get_draft, published_instead
from audits.views.templates import workbook
from people.requests import StaffRequest

DETAILS = ("name", "kind", "scale", "overall_grade", "source_note")
UNTITLED = {"section": "Enter a title for the new section", "area": "Enter a title for the new guidance area"}


@require_http_methods(["GET", "HEAD", "POST"])
def new_template(request: StaffRequest) -> HttpResponse:
    """Begin a new template, from nothing or as a copy."""
    demand_manager(request)
    refuse_another_writer(request)
    form = NewTemplateForm(request.POST or None, start=request.GET.get("copy", ""))
    if request.method == "POST" and form.is_valid():
        try:
            draft = _begin(request, **form.cleaned_data)
        except drafting.TemplateError as error:
            form.refuse(error)
        else:
            messages.success(request, f"The draft “{draft.name}” is begun. Nobody else sees it until it is published.")
            return redirect("audits:template_draft", draft.pk)
    return render(request, "audits/template_new.html", {"form": form})


def _begin(request: StaffRequest, *, name: str, kind: str, start: Any) -> TemplateDraft:
    if start is None:
        return drafting.begin(name=name, kind=kind, by=request.user, at=timezone.now())
    return drafting.begin_copy(start, name=name, by=request.user, at=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@published_instead
def template_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """The contents of a draft, and what is missing before it can be published. Its buttons change the contents."""
    draft = get_draft(request, pk)
    if request.method != "POST":
        return _contents(request, draft)
    do = request.POST.get("do", "")
    if do in UNTITLED and not request.POST.get(f"{do}_title", "").strip():
        return _contents(request, draft, problems=[{"text": UNTITLED[do], "target": f"id_{do}_title"}], untitled=do)
    return _change_contents(request, draft)


def _contents(request: StaffRequest, draft: TemplateDraft, **more: Any) -> HttpResponse:
    document = draft.document
    following = publishing.next_version(draft.code)
    context = {
        "draft": draft,
        "document": document,
        "gaps": checking.gaps(document, scales=catalogue.scale_codes()),
        "warnings": _warnings(document, following),
        "following": following,
        "scale": catalogue.scale_of(document["scale"]),
        "standards": sum(len(section["standards"]) for section in document["sections"]),
        "removed": _removed(document, "section", "guidance"),
        **more,
    }
    return render(request, "audits/draft.html", context)


def _warnings(document: Document, following: publishing.Next) -> list[str]:
    """What should not be lost unnoticed, seen from the version the draft follows."""
    return checking.warnings(document, before=document_of(following.before) if following.before else None)


def _removed(document: Document, *kinds: str) -> list[dict[str, Any]]:
    return [one for one in document.get("removed", []) if one["kind"] in kinds]


def _change_contents(request: StaffRequest, draft: TemplateDraft) -> HttpResponse:
    """One button of the contents page: add, move, remove, put back."""
    do, _, code = request.POST.get("do", "").partition(":")
    title = request.POST.get(f"{do}_title", "").strip()
    made: list[dict[str, Any]] = []
    steps = {
        "section": lambda document: made.append(editing.add_section(document, title=title)),
        "area": lambda document: made.append(editing.add_area(document, title=title)),
        "up": lambda document: editing.move_section(document, code, by=-1),
        "down": lambda document: editing.move_section(document, code, by=1),
        "remove": lambda document: editing.remove_section(document, code),
        "remove_area": lambda document: editing.remove_area(document, code),
        "back": lambda document: editing.put_back(document, *[*code.split(":", 1), ""][:2]),
    }
    try:
        if do in steps:
            draft = change(request, draft, steps[do])
    except drafting.ChangedMeanwhile as error:
        raise TooLate(str(error), see=reverse("audits:templates"), see_text="Go to the templates") from error
    if made:
        page = "audits:draft_section" if do == "section" else "audits:draft_area"
        return redirect(page, draft.pk, made[0]["code"])
    if told := done_to_contents(draft.document, do, code):
        messages.success(request, told)
    anchor = f"#section-{code}" if do in {"up", "down"} else ""  # other messages are at the top
    return redirect(f"{request.path}{anchor}")


@require_http_methods(["GET", "HEAD", "POST"])
@published_instead
def draft_details(request: StaffRequest, pk: int) -> HttpResponse:
    """What the template is: name, kind, scale, overall grade, where it comes from."""
    draft = get_draft(request, pk)
    new = publishing.next_version(draft.code).before is None
    form = DetailsForm(request.POST if request.method == "POST" else None, document=draft.document, new=new)
    if request.method == "POST":
        form.is_valid()
        try:
            _put_details(request, draft, form.typed())
        except drafting.ChangedMeanwhile as error:
            draft = get_draft(request, pk)
            form = _details_again(request, draft, form.typed(), error, new=new)
        else:
            messages.success(request, "Saved.")
            return redirect("audits:template_draft", draft.pk)
    now = _details(draft.document)
    shown = {"shown": drafting.fingerprint(now), "base": draft_merging.base_of(now)}
    return render(request, "audits/draft_details.html", {"form": form, "draft": draft, "new": new, **shown})


def _put_details(request: StaffRequest, draft: TemplateDraft, typed: dict[str, Any]) -> None:
    """Save what was changed on the page; what another tab changed stays. Raises ChangedMeanwhile where both did."""
    base = draft_merging.base_from(request.POST.get("base", ""))

    def put(document: Document) -> None:
        changes = draft_merging.changed_fields(typed, base) if base else typed
        if base:
            draft_merging.demand_none(draft_merging.details_clashes(changes, base=base, now=_details(document)))
        put_details(document, changes)

    change(request, draft, put, part=None if base else _details)


def _details_again(
    request: StaffRequest, draft: TemplateDraft, typed: dict[str, Any], error: Exception, *, new: bool
) -> DetailsForm:
    """The form with what was changed on it upon what is saved now, and what both changed."""
    base = draft_merging.base_from(request.POST.get("base", "")) or {}
    both = _details(draft.document) | draft_merging.changed_fields(typed, base)
    form = DetailsForm(
        both | {"overall_grade": "yes" if both["overall_grade"] else "no"}, document=draft.document, new=new
    )
    form.is_valid()
    form.refuse(drafting.TemplateError(f"{error} What you typed is below; save again to keep it."))
    for clash in getattr(error, "clashes", []):
        form.refuse(drafting.TemplateError(f"Saved now: {clash.theirs or 'nothing'}", field=clash.name))
    return form


def _details(document: Document) -> dict[str, Any]:
    return {name: document.get(name) for name in DETAILS}


@require_http_methods(["GET", "HEAD"])
@published_instead
def compare_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """What a draft changes against the version it is based on, or the latest one of its template."""
    draft = get_draft(request, pk)
    before = publishing.next_version(draft.code).before or draft.based_on
    context: dict[str, Any] = {"draft": draft, "before": before}
    if before is not None:
        context["comparison"] = comparing.compare(document_of(before), published(draft.document, number=before.number))
    return render(request, "audits/template_compare.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@published_instead
def publish_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what publishing means, and publish."""
    draft = get_draft(request, pk)
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = request.POST.get("revision", "")
        revision = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 0
        try:
            note = form.cleaned_data["note"]
            version = publishing.publish(draft, revision=revision, note=note, by=request.user, at=timezone.now())
        except drafting.TemplateError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{version} is published. Months that you set up from now on offer it.")
            return redirect("audits:template", version.template.code, version.number)
    return render(request, "audits/draft_publish.html", _about_publishing(draft) | {"form": form})


def _about_publishing(draft: TemplateDraft) -> dict[str, Any]:
    following = publishing.next_version(draft.code)
    before = following.before
    after = published(draft.document, number=following.number)
    return {
        "draft": draft,
        "number": following.number,
        "before": before,
        "gaps": checking.gaps(draft.document, scales=catalogue.scale_codes()),
        "warnings": _warnings(draft.document, following),
        "comparison": comparing.compare(document_of(before), after) if before else None,
        "months": catalogue.months_that_have(before) if before else [],
        "unfinished": catalogue.unfinished_with(draft.code),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@published_instead
def discard_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask, then throw a draft away."""
    draft = get_draft(request, pk)
    if request.method == "POST":
        drafting.discard(draft, by=request.user, at=timezone.now())
        messages.success(request, f"The draft “{draft.name}” is thrown away. Published versions stay.")
        return redirect("audits:templates")
    return render(request, "audits/draft_discard.html", {"draft": draft})


@require_http_methods(["GET", "HEAD"])
@published_instead
def draft_workbook(request: StaffRequest, pk: int) -> HttpResponse:
    """The workbook of a draft, to be changed and read in again."""
    draft = get_draft(request, pk)
    return workbook(sheet_writing.workbook_of(draft.document), f"{draft.code}-draft")
