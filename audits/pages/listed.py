"""Which pages an audit form has, in which order, under which names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict

from audits.deadlines import london_date
from audits.models import Audit
from audits.pages.child_then import case_of
from audits.structure import ADULT, AuditForm

Content = dict[str, Any]  # what is typed on one page
TITLES = {
    "overview": "Child and family",
    "meeting": "Meeting with the worker",
    "child": "The child’s views",
    "parent": "A parent’s or carer’s views",
    "timescales": "Timescales",
    "theme": "Questions of the month",
    "overall": "Overall judgement",
}
OPTIONAL = {"timescales"}
TITLES_FROM_18 = {
    "overview": "Young person and family",
    "child": "The young person’s views",
    "parent": "A parent’s, carer’s or supporter’s views",
}


class Child(TypedDict):
    """What decides which sections and standards suit a child (A8); handed on as keywords."""

    plan: str
    age: int | None


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
    hint: str = ""  # what is left, in a few words

    @property
    def is_optional(self) -> bool:
        """Whether the page may stay empty."""
        return self.code in OPTIONAL


def page_codes(form: AuditForm, questions: Sequence[str] = ()) -> list[str]:
    """The pages in the order in which they are offered; that of the month's theme only where it asks something."""
    sections = [section.code for section in form.sections]
    month = ["theme"] if questions else []
    return ["overview", "meeting", "child", "parent", *sections, "timescales", *month, "overall"]


def title_of(code: str, form: AuditForm, *, adult: bool = False) -> str:
    """The heading of a page; `adult` where the young person is 18 or over."""
    section = form.section(code)
    if section:
        return f"{section.number}. {section.title}"
    return (adult and TITLES_FROM_18.get(code)) or TITLES[code]


def age_of(audit: Audit) -> int | None:
    """How old the child was at the end of the time under review; None where the date of birth is not known.

    Of a submitted audit by the date of birth it was submitted with (architecture, rule 11).
    """
    return case_of(audit).age_on(audit.window_end)


def child_of(audit: Audit) -> Child:
    """The plan and the age by which sections and standards are set aside."""
    return Child(plan=audit.plan, age=age_of(audit))


def age_now(audit: Audit, *, today: date | None) -> int | None:
    """How old the child is today, or was when the audit was submitted; without `today` as `age_of`.

    Whom an auditor may speak with, and what the questions call the child, goes by this, and not by the time under
    review: a young person who has turned 18 since decides for themselves (A4, A8).
    """
    day = london_date(audit.submitted_at) if audit.submitted_at else today
    return case_of(audit).age_on(day or audit.window_end)


def is_adult(audit: Audit, *, today: date | None = None) -> bool:
    """Whether the young person is 18 or over, as `age_now` (A8)."""
    age = age_now(audit, today=today)
    return age is not None and age >= ADULT
