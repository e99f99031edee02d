"""The overall grade: a suggestion with its reason, what is refused, and questions that ask without deciding.

Sources of the rules: file 001 ("scoring": sections weigh together, but one very poor section that touches the
child's safety pulls the whole audit down), file 000 §3 (no good grade where the child's outcomes are neither
met nor on the way), file 000 §5.4 (a child who is not safe), requirement A10. The final say is the auditor's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grading.scale import GradePoint, Scale


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

    @property
    def counts(self) -> bool:
        """Whether this section has a grade that weighs in the overall one."""
        return self.grade is not None and not self.not_applicable


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


def suggest_overall(
    sections: Sequence[SectionGrade], *, scale: Scale, outcomes: Outcomes | str | None
) -> Suggestion:
    """The overall grade that the section grades point to, with every step of the reasoning in words.

    It starts from the best grade that more than half of the graded sections reach (the lower middle grade,
    so without a majority the lower one counts). An urgent grade in a section about safety makes it urgent.
    An urgent grade elsewhere keeps it at or below the grade just above urgent. Outcomes that are not met
    keep it below good. Sections that do not apply or have no grade yet are left out. Raises ScaleError for
    a grade that the scale does not have.
    """
    graded = [section for section in sections if section.counts]
    if not graded:
        return Suggestion(None, "No section has been graded yet.", Rule.NOTHING_GRADED)
    middle = _middle_grade(graded, scale=scale)
    suggestion = Suggestion(middle, _counted(graded, middle, scale=scale), Rule.MIDDLE_GRADE)
    suggestion = _pulled_by_urgent_sections(suggestion, graded, scale=scale)
    suggestion = _capped_by_outcomes(suggestion, scale=scale, outcomes=outcomes)
    return _noting_ungraded(suggestion, sections)


def refusals(overall: str | None, *, scale: Scale, outcomes: Outcomes | str | None) -> list[Refusal]:
    """Why this overall grade cannot be given: empty when it can. Source: file 000 §3, requirement A10.

    A good grade needs outcomes that are met or on the way. With the question still open, a good grade waits
    for the answer. No overall grade, or one below good, is never refused here.
    """
    if overall is None or not scale.point(overall).is_good or outcomes in (Outcomes.MET, Outcomes.ON_THE_WAY):
        return []
    label = scale.point(overall).label
    if outcomes is None or outcomes == "":
        message = f"Say whether the child’s outcomes are met before grading this audit {label}"
        return [Refusal("outcomes_unanswered", message)]
    limit = scale.best_below_good.label
    message = (
        f"An audit cannot be {label} when the child’s outcomes are neither met nor on the way. "
        f"Choose {limit} or lower, or change your answer about outcomes"
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
    follow process instead of the child, are what inspectors criticise most.
    """
    graded = [section for section in sections if section.counts]
    asked = [
        prompt for section in graded for prompt in _standards_prompts(section, standards or {}, scale=scale)
    ]
    if overall is not None:
        asked += _safety_prompts(graded, overall, scale=scale)
        asked += _impact_prompts(graded, overall, scale=scale)
        asked += _difference_prompts(overall, suggestion, scale=scale)
    return asked


