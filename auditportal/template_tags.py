"""Tags of the pages on which templates are made: names of inputs, what is wrong, where a standard comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audits.pages.fit_words import for_whom
from audits.structure import AuditForm, Fit, Guidance, SectionForm

register = template.Library()


@register.filter("for_whom")
def whom(fit: Fit) -> str:
    """Whom a section or standard is for; "" where it is for every child."""
    return "" if fit == Fit() else for_whom(fit)


@register.simple_tag
def guidance_once(form: AuditForm) -> list[dict[str, Any]]:
    """Every section with its guidance areas; each area tells the section where it is written out first."""
    first: dict[Guidance, tuple[int, SectionForm]] = {}
    rows: list[dict[str, Any]] = []
    for section in form.sections:
        areas = []
        for area in section.guidance:
            place, where = first.setdefault(area, (len(first) + 1, section))
            areas.append({"area": area, "id": f"guidance-{place}", "elsewhere": None if where is section else where})
        rows.append({"section": section, "areas": areas})
    return rows


@register.simple_tag
def draft_stem(place: int) -> str:
    """What the names of a standard's inputs begin with."""
    return f"standards__{place}__"


@register.simple_tag
def draft_fault(faults: Mapping[str, str], stem: str, name: str) -> SafeString | str:
    """What is wrong with an input, above it; nothing where it is in order."""
    text = faults.get(f"{stem}{name}") if faults else ""
    if not text:
        return ""
    hidden = format_html('<span class="govuk-visually-hidden">{}</span>', "Error:")
    return format_html('<p class="govuk-error-message">{} {}</p>', hidden, text)


@register.simple_tag
def draft_open(faults: Mapping[str, str], stem: str) -> str:
    """Opens the rest of a standard where something in it is wrong."""
    names = {name for name in faults or {} if name.startswith(stem)}
    return " open" if names - {f"{stem}text"} else ""


@register.simple_tag
def draft_question_fault(faults: Mapping[str, str], group: str, place: int) -> SafeString | str:
    """What is wrong with a question."""
    return draft_fault(faults, f"{group}__{place}__", "label")


@register.simple_tag
def draft_origin(published: Mapping[str, str], standard: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a standard's code is published, and the wording it was published with where that differs."""
    before = published.get(standard["code"])
    differs = before is not None and before.split() != standard["text"].split()
    return {"published": before is not None, "reworded": before if differs else ""}


@register.simple_tag
def draft_more(standard: Mapping[str, Any]) -> str:
    """What opens the rest of a standard: what is set there, or what could be."""
    names = {
        "text_18_plus": "wording from 18",
        "hint": "a hint",
        "only_for": "plans",
        "from_age": "an age",
        "to_age": "an age",
    }
    found = [words for name, words in names.items() if standard.get(name) not in (None, "", [])]
    told = ", ".join(dict.fromkeys(found))
    return f"More (has {told})" if told else "Wording from 18, hint, whom it is for, its section and code"
