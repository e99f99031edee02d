"""What each page still needs before the audit can be submitted, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence

from audits.models import Audit
from audits.pages.asked import draft_form, prefilled
from audits.pages.listed import Content, PageState, Problem, page_codes, title_of
from audits.pages.sections import section_problems
from audits.structure import AuditForm


def problems_of(code: str, content: Content, *, audit: Audit, form: AuditForm) -> list[Problem]:
    """What one page still needs before the audit can be submitted."""
    section = form.section(code)
    if section:
        found = section_problems(section, content)
    else:
        found = draft_form(code, content, audit=audit, form=form).problems()
    return [Problem(code, name, message) for name, message in found.items()]


def unanswered(content: Content, *, questions: Sequence[str]) -> list[str]:
    """The questions of the month without an answer: never needed to submit, but worth saying."""
    return [asked for number, asked in enumerate(questions, 1) if not content.get(f"q{number}", "").strip()]


def _typed(content: Content) -> bool:
    return any(bool(value) for value in content.values())


def states(audit: Audit, contents: dict[str, Content], *, form: AuditForm) -> list[PageState]:
    """How far every page is, from the answers alone."""
    return [_state(code, contents.get(code), audit=audit, form=form) for code in page_codes(form, audit.questions)]


def _state(code: str, content: Content | None, *, audit: Audit, form: AuditForm) -> PageState:
    title = title_of(code, form)
    problems = problems_of(code, content or prefilled(code, audit.case), audit=audit, form=form)
    if content is None or not _typed(content):
        return PageState(code, title, "not_started", problems)
    if problems or (code == "theme" and unanswered(content, questions=audit.questions)):
        return PageState(code, title, "in_progress", problems)
    return PageState(code, title, "set_aside" if content.get("set_aside") else "completed", [])
