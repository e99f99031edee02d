"""The overall grade: a suggestion with its reason, what is refused, and questions that ask without deciding.

Sources of the rules: file 001 ("scoring": sections weigh together, but one very poor section that touches the
child's safety pulls the whole audit down), file 000 §3 (no good grade where the child's outcomes are neither
met nor on the way), file 000 §5.4 (a child who is not safe), requirement A10. The final say is the auditor's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from grading.scale import GradePoint, Scale

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Outcomes(StrEnum):
    """Whether the outcomes for the child were met."""

    MET = "met"
    ON_THE_WAY = "on_the_way"
    NOT_MET = "not_met"


class Rule(StrEnum):
    """Which rule settled the suggestion."""

    NOTHING_GRADED = "nothing_graded"
    MIDDLE_GRADE = "middle_grade"
    URGENT_SAFETY_SECTION = "urgent_safety_section"
    URGENT_SECTION = "urgent_section"
    OUTCOMES_NOT_MET = "outcomes_not_met"


@dataclass(frozen=True, slots=True)
class SectionGrade:
    """One section of the audit: the code of its grade, or None where it has not been graded yet."""

    section_code: str
    title: str
    grade: str | None = None
    not_applicable: bool = False
    is_safety: bool = False
    is_impact: bool = False


Graded = tuple[SectionGrade, GradePoint]
Answer = Outcomes | str | None


@dataclass(frozen=True, slots=True)
class StandardsAnswered:
    """How the key standards of one section were answered; those that do not apply are left out."""

    yes: int
    no: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The suggested overall grade (a code, None while there is none), why, and the rule that settled it."""

    grade: str | None
    reason: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an overall grade cannot stand."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question for the auditor. It never changes a grade; some ask for a rationale before submitting."""

    code: str
    question: str
    needs_rationale: bool = False
    section_code: str = ""


def suggest_overall(sections: Sequence[SectionGrade], *, scale: Scale, outcomes: Answer) -> Suggestion:
    """The overall grade that the section grades point to, with every step of the reasoning in words.

    It starts from the best grade that more than half of the graded sections reach (the lower middle grade,
    so without a majority the lower one counts). An urgent grade in a section about safety makes it urgent.
    An urgent grade elsewhere keeps it at or below the grade just above urgent. Outcomes that are not met
    keep it below good. Sections that do not apply or have no grade yet are left out. Raises ScaleError for
    a grade that the scale does not have, ValueError for an unknown answer about outcomes.
    """
    graded = _graded(sections, scale=scale)
    if not graded:
        return Suggestion(None, "No section has been graded yet.", Rule.NOTHING_GRADED)
    middle = _middle_grade(graded)
    suggestion = Suggestion(middle.code, _counted(graded, middle), Rule.MIDDLE_GRADE)
    suggestion = _pulled_by_urgent(suggestion, graded, scale=scale)
    suggestion = _capped_by_outcomes(suggestion, scale=scale, outcomes=_answer(outcomes))
    return _noting_ungraded(suggestion, sections)


def refusals(overall: str | None, *, scale: Scale, outcomes: Answer) -> list[Refusal]:
    """Why this overall grade cannot be given: empty when it can. Source: file 000 §3, requirement A10.

    A good grade needs outcomes that are met or on the way. While that question is open, a good grade waits
    for the answer. No overall grade, or one below good, is never refused here. Raises as suggest_overall.
    """
    answer = _answer(outcomes)
    if overall is None or not scale.point(overall).is_good or answer in (Outcomes.MET, Outcomes.ON_THE_WAY):
        return []
    label = scale.point(overall).label
    if answer is None:
        message = f"Answer the question about the child’s outcomes before grading this audit {label}"
        return [Refusal("outcomes_unanswered", message)]
    message = (
        f"An audit cannot be {label} when the child’s outcomes are neither met nor on the way. "
        f"Choose {scale.best_below_good.label} or lower, or change your answer about outcomes"
    )
    return [Refusal("outcomes_not_met", message)]


