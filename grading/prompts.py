"""Questions where the answers of an audit do not seem to fit together; they ask and never decide (A10).

Over-kind grades, and grades that follow process instead of the child, are what inspectors criticise most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grading.rules import Suggestion
from grading.scale import GradePoint, Scale
from grading.sections import Graded, SectionGrade, are, listed, lower_named, named, number, with_grades

CODES = (
    "safe_with_urgent_section",
    "unsafe_without_urgent_grade",
    "urgent_safety_section",
    "impact_below_good",
    "differs_from_suggestion",
    "nothing_but_the_best",
    "good_with_most_standards_no",
    "below_good_with_all_standards_yes",
    "worker_sees_it_differently",
)
FAR_APART = 2  # points of the scale between auditor and worker from which it is worth talking over
ENOUGH_TO_WONDER = 3  # sections that are all the best there is


class About(StrEnum):
    """What a question is about: it is shown beside it."""

    SAFETY = "safety"
    GRADE = "grade"


class AnsweredIn(StrEnum):
    """Where a question is answered: in a box of its own, or in one that asks for the same reason anyway."""

    OWN = "own"
    SAFE_WHY = "safe_why"
    RATIONALE = "rationale"
    SECTION = "section"  # the reasons for the section's own grade


@dataclass(frozen=True, slots=True)
class StandardsAnswered:
    """How the key standards of one section were answered; those that do not apply are left out."""

    yes: int
    no: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question for the auditor. It never changes a grade; a reason answers it, and a gentle one may stay open."""

    code: str
    question: str
    section_code: str = ""
    about: About = About.GRADE
    answered_in: AnsweredIn = AnsweredIn.OWN
    gentle: bool = False

    @property
    def key(self) -> str:
        """What its answer is kept under: the same question about the same section keeps its answer."""
        return f"{self.code}-{self.section_code}" if self.section_code else self.code


def prompts(
    sections: Sequence[SectionGrade],
    overall: str | None,
    *,
    scale: Scale,
    suggestion: Suggestion,
    standards: Mapping[str, StandardsAnswered] | None = None,
    safe_now: bool | None = None,
) -> list[Prompt]:
    """Questions where the answers do not seem to fit together; they ask and never decide.

    `overall` is None while there is none, or for good where the template has no overall grade. `standards` counts
    the key standards' answers by section code. `safe_now` is the answer to whether the child is safe, None while it
    is open. Over-optimistic grades, and grades that follow process instead of the child, are what inspectors
    criticise most. Raises ScaleError for a grade that the scale does not have.
    """
    graded = with_grades(sections, scale=scale)
    answered = standards or {}
    chosen = scale.point(overall) if overall is not None else None
    asked = _safe_now_prompts(graded, chosen, scale=scale, safe_now=safe_now)
    if chosen is not None:
        asked += _safety_prompts(graded, chosen)
        asked += _impact_prompts(graded, chosen)
        asked += _difference_prompts(chosen, suggestion, scale=scale)
    asked += _nothing_but_the_best(graded, scale=scale)
    for item in graded:
        asked += _standards_prompts(item, answered.get(item[0].section_code))
        asked += _worker_prompts(item, scale=scale)
    return asked


def _standards_prompts(item: Graded, answered: StandardsAnswered | None) -> list[Prompt]:
    """A good grade over mostly No, or a grade below good over nothing but Yes."""
    section, point = item
    if answered is None or answered.yes + answered.no == 0:
        return []
    if point.is_good and answered.no > answered.yes:
        question = (
            f"{answered.no} of {answered.yes + answered.no} key standards in {lower_named(section)} are answered "
            f"No, yet it is graded {point.label}. What makes it {point.label}?"
        )
        return [Prompt("good_with_most_standards_no", question, section_code=section.section_code)]
    if not point.is_good and answered.no == 0:
        question = (
            f"Every key standard in {lower_named(section)} that applies is answered Yes, yet it is graded "
            f"{point.label}. What is missing?"
        )
        code, where = "below_good_with_all_standards_yes", AnsweredIn.SECTION
        return [Prompt(code, question, section_code=section.section_code, answered_in=where)]
    return []


