"""One section: what may be stored of it, what it still needs, how its standards were answered."""

from __future__ import annotations

from audits.pages.listed import Content
from audits.pages.texts import clean_text
from audits.structure import AuditForm, SectionForm

ANSWERS = ("yes", "no", "na")


def clean_section(section: SectionForm, content: Content, *, form: AuditForm) -> Content:
    """The part of what was sent that belongs in a section."""
    sent = content.get("answers")
    answers = sent if isinstance(sent, dict) else {}
    codes = [standard.code for standard in section.standards]
    return {
        "answers": {code: answers[code] for code in codes if answers.get(code) in ANSWERS},
        "grade": content.get("grade") if form.grade(content.get("grade")) else "",
        "rationale": clean_text(content.get("rationale")),
        "set_aside": clean_text(content.get("set_aside")),
    }


def section_problems(section: SectionForm, content: Content) -> dict[str, str]:
    """What a section still needs: input name to message; nothing where it is set aside."""
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


def counted(content: Content) -> dict[str, int]:
    """How the standards of a section were answered."""
    answers = list(content.get("answers", {}).values())
    return {answer: answers.count(answer) for answer in ANSWERS}