def prompts(
    sections: Sequence[SectionGrade],
    overall: str | None,
    *,
    scale: Scale,
    suggestion: Suggestion,
    standards: Mapping[str, StandardsAnswered] | None = None,
) -> list[Prompt]:
    """Questions where the answers do not seem to fit together; they ask and never decide.

    `standards` counts the key standards' answers by section code. Over-optimistic grades, and grades that
    follow process instead of the child, are what inspectors criticise most. Raises ScaleError for a grade
    that the scale does not have.
    """
    graded = _graded(sections, scale=scale)
    answered = standards or {}
    asked = [p for item in graded for p in _standards_prompts(item, answered.get(item[0].section_code))]
    if overall is not None:
        chosen = scale.point(overall)
        asked += _safety_prompts(graded, chosen)
        asked += _impact_prompts(graded, chosen)
        asked += _difference_prompts(chosen, suggestion, scale=scale)
    return asked


def _graded(sections: Sequence[SectionGrade], *, scale: Scale) -> list[Graded]:
    """The sections that weigh in the overall grade, each with its grade."""
    return [(s, scale.point(s.grade)) for s in sections if s.grade is not None and not s.not_applicable]


def _answer(outcomes: Answer) -> Outcomes | None:
    """The answer about outcomes; None and the empty text mean not answered yet."""
    return Outcomes(outcomes) if outcomes else None


