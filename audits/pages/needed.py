"""What each page still needs before the audit can be submitted, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from audits.models import Audit
from audits.pages.asked import draft_form, prefilled
from audits.pages.child_then import case_of
from audits.pages.judged import prompt_problems
from audits.pages.left import left_in_section, left_of_theme, left_on_page, shortened
from audits.pages.listed import Content, PageState, Problem, child_of, is_adult, page_codes, title_of
from audits.pages.sections import section_problems, set_aside_reason
from audits.pages.timescale_days import all_are_days
from audits.structure import AuditForm, SectionForm


def problems_of(
    code: str, content: Content, *, audit: Audit, form: AuditForm, today: date | None = None
) -> list[Problem]:
    """What one page still needs before the audit can be submitted; with `today`, that no date is still to come."""
    section = form.section(code)
    if section:
        found = section_problems(section, content, **child_of(audit))
    else:
        found = draft_form(code, content, audit=audit, form=form, today=today).problems()
    return [Problem(code, name, message) for name, message in found.items()]


def unanswered(content: Content, *, questions: Sequence[str]) -> list[str]:
    """The questions of the month without an answer: never needed to submit, but worth saying."""
    return [asked for number, asked in enumerate(questions, 1) if not content.get(f"q{number}", "").strip()]


def _typed(content: Content) -> bool:
    return any(bool(value) for value in content.values())


def states(
    audit: Audit, contents: dict[str, Content], *, form: AuditForm, today: date | None = None
) -> list[PageState]:
    """How far every page is, from the answers alone."""
    codes = page_codes(form, audit.questions)
    found = [_state(code, contents.get(code), audit=audit, form=form, today=today) for code in codes]
    asked = prompt_problems(contents, form=form, **child_of(audit), adult=is_adult(audit, today=today))
    return [_still_asked(state, asked) if state.code == "overall" else state for state in found]


def _still_asked(state: PageState, asked: list[Problem]) -> PageState:
    """The page on the overall judgement with the questions that stand and have no answer yet."""
    how_far = "in_progress" if asked and state.state == "completed" else state.state
    there = {problem.name for problem in state.problems}
    more = [problem for problem in asked if problem.name not in there]
    problems = [*state.problems, *more]
    return replace(state, state=how_far, problems=problems, hint=left_on_page(problems, state=how_far))


def _state(code: str, content: Content | None, *, audit: Audit, form: AuditForm, today: date | None) -> PageState:
    title = title_of(code, form, adult=is_adult(audit, today=today))
    problems = problems_of(code, content or prefilled(code, case_of(audit)), audit=audit, form=form, today=today)
    how_far = _how_far(code, content, problems, audit=audit)
    section = form.section(code)
    if section:
        return _section_state(section, content or {}, PageState(code, title, how_far, problems), audit=audit, form=form)
    if code == "theme":
        hint = left_of_theme(content or {}, audit=audit, state=how_far)
    else:
        hint = left_on_page(problems, state=how_far)
    return PageState(code, title, how_far, problems, hint)


def _how_far(code: str, content: Content | None, problems: list[Problem], *, audit: Audit) -> str:
    if content is None or not _typed(content):
        return "not_started"
    unfinished = code == "theme" and unanswered(content, questions=audit.questions)
    if problems or unfinished or (code == "timescales" and not all_are_days(content)):
        return "in_progress"
    return "completed"


def _section_state(
    section: SectionForm, content: Content, state: PageState, *, audit: Audit, form: AuditForm
) -> PageState:
    child = child_of(audit)
    reason = set_aside_reason(section, content, **child)
    if reason and state.problems:
        return replace(state, state="in_progress", hint=left_on_page(state.problems, state="in_progress"))
    if reason:
        return replace(state, state="set_aside", hint=shortened(reason))
    return replace(state, hint=left_in_section(section, content, form=form, child=child, state=state.state))
