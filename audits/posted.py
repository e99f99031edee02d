"""What a posted form says, in the shape in which a page's content is kept: answers__S1-01, household__0__name."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from audits.filters import is_number

NOT_CONTENT = {"csrfmiddlewaretoken", "base_revision", "go", "undecided"}
CHOICE = "choice__"  # before the name of a question at which two texts stand side by side


def content_from_post(post: QueryDict) -> dict[str, Any]:
    """Nest the posted names: `a__b` becomes {"a": {"b": …}}, `a__0__b` becomes {"a": [{"b": …}]}."""
    content: dict[str, Any] = {}
    nested: dict[str, dict[str, str]] = {}
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for name in post:
        if name in NOT_CONTENT or name.startswith(CHOICE):
            continue
        value = str(post[name])
        head, _, rest = name.partition("__")
        number, _, field = rest.partition("__")
        if field and is_number(number):
            rows.setdefault(head, {}).setdefault(int(number), {})[field] = value
        elif rest:
            nested.setdefault(head, {})[rest] = value
        else:
            content[name] = value
    content |= nested
    for head, numbered in rows.items():
        content[head] = [numbered[number] for number in sorted(numbered)]
    return content


def revision_from_post(post: QueryDict) -> int:
    """The revision the writer started from; 0 where it is missing or no number."""
    posted = post.get("base_revision", "")
    return int(posted) if is_number(posted) else 0


def choices_from_post(post: QueryDict) -> dict[str, str]:
    """Which text is to be kept, by question; empty where two texts stand side by side and nothing was chosen."""
    return {name: str(post.get(CHOICE + name, "")) for name in post.getlist("undecided")}