def _middle_grade(graded: Sequence[Graded]) -> GradePoint:
    """The best grade that more than half of these sections reach."""
    best_first = sorted((point for _, point in graded), key=lambda point: point.order)
    return best_first[len(best_first) // 2]


def _counted(graded: Sequence[Graded], middle: GradePoint) -> str:
    """How many sections have which grade, and which grade more than half reach."""
    total = len(graded)
    counts = Counter(point for _, point in graded)
    first, *others = sorted(counts, key=lambda point: (-counts[point], point.order))
    if total == 1:
        return f"{_named(graded[0][0])} is {first.label}; no other section is graded."
    if not others:
        every = "Both" if total == 2 else f"All {_number(total)}"
        return f"{every} sections are {first.label}."
    parts = [f"{_number(counts[first])} of {_number(total)} sections {_are(counts[first])} {first.label}"]
    parts += [_share_of_others(point, graded, counts[point]) for point in others]
    reached = f"{middle.label} is the best grade that more than half of the sections reach."
    return f"{_sentence('; '.join(parts))} {reached}"


def _share_of_others(point: GradePoint, graded: Sequence[Graded], count: int) -> str:
    """A less common grade: the section by name where there is one, otherwise the number of them."""
    if count > 1:
        return f"{_number(count)} are {point.label}"
    section = next(section for section, grade in graded if grade == point)
    return f"{_named(section)} is {point.label}"


def _pulled_by_urgent(suggestion: Suggestion, graded: Sequence[Graded], *, scale: Scale) -> Suggestion:
    """An urgent section about safety makes the whole urgent; another urgent section limits it."""
    urgent = [(section, point) for section, point in graded if point.is_urgent]
    safety = [(section, point) for section, point in urgent if section.is_safety]
    if safety:
        worst = max((point for _, point in safety), key=lambda point: point.order)
        bears = "bears" if len(safety) == 1 else "bear"
        why = f"{_listed(safety)} {_are(len(safety))} {worst.label} and {bears} on the child’s safety"
        return _limited(suggestion, worst, why, Rule.URGENT_SAFETY_SECTION, scale=scale)
    if urgent:
        why = f"{_listed(urgent)} {_are(len(urgent))} {urgent[0][1].label}"
        return _limited(suggestion, scale.lowest_not_urgent, why, Rule.URGENT_SECTION, scale=scale)
    return suggestion


def _capped_by_outcomes(suggestion: Suggestion, *, scale: Scale, outcomes: Outcomes | None) -> Suggestion:
    """Outcomes that are not met keep the suggestion below good; an open question is mentioned."""
    if suggestion.grade is None or not scale.point(suggestion.grade).is_good:
        return suggestion
    limit = scale.best_below_good
    if outcomes is Outcomes.NOT_MET:
        why = "The child’s outcomes are neither met nor on the way"
        return _limited(suggestion, limit, why, Rule.OUTCOMES_NOT_MET, scale=scale)
    if outcomes is None:
        note = f"If the child’s outcomes are neither met nor on the way, it can be {limit.label} at most."
        return replace(suggestion, reason=f"{suggestion.reason} {note}")
    return suggestion


def _limited(suggestion: Suggestion, limit: GradePoint, why: str, rule: Rule, *, scale: Scale) -> Suggestion:
    """The suggestion lowered to a limit, with the reason; unchanged where it is there already."""
    if suggestion.grade is None or not scale.is_better(suggestion.grade, limit.code):
        return suggestion
    return Suggestion(limit.code, f"{suggestion.reason} {why}, so the suggestion is {limit.label}.", rule)


def _noting_ungraded(suggestion: Suggestion, sections: Sequence[SectionGrade]) -> Suggestion:
    """The suggestion with a word on sections that still have no grade."""
    waiting = sum(section.grade is None and not section.not_applicable for section in sections)
    if not waiting:
        return suggestion
    noun = "section" if waiting == 1 else "sections"
    note = _sentence(f"{_number(waiting)} {noun} {_are(waiting)} still to be graded")
    return replace(suggestion, reason=f"{suggestion.reason} {note}")


def _standards_prompts(item: Graded, answered: StandardsAnswered | None) -> list[Prompt]:
    """A good grade over mostly No, or a grade below good over nothing but Yes."""
    section, point = item
    if answered is None or answered.yes + answered.no == 0:
        return []
    if point.is_good and answered.no > answered.yes:
        question = (
            f"{answered.no} of {answered.yes + answered.no} key standards in {_named(section)} are answered "
            f"No, yet it is graded {point.label}. What makes it {point.label}?"
        )
        return [Prompt("good_with_most_standards_no", question, section_code=section.section_code)]
    if not point.is_good and answered.no == 0:
        question = (
            f"Every key standard in {_named(section)} that applies is answered Yes, yet it is graded "
            f"{point.label}. What is missing?"
        )
        return [Prompt("below_good_with_all_standards_yes", question, section_code=section.section_code)]
    return []


def _safety_prompts(graded: Sequence[Graded], overall: GradePoint) -> list[Prompt]:
    """An urgent grade in a section about safety under an overall grade that is not urgent."""
    if overall.is_urgent:
        return []
    return [
        Prompt(
            "urgent_safety_section",
            f"{_named(section)} is {point.label}. Is the child safe today, and why is the audit "
            f"{overall.label} overall?",
            needs_rationale=True,
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
            f"{_named(section)} is {point.label}. What changed for the child that makes it {overall.label}?",
            section_code=section.section_code,
        )
        for section, point in graded
        if section.is_impact and not point.is_good
    ]


def _difference_prompts(overall: GradePoint, suggestion: Suggestion, *, scale: Scale) -> list[Prompt]:
    """An overall grade other than the suggested one needs a rationale."""
    if suggestion.grade is None or suggestion.grade == overall.code:
        return []
    suggested = scale.point(suggestion.grade).label
    question = f"The sections suggest {suggested} and you chose {overall.label}. What leads you to it?"
    return [Prompt("differs_from_suggestion", question, needs_rationale=True)]


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _named(section: SectionGrade) -> str:
    return f"Section {section.section_code} ({section.title})"


def _listed(items: Sequence[Graded]) -> str:
    *first, last = [_named(section) for section, _ in items]
    return f"{', '.join(first)} and {last}" if first else last


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
