"""What was typed on the pages of a draft, read from the post as it is: a draft takes unfinished text, too."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from django.http import QueryDict

from audits.models import Plan
from audits.templates_made.document import Part, tidy
from audits.templates_made.section_saving import TypedSection

BULLET = re.compile(
    # bullets, those of Word among them; a dash with a space behind it or a word; not the minus of -5
    r"^(?:[•·‣⁃◦∙▪▫●○■□➢➤✓✔\uf0a7\uf0b7\uf0d8\uf0fc]+|[-–—*]+(?![\d*-])|[-–—*]\s+|o\s+)\s*"
)
NUMBER = re.compile(
    r"""^(?:
        \(\s*(?:\d{1,3}|[A-Za-z]|[ivxIVX]{2,5})\s*\)       # (1) (a) (iv)
        | \d{1,3}(?:\.\d{1,2})*[.)](?=\s|[^\W\d_]|$)        # 1. 1) 1.2.
        | \d{1,2}(?:\.\d{1,2})+(?=\s+[A-Z])                # 1.2 The plan
        | (?:[a-z]|[ivx]{2,5})[.)](?=\s|$) | [A-Z]\)(?=\s|$) # a. a) ii. A)
    )\s*""",
    re.VERBOSE,
)


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
    lines = (without_marker(line) for line in tidy(post.get("add", "")).split("\n"))
    return TypedSection(fields, rows, [line for line in lines if line])


def without_marker(line: str) -> str:
    """A line of a pasted list without its bullet, dash or number; numbers that belong to the sentence stay."""
    return NUMBER.sub("", BULLET.sub("", line.strip(), count=1), count=1).strip()


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
