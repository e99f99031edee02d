"""The parts of a draft, a page each: a section, a guidance area, the questions. Whatever is typed is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from audits.forms import template_posts
from audits.models import Plan, TemplateDraft
from audits.templates_made import catalogue, checking, draft_merging, editing, section_saving
from audits.templates_made.document import Document, Part, area_of, section_of
from audits.templates_made.drafting import ChangedMeanwhile, fingerprint
from audits.views.draft_words import done_to_standard, saved
from audits.views.kept import TooLate
from audits.views.template_access import change, get_draft, published_instead
from people.requests import StaffRequest
from people.wording import label

PLANS = [(plan, label("plans", plan)) for plan in Plan.values if plan != Plan.CLOSED]
BLANK_QUESTIONS = 2

Put = Callable[..., None]  # puts what was typed into a document; with `anyway`, also where others changed the same
Shown = Callable[[Document], Any]  # what a page shows of a document
Page = Callable[..., HttpResponse]


@require_http_methods(["GET", "HEAD", "POST"])
@published_instead
def draft_section(request: StaffRequest, pk: int, section: str) -> HttpResponse:
    """A section of a draft with its standards. Every button saves what is typed and then does what it says."""
    draft = get_draft(request, pk)
    if section_of(draft.document, section) is None:
        _gone(request, draft)

    def part(document: Document) -> Any:
        return section_of(document, section)

    if request.method == "POST":
        typed, base = template_posts.section_from(request.POST), _base(request)

        def put(document: Document, *, anyway: bool = False) -> None:
            changes = draft_merging.section_changes(typed, base) if base else typed
            found = _there(part(document))
            if base and not anyway:
                draft_merging.demand_none(draft_merging.section_clashes(changes, base=base, now=found))
            section_saving.put_section(document, section, replace(changes, added=[]) if anyway else changes)
            if not anyway:
                _do(document, section, request)

        return _save(request, draft, put, part, reverse("audits:draft_section", args=[pk, section]), _section_page)
    return _section_page(request, draft, part)


def _base(request: StaffRequest) -> Part | None:
    return draft_merging.base_from(request.POST.get("base", ""))


def _there(part: Part | None) -> Part:
    """A part of the draft. Raises ChangedMeanwhile where it was taken out while the page was being saved."""
    if part is None:
        raise ChangedMeanwhile("This part of the draft was removed meanwhile, perhaps in another tab.")
    return part


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


def _save(request: StaffRequest, draft: TemplateDraft, put: Put, part: Shown, address: str, page: Page) -> HttpResponse:
    """Save a page and go on; where somebody else has changed the same, show both, with what to do."""
    try:
        draft = change(request, draft, put, part=None if _base(request) else part)
    except ChangedMeanwhile as error:
        return _not_saved(request, draft, put, part, page, error)
    do, _, code = request.POST.get("do", "").partition(":")
    if do == "done":
        messages.success(request, saved(len(_gaps(draft.document))))
        return redirect("audits:template_draft", draft.pk)
    if told := done_to_standard(draft.document, do, code):
        messages.success(request, told)
    if do in {"up", "down"}:
        return redirect(f"{address}#standard-{code}")
    if do == "remove":
        return redirect(f"{address}?removed={code}#standards")
    here = _gaps_here(draft.document, part)
    if not told:
        messages.success(request, saved(len(here)))
    return redirect(f"{address}{'?check' if here else ''}{'#standards' if do in {'back', 'add'} and not here else ''}")


def _not_saved(
    request: StaffRequest, draft: TemplateDraft, put: Put, part: Shown, page: Page, error: ChangedMeanwhile
) -> HttpResponse:
    """The page with what was typed, and what is saved now where both changed the same."""
    fresh = get_draft(request, draft.pk)
    stored = part(fresh.document)
    if stored is None:
        _gone(request, fresh)
    fresh.document = editing.changed(fresh.document, lambda document: put(document, anyway=True))
    clashes = error.clashes if isinstance(error, draft_merging.Clashing) else []
    return page(request, fresh, part, conflict=str(error), clashes=clashes, stored=stored, status=409)


def _gone(request: StaffRequest, draft: TemplateDraft) -> NoReturn:
    """The part is not in the draft: an address that never was (Http404), or removed in another tab (TooLate)."""
    if request.method != "POST":
        raise Http404
    contents = reverse("audits:template_draft", args=[draft.pk])
    why = "This part of the draft was removed meanwhile. Put it back to go on with it."
    raise TooLate(why, see=contents, see_text="Go to the contents of the draft")


def _page(
    request: StaffRequest,
    draft: TemplateDraft,
    part: Shown,
    *,
    conflict: str = "",
    clashes: list[draft_merging.Clash] | None = None,
    stored: Any = None,
) -> dict[str, Any]:
    """What every page of a part is drawn with: what it shows, what is missing, what clashes with another tab."""
    current = part(draft.document)
    here = _gaps_here(draft.document, part)
    faults = {gap.name: gap.text for gap in here} if "check" in request.GET else {}
    return {
        "draft": draft,
        "plans": PLANS,
        "shown": fingerprint(stored or current),
        "base": draft_merging.base_of(stored or current),
        "conflict": conflict,
        "clashes": clashes or [],
        "missing": len(here),
        "problems": [{"text": gap.text, "target": gap.target} for gap in here] if faults else [],
        "faults": faults | {clash.name: f"Saved now: {clash.theirs or 'nothing'}" for clash in clashes or []},
    }


def _gaps(document: Document) -> list[checking.Gap]:
    return checking.gaps(document, scales=catalogue.scale_codes())


def _gaps_here(document: Document, part: Shown) -> list[checking.Gap]:
    """What is missing on one page."""
    shown = part(document)
    if "outcome" in shown:
        return [gap for gap in _gaps(document) if gap.part == checking.QUESTIONS]
    about = checking.SECTIONS if "standards" in shown else checking.GUIDANCE
    return [gap for gap in _gaps(document) if (gap.part, gap.code) == (about, shown["code"])]


def _section_page(
    request: StaffRequest, draft: TemplateDraft, part: Shown, *, status: int = 200, **how: Any
) -> HttpResponse:
    document, current = draft.document, part(draft.document)
    places = [one["code"] for one in document["sections"]]
    following = places.index(current["code"]) + 1
    removed = [one for one in document.get("removed", []) if one.get("section") == current["code"]]
    context = {
        **_page(request, draft, part, **how),
        "section": current,
        "others": [one for one in document["sections"] if one is not current],
        "following": document["sections"][following] if following < len(places) else None,
        "removed": removed,
        "just_removed": next((one for one in removed if one["what"]["code"] == request.GET.get("removed")), None),
        "published_codes": _published_codes(draft),
        "to_add": request.POST.get("add", ""),
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


@require_http_methods(["GET", "HEAD", "POST"])
@published_instead
def draft_area(request: StaffRequest, pk: int, area: str) -> HttpResponse:
    """A guidance area of a draft."""
    draft = get_draft(request, pk)
    if area_of(draft.document, area) is None:
        _gone(request, draft)

    def part(document: Document) -> Any:
        found = area_of(document, area)
        return found and {"code": area, **draft_merging.area_as_typed(found)}

    if request.method == "POST":
        typed, base = template_posts.area_from(request.POST), _base(request)

        def put(document: Document, *, anyway: bool = False) -> None:
            now = _there(part(document))
            changes = draft_merging.changed_fields(typed, base) if base else typed
            if base and not anyway:
                draft_merging.demand_none(draft_merging.area_clashes(changes, base=base, now=now))
            section_saving.put_area(document, area, now | changes)

        return _save(request, draft, put, part, reverse("audits:draft_area", args=[pk, area]), _area_page)
    return _area_page(request, draft, part)


def _area_page(
    request: StaffRequest, draft: TemplateDraft, part: Shown, *, status: int = 200, **how: Any
) -> HttpResponse:
    context = {
        **_page(request, draft, part, **how),
        "area": part(draft.document),
        "sections": draft.document["sections"],
    }
    return render(request, "audits/draft_area.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@published_instead
def draft_questions(request: StaffRequest, pk: int) -> HttpResponse:
    """The questions that end an audit, those the worker is asked, and the one about outcomes."""
    draft = get_draft(request, pk)
    part = draft_merging.questions_as_typed
    if request.method == "POST":
        typed, base = template_posts.questions_from(request.POST), _base(request)
        do, _, rest = request.POST.get("do", "").partition(":")
        group, _, code = rest.partition(":")

        def put(document: Document, *, anyway: bool = False) -> None:
            merged: dict[str, Any] = typed
            found: list[draft_merging.Clash] = []
            if base:
                merged, found = draft_merging.questions_merged(typed, base=base, now=part(document))
            draft_merging.demand_none([] if anyway else found)
            section_saving.put_questions(document, merged)
            if do in {"up", "down"} and group in draft_merging.GROUPS and not anyway:
                editing.move(document[group], code, by=-1 if do == "up" else 1)

        return _save(request, draft, put, part, reverse("audits:draft_questions", args=[pk]), _questions_page)
    return _questions_page(request, draft, part)


def _questions_page(
    request: StaffRequest, draft: TemplateDraft, part: Shown, *, status: int = 200, **how: Any
) -> HttpResponse:
    current = part(draft.document)
    blank = [{"code": "", "label": "", "hint": "", "label_18_plus": "", "required": False}] * BLANK_QUESTIONS
    groups = [
        ("closing", "Questions that end the audit", "The auditor answers them after the last section."),
        ("reflection_questions", "Questions to the worker", "The worker gets them before the meeting."),
    ]
    context = {
        **_page(request, draft, part, **how),
        "outcome": current["outcome"],
        "grading_guidance": current["grading_guidance"],
        "groups": [
            {"name": name, "title": title, "hint": hint, "rows": [*current[name], *blank]}
            for name, title, hint in groups
        ],
    }
    return render(request, "audits/draft_questions.html", context, status=status)
