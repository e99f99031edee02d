"""What was typed on the pages of a draft, read from the post as it is: a draft takes unfinished text, too."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.http import QueryDict

from audits.models import Plan
from audits.templates_made.document import Part, tidy
from audits.templates_made.section_saving import TypedSection


def section_from(post: QueryDict) -> TypedSection:
    """A section, its standards, and the lines that add new ones."""
    texts = ("title", "short_title", "rationale_prompt", "rationale_prompt_18_plus")
    fields: Part = {name: tidy(post.get(name, "")) for name in texts}
    fields |= {name: name in post for name in ("safety", "impact")} | _fit(post, "")
    rows = []
    for place in count():
        stem = f"standards__{place}__"
        if f"{stem}code" not in post:
            break
        row = {name: tidy(post.get(stem + name, "")) for name in ("code", "text", "text_18_plus", "hint")}
        rows.append(row | _fit(post, stem))
    lines = tidy(post.get("add", "")).split("\n")
    return TypedSection(fields, rows, [line.strip() for line in lines if line.strip()])


def _fit(post: QueryDict, stem: str) -> Part:
    plans = [plan for plan in post.getlist(f"{stem}only_for") if plan in Plan.values]
    return {"only_for": plans} | {name: age(post.get(stem + name, "")) for name in ("from_age", "to_age")}


def age(typed: str) -> int | str | None:
    """An age in whole years; what is none stays as it was typed, and None stands for nothing."""
    text = typed.strip()
    if text.isascii() and text.isdecimal() and len(text) <= 3:
        return int(text)
    return tidy(text) or None


def area_from(post: QueryDict) -> Part:
    """A guidance area."""
    return {
        "title": post.get("title", ""),
        "beside": post.getlist("beside"),
        "only_for": [plan for plan in post.getlist("only_for") if plan in Plan.values],
        "factors": post.get("factors", ""),
    }


def questions_from(post: QueryDict) -> dict[str, Any]:
    """The question about outcomes, the guidance on the overall grade, closing and reflection questions."""
    names = ("label", "label_18_plus", "hint")
    return {
        "outcome": {name: post.get(f"outcome__{name}", "") for name in names},
        "grading_guidance": post.get("grading_guidance", ""),
        **{group: _rows(post, group) for group in ("closing", "reflection_questions")},
    }


def _rows(post: QueryDict, group: str) -> list[Part]:
    rows = []
    for place in count():
        stem = f"{group}__{place}__"
        if f"{stem}label" not in post:
            break
        row: Part = {name: tidy(post.get(stem + name, "")) for name in ("code", "label", "label_18_plus", "hint")}
        rows.append(row | {"required": f"{stem}required" in post})
    return rows
