"""The pages of an audit form: which there are, what may be stored, and what each still needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from audits.forms import LONGEST_TEXT, ContactForm, DraftForm, MeetingForm, OverallForm, OverviewForm, ThemeForm
from audits.models import Audit, Case, Plan
from audits.structure import ADULT, AuditForm, SectionForm
from grading.rules import Prompt, SectionGrade, StandardsAnswered, Suggestion, prompts, suggest_overall

ANSWERS = ("yes", "no", "na")
ROW_FIELDS = ("relationship", "name", "age", "gender", "ethnicity", "language")
ROW_GROUPS = ("household", "others")
ROW_TITLES = {"household": "People in the household", "others": "Others who matter to the child"}
LONGEST_ROW = 200  # characters
MOST_ROWS = 30
TITLES = {
    "overview": "Child and family",
    "meeting": "Meeting with the worker",
    "child": "The child’s views",
    "parent": "A parent’s or carer’s views",
    "theme": "Questions of the month",
    "overall": "Overall judgement",
}

Content = dict[str, Any]


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


def draft_form(code: str, content: Content, *, audit: Audit, form: AuditForm, show_errors: bool = False) -> DraftForm:
    """The form of a page that is not a section."""
    if code == "overview":
        return OverviewForm(content, show_errors=show_errors)
    if code == "meeting":
        return MeetingForm(content, form=form, show_errors=show_errors)
    if code == "theme":
        return ThemeForm(content, questions=audit.questions, show_errors=show_errors)
    if code == "overall":
        return OverallForm(content, form=form, adult=is_adult(audit), show_errors=show_errors)
    parent_first = code == "child" and audit.plan in {Plan.CHILD_IN_NEED, Plan.CHILD_PROTECTION}
    return ContactForm(content, person=code, parent_first=parent_first, show_errors=show_errors)


def prefilled(code: str, case: Case) -> Content:
    """What a page holds before anything was typed: child and family come from the case."""
    if code != "overview":
        return {}
    disability = {True: "yes", False: "no", None: ""}[case.disability]
    return {
        "child_name": case.child_name,
        "gender": case.gender,
        "ethnicity": case.ethnicity,
        "primary_language": case.primary_language,
        "disability": disability,
    }


# ------------------------------------------------------------------ what may be stored


def _clean_text(value: Any, *, longest: int = LONGEST_TEXT) -> str:
    text = value if isinstance(value, str) else ""
    text = text.encode("utf-8", "replace").decode()  # half a character, which no database takes
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")[:longest]


def _clean_rows(value: Any) -> list[dict[str, str]]:
    rows = value if isinstance(value, list) else []
    cleaned = [
        {name: _clean_text(row.get(name), longest=LONGEST_ROW) for name in ROW_FIELDS}
        for row in rows[:MOST_ROWS]
        if isinstance(row, dict)
    ]
    return [row for row in cleaned if any(row.values())]


@lru_cache(maxsize=256)
def _names_of(code: str, form: AuditForm) -> frozenset[str]:
    """Every name that an input of a page has; the same for every audit of a form."""
    forms: dict[str, Callable[[], DraftForm]] = {
        "overview": lambda: OverviewForm({}),
        "meeting": lambda: MeetingForm({}, form=form),
        "overall": lambda: OverallForm({}, form=form, adult=False),
    }
    return frozenset(forms.get(code, lambda: ContactForm({}, person=code))().names())


def clean_content(code: str, content: Any, *, form: AuditForm, questions: Sequence[str] = ()) -> Content:
    """The part of what was sent that belongs on this page, as plain text; unfinished and impossible values are kept.

    `questions` are those of the month's theme, where the audit has any.
    """
    content = content if isinstance(content, dict) else {}
    section = form.section(code)
    if section:
        return _clean_section(section, content, form=form)
    names = [f"q{number}" for number in range(1, len(questions) + 1)] if code == "theme" else _names_of(code, form)
    cleaned: Content = {name: _clean_text(content.get(name)) for name in sorted(names)}
    if code == "overview":
        cleaned |= {group: _clean_rows(content.get(group)) for group in ROW_GROUPS}
    return cleaned


def _clean_section(section: SectionForm, content: Content, *, form: AuditForm) -> Content:
    sent = content.get("answers")
    answers = sent if isinstance(sent, dict) else {}
    codes = [standard.code for standard in section.standards]
    return {
        "answers": {code: answers[code] for code in codes if answers.get(code) in ANSWERS},
        "grade": content.get("grade") if form.grade(content.get("grade")) else "",
        "rationale": _clean_text(content.get("rationale")),
        "set_aside": _clean_text(content.get("set_aside")),
    }


# ------------------------------------------------------------------ what is still needed


def _section_problems(section: SectionForm, content: Content) -> dict[str, str]:
    if content.get("set_aside", "").strip():
        return {}
    found: dict[str, str] = {}
    answers = content.get("answers", {})
    open_ = [standard for standard in section.standards if standard.code not in answers]
    if open_:
        found[f"answers__{open_[0].code}"] = (
            f"Answer every standard: {len(open_)} of {len(section.standards)} still to do"
        )
    if not content.get("grade"):
        found["grade"] = "Choose a grade for this section"
    if not content.get("rationale", "").strip():
        found["rationale"] = "Write why you chose this grade"
    return found


def problems_of(code: str, content: Content, *, audit: Audit, form: AuditForm) -> list[Problem]:
    """What one page still needs before the audit can be submitted."""
    section = form.section(code)
    if section:
        found = _section_problems(section, content)
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


# ------------------------------------------------------------------ the overall grade


def section_grades(contents: dict[str, Content], *, form: AuditForm) -> list[SectionGrade]:
    """The section grades so far, for the rules of grading."""
    return [
        SectionGrade(
            section_code=section.number,
            title=section.short_title,
            grade=contents.get(section.code, {}).get("grade") or None,
            not_applicable=bool(contents.get(section.code, {}).get("set_aside", "").strip()),
            is_safety=section.is_safety,
            is_impact=section.is_impact,
        )
        for section in form.sections
    ]


def counted(content: Content) -> dict[str, int]:
    """How the standards of a section were answered."""
    answers = list(content.get("answers", {}).values())
    return {answer: answers.count(answer) for answer in ANSWERS}


def suggestion(contents: dict[str, Content], *, form: AuditForm) -> Suggestion:
    """The suggested overall grade with its reason."""
    outcomes = contents.get("overall", {}).get("outcomes") or None
    return suggest_overall(section_grades(contents, form=form), scale=form.scale, outcomes=outcomes)


def consistency_prompts(contents: dict[str, Content], *, form: AuditForm) -> list[Prompt]:
    """Questions where the answers do not seem to fit together."""
    standards = {}
    for section in form.sections:
        count = counted(contents.get(section.code, {}))
        standards[section.number] = StandardsAnswered(yes=count["yes"], no=count["no"])
    return prompts(
        section_grades(contents, form=form),
        contents.get("overall", {}).get("grade") or None,
        scale=form.scale,
        suggestion=suggestion(contents, form=form),
        standards=standards,
    )


def is_urgent(contents: dict[str, Content], *, form: AuditForm) -> bool:
    """Whether worker and manager must be told at once: an urgent overall grade; without one, any urgent section."""
    if form.overall_grade:
        choice = form.grade(contents.get("overall", {}).get("grade"))
        return choice is not None and choice.point.is_urgent
    grades = [form.grade(item.grade) for item in section_grades(contents, form=form) if not item.not_applicable]
    return any(choice is not None and choice.point.is_urgent for choice in grades)