def _safe_now_prompts(
    graded: Sequence[Graded], overall: GradePoint | None, *, scale: Scale, safe_now: bool | None
) -> list[Prompt]:
    """The answer on the child's safety against the grades: apart from them, but not unaware of them."""
    urgent = [(section, point) for section, point in graded if section.is_safety and point.is_urgent]
    if safe_now and urgent:
        bears = "bears" if len(urgent) == 1 else "bear"
        question = (
            f"{listed(urgent)} {are(len(urgent))} {urgent[0][1].label} and {bears} on the child’s safety. "
            f"What tells you that the child is safe now?"
        )
        return [Prompt("safe_with_urgent_section", question, about=About.SAFETY, answered_in=AnsweredIn.SAFE_WHY)]
    said = "You say that the child is not safe now, yet"
    grades = [overall] if overall is not None else [point for _, point in graded]
    if safe_now is not False or not grades or any(_fits_danger(point, scale=scale) for point in grades):
        return []
    shown = f"the audit is {overall.label} overall" if overall is not None else f"no section is {scale.worst.label}"
    return [Prompt("unsafe_without_urgent_grade", f"{said} {shown}. How do the two go together?", about=About.SAFETY)]


def _fits_danger(point: GradePoint, *, scale: Scale) -> bool:
    """Whether a grade goes with a child in danger: the urgent ones, or the worst where the scale has none."""
    return point.is_urgent if scale.urgent_points else point == scale.worst


def _safety_prompts(graded: Sequence[Graded], overall: GradePoint) -> list[Prompt]:
    """An urgent grade in a section about safety under an overall grade that is not urgent."""
    if overall.is_urgent:
        return []
    return [
        Prompt(
            "urgent_safety_section",
            f"{named(section)} is {point.label} and bears on the child’s safety. Why is the audit {overall.label} "
            f"overall?",
            section_code=section.section_code,
        )
        for section, point in graded
        if section.is_safety and point.is_urgent
    ]


def _impact_prompts(graded: Sequence[Graded], overall: GradePoint) -> list[Prompt]:
    """A good overall grade over an impact section that is not good."""
    if not overall.is_good:
        return []
    return [
        Prompt(
            "impact_below_good",
            f"{named(section)} is {point.label}. What changed for the child that makes it {overall.label}?",
            section_code=section.section_code,
        )
        for section, point in graded
        if section.is_impact and not point.is_good
    ]


def _difference_prompts(overall: GradePoint, suggestion: Suggestion, *, scale: Scale) -> list[Prompt]:
    """An overall grade other than the suggested one: the reasons for the grade have to say why."""
    if suggestion.grade is None or suggestion.grade == overall.code:
        return []
    suggested = scale.point(suggestion.grade).label
    question = f"The sections suggest {suggested} and you chose {overall.label}. What leads you to it?"
    return [Prompt("differs_from_suggestion", question, answered_in=AnsweredIn.RATIONALE)]


def _nothing_but_the_best(graded: Sequence[Graded], *, scale: Scale) -> list[Prompt]:
    """Every section at the top: rare, and where grades turn out too kind when others look again."""
    if len(graded) < ENOUGH_TO_WONDER or any(point != scale.best for _, point in graded):
        return []
    question = (
        f"All {number(len(graded))} sections are {scale.best.label}. What would you show somebody who asks for the "
        f"evidence?"
    )
    return [Prompt("nothing_but_the_best", question)]


def _worker_prompts(item: Graded, *, scale: Scale) -> list[Prompt]:
    """Auditor and worker far apart on one section (A9): a question to talk over, not one to settle."""
    section, point = item
    if section.worker_grade is None:
        return []
    theirs = scale.point(section.worker_grade)
    if abs(scale.position(theirs.code) - scale.position(point.code)) < FAR_APART:
        return []
    question = (
        f"For {lower_named(section)} the worker’s own grade was {theirs.label}, yours is {point.label}. "
        f"What came out when you talked it over?"
    )
    return [Prompt("worker_sees_it_differently", question, section_code=section.section_code, gentle=True)]
