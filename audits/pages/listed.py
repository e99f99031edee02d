"""Which pages an audit form has, in which order, under which names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from audits.models import Audit
from audits.structure import ADULT, AuditForm

Content = dict[str, Any]  # what is typed on one page
TITLES = {
    "overview": "Child and family",
    "meeting": "Meeting with the worker",
    "child": "The child’s views",
    "parent": "A parent’s or carer’s views",
    "theme": "Questions of the month",
    "overall": "Overall judgement",
}


@dataclass(frozen=True)
class Problem:
    """What still stands in the way on one page: the input it belongs to, and a message."""

    page: str
    name: str
    message: str


@dataclass(frozen=True)
class PageState:
    """How far one page is."""

    code: str
    title: str
    state: str  # not_started, in_progress, completed, set_aside
    problems: list[Problem] = field(default_factory=list)


def page_codes(form: AuditForm, questions: Sequence[str] = ()) -> list[str]:
    """The pages in the order in which they are offered; that of the month's theme only where it asks something."""
    sections = [section.code for section in form.sections]
    return ["overview", "meeting", "child", "parent", *sections, *(["theme"] if questions else []), "overall"]


def title_of(code: str, form: AuditForm) -> str:
    """The heading of a page."""
    section = form.section(code)
    return f"{section.number}. {section.title}" if section else TITLES[code]


def is_adult(audit: Audit) -> bool:
    """Whether the young person was 18 or over when the audit was allocated (A8)."""
    age = audit.case.age_on(audit.window_end)
    return age is not None and age >= ADULT