def _middle_grade(graded: Sequence[SectionGrade], *, scale: Scale) -> str:
    """The best grade that more than half of these sections reach."""
    best_first = sorted((s.grade for s in graded if s.grade is not None), key=scale.position)
    return best_first[len(best_first) // 2]


def _counted(graded: Sequence[SectionGrade], middle: str, *, scale: Scale) -> str:
    """How many sections have which grade, and which grade more than half reach."""
    counts = Counter(section.grade for section in graded)
    present = sorted((p for p in scale.points if counts[p.code]), key=lambda p: (-counts[p.code], p.order))
    total = len(graded)
    label = scale.point(middle).label
    if len(present) == 1:
        only = f"The only graded section is {label}." if total == 1 else f"All {_number(total)} sections are {label}."
        return only
    first, *others = present
    parts = [f"{_number(counts[first.code])} of {_number(total)} sections {_are(counts[first.code])} {first.label}"]
    parts += [_share_of_others(point, graded, counts[point.code]) for point in others]
    reached = f"{label} is the best grade that more than half of the sections reach."
    return f"{_sentence('; '.join(parts))} {reached}"


def _share_of_others(point: GradePoint, graded: Sequence[SectionGrade], count: int) -> str:
    """A less common grade: the section by name where there is one, otherwise the number of them."""
    if count > 1:
        return f"{_number(count)} are {point.label}"
    section = next(s for s in graded if s.grade == point.code)
    return f"{_named(section)} is {point.label}"


def _pulled_by_urgent_sections(
    suggestion: Suggestion, graded: Sequence[SectionGrade], *, scale: Scale
) -> Suggestion:
    """An urgent section about safety makes the whole urgent; another urgent section limits it."""
    urgent = [s for s in graded if s.grade is not None and scale.point(s.grade).is_urgent]
    if not urgent or suggestion.grade is None:
        return suggestion
    safety = [s for s in urgent if s.is_safety and s.grade is not None]
    if safety:
        limit = max((s.grade for s in safety if s.grade is not None), key=scale.position)
        why = f"{_listed(safety)} {_are(len(safety))} {scale.point(limit).label} and {_bears(len(safety))} on safety"
        rule = Rule.URGENT_SAFETY_SECTION
    else:
        limit = scale.lowest_not_urgent.code
        why = f"With {_listed(urgent)} graded {scale.point(urgent[0].grade or '').label}"
        rule = Rule.URGENT_SECTION
    return _limited(suggestion, limit, why, rule, scale=scale)


def _capped_by_outcomes(
    suggestion: Suggestion, *, scale: Scale, outcomes: Outcomes | str | None
) -> Suggestion:
    """Outcomes that are not met keep the suggestion below good; an open question is mentioned."""
    if suggestion.grade is None or not scale.point(suggestion.grade).is_good:
        return suggestion
    limit = scale.best_below_good
    if outcomes == Outcomes.NOT_MET:
        why = "The child’s outcomes are neither met nor on the way"
        return _limited(suggestion, limit.code, why, Rule.OUTCOMES_NOT_MET, scale=scale)
    if outcomes is None or outcomes == "":
        open_question = f"If the child’s outcomes are not met or on the way, it can be {limit.label} at most."
        return Suggestion(suggestion.grade, f"{suggestion.reason} {open_question}", suggestion.rule)
    return suggestion


def _limited(suggestion: Suggestion, limit: str, why: str, rule: Rule, *, scale: Scale) -> Suggestion:
    """The suggestion lowered to a limit, with the reason; unchanged where it is there already."""
    grade = suggestion.grade
    if grade is None or not scale.is_better(grade, limit):
        return suggestion
    label = scale.point(limit).label
    return Suggestion(limit, f"{suggestion.reason} {why}, so the suggestion is {label}.", rule)


def _noting_ungraded(suggestion: Suggestion, sections: Sequence[SectionGrade]) -> Suggestion:
    """The suggestion with a word on sections that still have no grade."""
    waiting = [s for s in sections if s.grade is None and not s.not_applicable]
    if not waiting:
        return suggestion
    note = f"{_sentence(f'{_number(len(waiting))} {_plural(len(waiting))} still to be graded')}"
    return Suggestion(suggestion.grade, f"{suggestion.reason} {note}", suggestion.rule)


def _standards_prompts(
    section: SectionGrade, standards: Mapping[str, StandardsAnswered], *, scale: Scale
) -> list[Prompt]:
    """A good grade over mostly No, or a grade below good over nothing but Yes."""
    answered = standards.get(section.section_code)
    if answered is None or section.grade is None or answered.yes + answered.no == 0:
        return []
    point = scale.point(section.grade)
    total = answered.yes + answered.no
    if point.is_good and answered.no > answered.yes:
        question = (
            f"{answered.no} of {total} key standards in {_named(section)} are answered No, yet it is graded "
            f"{point.label}. What makes it {point.label}?"
        )
        return [Prompt("good_with_most_standards_no", question, section_code=section.section_code)]
    if not point.is_good and answered.no == 0:
        question = (
            f"Every key standard in {_named(section)} that applies is answered Yes, yet it is graded "
            f"{point.label}. What is missing?"
        )
        return [Prompt("below_good_with_all_standards_yes", question, section_code=section.section_code)]
    return []


def _safety_prompts(graded: Sequence[SectionGrade], overall: str, *, scale: Scale) -> list[Prompt]:
    """An urgent grade in a section about safety under an overall grade that is better."""
    if scale.point(overall).is_urgent:
        return []
    return [
        Prompt(
            "urgent_safety_section",
            f"{_named(section)} is {scale.point(section.grade).label}. Is the child safe today, and why is "
            f"the audit {scale.point(overall).label} overall?",
            needs_rationale=True,
            section_code=section.section_code,
        )
        for section in graded
        if section.is_safety and section.grade is not None and scale.point(section.grade).is_urgent
    ]


def _impact_prompts(graded: Sequence[SectionGrade], overall: str, *, scale: Scale) -> list[Prompt]:
    """A good overall grade over an impact section that is not good."""
    if not scale.point(overall).is_good:
        return []
    return [
        Prompt(
            "impact_below_good",
            f"{_named(section)} is {scale.point(section.grade).label}. What has changed for the child that "
            f"makes the audit {scale.point(overall).label}?",
            section_code=section.section_code,
        )
        for section in graded
        if section.is_impact and section.grade is not None and not scale.point(section.grade).is_good
    ]


def _difference_prompts(overall: str, suggestion: Suggestion, *, scale: Scale) -> list[Prompt]:
    """An overall grade other than the suggested one needs a rationale."""
    if suggestion.grade is None or suggestion.grade == overall:
        return []
    question = (
        f"The sections suggest {scale.point(suggestion.grade).label} and you chose "
        f"{scale.point(overall).label}. What leads you to that grade?"
    )
    return [Prompt("differs_from_suggestion", question, needs_rationale=True)]


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _bears(count: int) -> str:
    return "bears" if count == 1 else "bear"


def _plural(count: int) -> str:
    return "section is" if count == 1 else "sections are"


def _named(section: SectionGrade) -> str:
    return f"Section {section.section_code} ({section.title})"


def _listed(sections: Sequence[SectionGrade]) -> str:
    *first, last = [_named(section) for section in sections]
    return f"{', '.join(first)} and {last}" if first else last


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
