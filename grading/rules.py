"""The overall grade: a suggestion with its reason, and what is refused.

Sources of the rules: file 001 ("scoring": sections weigh together, but one very poor section that touches the
child's safety pulls the whole audit down), file 000 §3 (no good grade where the child's outcomes are neither
met nor on the way), file 000 §5.4 (a child who is not safe), requirement A10. The final say is the auditor's.
Whether the child is safe now is asked apart from every grade: it sways no suggestion and only raises questions.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from grading.scale import GradePoint, Scale
from grading.sections import Graded, SectionGrade, are, listed, named, number, sentence, with_grades


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


Answer = Outcomes | str | None


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


def suggest_overall(sections: Sequence[SectionGrade], *, scale: Scale, outcomes: Answer) -> Suggestion:
    """The overall grade that the section grades point to, with every step of the reasoning in words.

    It starts from the best grade that more than half of the graded sections reach (the lower middle grade,
    so without a majority the lower one counts). An urgent grade in a section about safety makes it urgent.
    An urgent grade elsewhere keeps it at or below the grade just above urgent. Outcomes that are not met
    keep it below good. Sections that do not apply or have no grade yet are left out. Raises ScaleError for
    a grade that the scale does not have, ValueError for an unknown answer about outcomes.
    """
    graded = with_grades(sections, scale=scale)
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
        return f"{named(graded[0][0])} is {first.label}; no other section is graded."
    if not others:
        every = "Both" if total == 2 else f"All {number(total)}"
        return f"{every} sections are {first.label}."
    parts = [f"{number(counts[first])} of {number(total)} sections {are(counts[first])} {first.label}"]
    parts += [_share_of_others(point, graded, counts[point]) for point in others]
    reached = f"{middle.label} is the best grade that more than half of the sections reach."
    return f"{sentence('; '.join(parts))} {reached}"


def _share_of_others(point: GradePoint, graded: Sequence[Graded], count: int) -> str:
    """A less common grade: the section by name where there is one, otherwise the number of them."""
    if count > 1:
        return f"{number(count)} are {point.label}"
    section = next(section for section, grade in graded if grade == point)
    return f"{named(section)} is {point.label}"


def _pulled_by_urgent(suggestion: Suggestion, graded: Sequence[Graded], *, scale: Scale) -> Suggestion:
    """An urgent section about safety makes the whole urgent; another urgent section limits it."""
    urgent = [(section, point) for section, point in graded if point.is_urgent]
    safety = [(section, point) for section, point in urgent if section.is_safety]
    if safety:
        worst = max((point for _, point in safety), key=lambda point: point.order)
        bears = "bears" if len(safety) == 1 else "bear"
        why = f"{listed(safety)} {are(len(safety))} {worst.label} and {bears} on the child’s safety"
        return _limited(suggestion, worst, why, Rule.URGENT_SAFETY_SECTION, scale=scale)
    if urgent:
        why = f"{listed(urgent)} {are(len(urgent))} {urgent[0][1].label}"
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
    note = sentence(f"{number(waiting)} {noun} {are(waiting)} still to be graded")
    return replace(suggestion, reason=f"{suggestion.reason} {note}")
