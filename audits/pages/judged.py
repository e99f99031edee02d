"""The overall judgement from the answers so far: suggestion, questions that ask, whether it is urgent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from audits.models import Outcomes, SafeNow
from audits.pages.listed import Content, Problem
from audits.pages.sections import NOTHING, counted, set_aside_reason
from audits.structure import AuditForm, GradeChoice
from audits.young_person import called
from grading.prompts import AnsweredIn, Prompt, StandardsAnswered, prompts
from grading.rules import Suggestion, suggest_overall
from grading.sections import SectionGrade


@dataclass(frozen=True, slots=True)
class Asked:
    """A question where answers do not fit together, with the input that answers it and what is written there."""

    prompt: Prompt
    name: str
    answer: str

    @property
    def own_box(self) -> bool:
        """Whether it has a box of its own, and not one that asks for the same reason anyway."""
        return self.prompt.answered_in == AnsweredIn.OWN

    @property
    def needed(self) -> bool:
        """Whether the audit waits for an answer."""
        return not self.prompt.gentle and not self.answer.strip()


def section_grades(contents: dict[str, Content], *, form: AuditForm, plan: str, age: int | None) -> list[SectionGrade]:
    """The section grades so far, for the rules of grading."""
    found = []
    for section in form.sections:
        content = contents.get(section.code, NOTHING)
        grade, theirs = form.grade(content.get("grade")), form.grade(content.get("worker_grade"))
        found.append(
            SectionGrade(
                section_code=section.code,
                number=section.number,
                title=section.short_title,
                grade=grade.point.code if grade else None,
                worker_grade=theirs.point.code if theirs else None,
                not_applicable=bool(set_aside_reason(section, content, plan=plan, age=age)),
                is_safety=section.is_safety,
                is_impact=section.is_impact,
            )
        )
    return found


def overall_grade(contents: dict[str, Content], *, form: AuditForm) -> GradeChoice | None:
    """The overall grade chosen so far; None where there is none, or the template has none."""
    return form.grade(contents.get("overall", {}).get("grade")) if form.overall_grade else None


def suggestion(
    contents: dict[str, Content], *, form: AuditForm, plan: str, age: int | None, adult: bool = False
) -> Suggestion:
    """The suggested overall grade with its reason; `adult` where the words say young person."""
    answer = contents.get("overall", {}).get("outcomes")
    outcomes = answer if answer in Outcomes.values else None
    grades = section_grades(contents, form=form, plan=plan, age=age)
    found = suggest_overall(grades, scale=form.scale, outcomes=outcomes)
    return replace(found, reason=called(found.reason, adult=adult))


def consistency_prompts(contents: dict[str, Content], *, form: AuditForm, plan: str, age: int | None) -> list[Prompt]:
    """Questions where the answers do not seem to fit together."""
    standards = {}
    for section in form.sections:
        count = counted(section, contents.get(section.code, NOTHING), plan=plan, age=age)
        standards[section.code] = StandardsAnswered(yes=count["yes"], no=count["no"])
    chosen = overall_grade(contents, form=form)
    safe = contents.get("overall", {}).get("safe_now")
    return prompts(
        section_grades(contents, form=form, plan=plan, age=age),
        chosen.point.code if chosen else None,
        scale=form.scale,
        suggestion=suggestion(contents, form=form, plan=plan, age=age),
        standards=standards,
        safe_now={"yes": True, "no": False}.get(str(safe)),
    )


def asked_prompts(
    contents: dict[str, Content], *, form: AuditForm, plan: str, age: int | None, adult: bool = False
) -> list[Asked]:
    """The questions that stand now, each with what was written about it; not those asked on a section's own page.

    `adult` where they speak of a young person (A8).
    """
    overall = contents.get("overall", {})
    own = overall.get("prompts") or {}
    found = []
    for each in consistency_prompts(contents, form=form, plan=plan, age=age):
        prompt = replace(each, question=called(each.question, adult=adult))
        if prompt.answered_in == AnsweredIn.OWN:
            found.append(Asked(prompt, f"prompts__{prompt.key}", str(own.get(prompt.key) or "")))
        elif prompt.answered_in != AnsweredIn.SECTION:
            name = str(prompt.answered_in)
            found.append(Asked(prompt, name, str(overall.get(name) or "")))
    return found


def prompt_problems(
    contents: dict[str, Content], *, form: AuditForm, plan: str, age: int | None, adult: bool = False
) -> list[Problem]:
    """The questions that stand and have no answer, as what the page on the overall judgement still needs.

    Those that the reasons for the grade answer are left out: the page asks for these reasons anyway.
    """
    asked = asked_prompts(contents, form=form, plan=plan, age=age, adult=adult)
    open_ = [each for each in asked if each.needed and each.prompt.answered_in != AnsweredIn.RATIONALE]
    return [Problem("overall", each.name, f"Answer the question “{each.prompt.question}”") for each in open_]


def kept_answers(overall: Content, asked: list[Asked]) -> dict[str, str]:
    """Answers to questions that no longer stand, by the name of their input: kept, in case they stand again."""
    standing = {each.name for each in asked}
    own = {f"prompts__{key}": str(text) for key, text in (overall.get("prompts") or {}).items()}
    return {name: text for name, text in own.items() if name not in standing and text.strip()}


def is_urgent(contents: dict[str, Content], *, form: AuditForm, plan: str, age: int | None) -> bool:
    """Whether worker and manager must be told at once: the child is not safe now, or the grade is urgent (S1).

    Source: 000 §2.10, §5.4.
    """
    if contents.get("overall", {}).get("safe_now") == SafeNow.NO:
        return True
    return has_urgent_grade(contents, form=form, plan=plan, age=age)


def has_urgent_grade(contents: dict[str, Content], *, form: AuditForm, plan: str, age: int | None) -> bool:
    """Whether the grade itself is urgent, whatever was said about the child's safety now.

    Where the template has no overall grade, any urgent section counts.
    """
    if form.overall_grade:
        choice = overall_grade(contents, form=form)
        return choice is not None and choice.point.is_urgent
    return bool(urgent_sections(contents, form=form, plan=plan, age=age))


def urgent_sections(
    contents: dict[str, Content], *, form: AuditForm, plan: str, age: int | None
) -> list[tuple[str, GradeChoice]]:
    """The sections whose grade is urgent: the title of each, and the grade."""
    sections = section_grades(contents, form=form, plan=plan, age=age)
    graded = [(each.title, form.grade(each.grade)) for each in sections if not each.not_applicable]
    return [(title, choice) for title, choice in graded if choice is not None and choice.point.is_urgent]
