"""The parts of a draft, a page each: a section, a guidance area, the questions. Whatever is typed is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from audits.forms import template_posts
from audits.models import Plan, TemplateDraft
from audits.templates_made import catalogue, checking, editing, section_saving
from audits.templates_made.document import Document, area_of, section_of
from audits.templates_made.drafting import ChangedMeanwhile, fingerprint
from audits.views.template_access import change, get_draft
from people.requests import StaffRequest
from people.wording import label

PLANS = [(plan, label("plans", plan)) for plan in Plan.values if plan != Plan.CLOSED]
QUESTIONS = ("outcome_question", "grading_guidance", "closing", "reflection_questions")
BLANK_QUESTIONS = 2


@require_http_methods(["GET", "HEAD", "POST"])
def draft_section(request: StaffRequest, pk: int, section: str) -> HttpResponse:
    """A section of a draft with its standards. Every button saves what is typed and then does what it says."""
    draft = get_draft(request, pk)
    if section_of(draft.document, section) is None:
        return _gone(request, draft)

    def part(document: Document) -> Any:
        return section_of(document, section)

    if request.method == "POST":
        typed = template_posts.section_from(request.POST)

        def put(document: Document) -> None:
            section_saving.put_section(document, section, typed)
            _do(document, section, request)

        return _save(request, draft, put, part, reverse("audits:draft_section", args=[pk, section]), _section_page)
    return _section_page(request, draft, part, section=section)


def _do(document: Document, code: str, request: StaffRequest) -> None:
    """What the button of a standard asks for, after the page is saved."""
    do, _, standard = request.POST.get("do", "").partition(":")
    section = section_of(document, code)
    if section is None:
        return
    if do in {"up", "down"}:
        editing.move(section["standards"], standard, by=-1 if do == "up" else 1)
    elif do == "remove":
        editing.remove_standard(document, section, standard)
    elif do == "new_code":
        editing.new_code(document, section, standard)
    elif do == "move":
        editing.move_to_section(document, section, standard, to=request.POST.get(f"to__{standard}", ""))
    elif do == "back":
        editing.put_back(document, "standard", standard)


def _save(
    request: StaffRequest,
    draft: TemplateDraft,
    put: Callable[[Document], None],
    part: Callable[[Document], Any],
    address: str,
    page: Callable[..., HttpResponse],
) -> HttpResponse:
    """Save a page and go on; where somebody else has changed it meanwhile, show what was typed with what to do."""
    do, _, code = request.POST.get("do", "").partition(":")
    try:
        change(request, draft, put, part=part)
    except ChangedMeanwhile as error:
        shown = fingerprint(part(draft.document))
        typed = editing.changed(draft.document, put)
        draft.document = typed
        return page(request, draft, part, conflict=str(error), shown=shown, status=409)
    if do == "done":
        return redirect("audits:template_draft", draft.pk)
    if do not in {"up", "down"}:
        messages.success(request, "Saved.")
    anchor = f"#standard-{code}" if do in {"up", "down"} else "#standards" if do in {"remove", "back", "add"} else ""
    return redirect(f"{address}{anchor}")


def _gone(request: StaffRequest, draft: TemplateDraft) -> HttpResponse:
    """The part is not in the draft: an address that never was, or removed in another tab."""
    if request.method != "POST":
        raise Http404
    messages.error(request, "This part of the draft was removed meanwhile. Put it back to go on with it.")
    return redirect("audits:template_draft", draft.pk)


def _section_page(
    request: StaffRequest,
    draft: TemplateDraft,
    part: Callable[[Document], Any],
    *,
    section: str = "",
    conflict: str = "",
    shown: str = "",
    status: int = 200,
) -> HttpResponse:
    document = draft.document
    current = part(document)
    places = [one["code"] for one in document["sections"]]
    following = places.index(current["code"]) + 1
    context = {
        "draft": draft,
        "section": current,
        "others": [one for one in document["sections"] if one is not current],
        "following": document["sections"][following] if following < len(places) else None,
        "removed": [one for one in document.get("removed", []) if one.get("section") == current["code"]],
        "published_codes": _published_codes(draft),
        "plans": PLANS,
        "shown": shown or fingerprint(current),
        "conflict": conflict,
        **_missing(request, document, checking.SECTIONS, current["code"]),
    }
    return render(request, "audits/draft_section.html", context, status=status)


def _published_codes(draft: TemplateDraft) -> dict[str, str]:
    """The wording each code has in the version the draft is based on."""
    base = draft.based_on
    if base is None or base.template.code != draft.code:
        return {}
    return {
        standard["code"]: standard["text"]
        for section in base.document.get("sections", [])
        for standard in section["standards"]
    }


def _missing(request: StaffRequest, document: Document, part: str, code: str = "") -> dict[str, Any]:
    """What is missing on a page: beside the inputs and above, where somebody came to see to it; counted otherwise."""
    found = checking.gaps(document, scales=catalogue.scale_codes())
    here = [gap for gap in found if gap.part == part and gap.code == code]
    if "check" not in request.GET:
        return {"missing": len(here), "faults": {}}
    problems = [{"text": gap.text, "target": gap.target} for gap in here]
    return {"missing": len(here), "problems": problems, "faults": {gap.name: gap.text for gap in here}}


@require_http_methods(["GET", "HEAD", "POST"])
def draft_area(request: StaffRequest, pk: int, area: str) -> HttpResponse:
    """A guidance area of a draft."""
    draft = get_draft(request, pk)
    if area_of(draft.document, area) is None:
        return _gone(request, draft)

    def part(document: Document) -> Any:
        return area_of(document, area)

    if request.method == "POST":
        typed = template_posts.area_from(request.POST)

        def put(document: Document) -> None:
            section_saving.put_area(document, area, typed)

        return _save(request, draft, put, part, reverse("audits:draft_area", args=[pk, area]), _area_page)
    return _area_page(request, draft, part)


def _area_page(
    request: StaffRequest,
    draft: TemplateDraft,
    part: Callable[[Document], Any],
    *,
    conflict: str = "",
    shown: str = "",
    status: int = 200,
) -> HttpResponse:
    current = part(draft.document)
    context = {
        "draft": draft,
        "area": current,
        "factors": section_saving.factors_as_typed(current),
        "sections": draft.document["sections"],
        "plans": PLANS,
        "shown": shown or fingerprint(current),
        "conflict": conflict,
        **_missing(request, draft.document, checking.GUIDANCE, current["code"]),
    }
    return render(request, "audits/draft_area.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_questions(request: StaffRequest, pk: int) -> HttpResponse:
    """The questions that end an audit, those the worker is asked, and the one about outcomes."""
    draft = get_draft(request, pk)
    if request.method == "POST":
        typed = template_posts.questions_from(request.POST)
        do, _, rest = request.POST.get("do", "").partition(":")
        group, _, code = rest.partition(":")

        def put(document: Document) -> None:
            section_saving.put_questions(document, typed)
            if do in {"up", "down"} and group in {"closing", "reflection_questions"}:
                editing.move(document[group], code, by=-1 if do == "up" else 1)

        return _save(request, draft, put, _questions, reverse("audits:draft_questions", args=[pk]), _questions_page)
    return _questions_page(request, draft, _questions)


def _questions(document: Document) -> Any:
    return {name: document[name] for name in QUESTIONS}


def _questions_page(
    request: StaffRequest,
    draft: TemplateDraft,
    part: Callable[[Document], Any],
    *,
    conflict: str = "",
    shown: str = "",
    status: int = 200,
) -> HttpResponse:
    current = part(draft.document)
    blank = [{"code": "", "label": "", "hint": "", "label_18_plus": "", "required": False}] * BLANK_QUESTIONS
    groups = [
        ("closing", "Questions that end the audit", "The auditor answers them after the last section."),
        ("reflection_questions", "Questions to the worker", "The worker gets them before the meeting."),
    ]
    context = {
        "draft": draft,
        "outcome": current["outcome_question"],
        "grading_guidance": "\n".join(current["grading_guidance"]),
        "groups": [
            {"name": name, "title": title, "hint": hint, "rows": [*current[name], *blank]}
            for name, title, hint in groups
        ],
        "shown": shown or fingerprint(current),
        "conflict": conflict,
        **_missing(request, draft.document, checking.QUESTIONS),
    }
    return render(request, "audits/draft_questions.html", context, status=status)
