"""One section: whom it is for, what may be stored of it, what it still needs, how its standards were answered."""

from __future__ import annotations

from typing import Any

from audits.pages.fit_words import for_whom
from audits.pages.listed import Content
from audits.pages.texts import clean_text
from audits.structure import AuditForm, SectionForm, StandardForm

ANSWERS = ("yes", "no", "na")
NOTHING: Content = {}
SHORTEST_REASON = 10  # characters: “n/a” is no reason


def set_aside_reason(section: SectionForm, content: Content, *, plan: str, age: int | None) -> str:
    """Why a section needs no answers and no grade; empty where it is in use (A8).

    The auditor's own reason comes first. A section that does not suit the child's plan or age is set aside by
    itself, with the reason worked out and never stored, unless the auditor uses it all the same.
    """
    by_hand = str(content.get("set_aside") or "").strip()
    if by_hand or used_anyway(content) or section.fit.suits(plan=plan, age=age):
        return by_hand
    return for_whom(section.fit)


def standards_in_use(
    section: SectionForm, *, plan: str, age: int | None, content: Content = NOTHING
) -> list[StandardForm]:
    """The standards of a section that are asked about this child (A8): all of them where it is used all the same."""
    if used_anyway(content):
        return list(section.standards)
    return [standard for standard in section.standards if standard.fit.suits(plan=plan, age=age)]


def used_anyway(content: Content) -> bool:
    """Whether the auditor uses what does not suit this child all the same."""
    return content.get("use_anyway") == "yes"


def answers_of(section: SectionForm, content: Content, *, plan: str, age: int | None) -> dict[str, str]:
    """Standard code to answer: of those in use what was answered, "na" for the others; none where it is set aside."""
    if set_aside_reason(section, content, plan=plan, age=age):
        return {}
    given = content.get("answers", {})
    asked = {standard.code for standard in standards_in_use(section, plan=plan, age=age, content=content)}
    answers = {s.code: given.get(s.code, "") if s.code in asked else "na" for s in section.standards}
    return {code: answer for code, answer in answers.items() if answer}


def counted(section: SectionForm, content: Content, *, plan: str, age: int | None) -> dict[str, int]:
    """How the standards of a section were answered; all zero where it is set aside."""
    answers = list(answers_of(section, content, plan=plan, age=age).values())
    return {answer: answers.count(answer) for answer in ANSWERS}


def clean_section(section: SectionForm, content: Content, *, form: AuditForm) -> Content:
    """The part of what was sent that belongs in a section."""
    codes = [standard.code for standard in section.standards]
    answers, comments = _mapping(content, "answers"), _mapping(content, "comments")
    written = {code: clean_text(comments.get(code)) for code in codes}
    return {
        "answers": {code: answers[code] for code in codes if answers.get(code) in ANSWERS},
        "comments": {code: text for code, text in written.items() if text},
        "grade": content.get("grade") if form.grade(content.get("grade")) else "",
        "worker_grade": content.get("worker_grade") if form.grade(content.get("worker_grade")) else "",
        "rationale": clean_text(content.get("rationale")),
        "set_aside": clean_text(content.get("set_aside")),
        "use_anyway": "yes" if content.get("use_anyway") == "yes" else "",
    }


def _mapping(content: Content, name: str) -> dict[str, Any]:
    sent = content.get(name)
    return sent if isinstance(sent, dict) else {}


def section_problems(section: SectionForm, content: Content, *, plan: str, age: int | None) -> dict[str, str]:
    """What a section still needs: input name to message; where it is set aside, only a reason that says something."""
    if reason := str(content.get("set_aside") or "").strip():
        return (
            {} if len(reason) >= SHORTEST_REASON else {"set_aside": "Say in a few words why this section does not fit"}
        )
    if set_aside_reason(section, content, plan=plan, age=age):
        return {}
    found: dict[str, str] = {}
    answers = content.get("answers", {})
    asked = standards_in_use(section, plan=plan, age=age, content=content)
    open_ = [standard for standard in asked if standard.code not in answers]
    if open_:
        found[f"answers__{open_[0].code}"] = f"Answer every standard: {len(open_)} of {len(asked)} still to do"
    if not content.get("grade"):
        found["grade"] = "Choose a grade for this section"
    if not content.get("rationale", "").strip():
        found["rationale"] = "Write why you chose this grade"
    return found
