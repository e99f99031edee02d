"""The sections of an audit with their grades, and how sentences about them are put."""

from collections.abc import Sequence
from dataclasses import dataclass

from grading.scale import GradePoint, Scale

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class SectionGrade:
    """One section of the audit: the code of its grade, or None where it has not been graded yet.

    `number` is what people call it, the code where it has none; `worker_grade` is the worker's own (A9).
    """

    section_code: str
    title: str
    grade: str | None = None
    not_applicable: bool = False
    is_safety: bool = False
    is_impact: bool = False
    number: str = ""
    worker_grade: str | None = None


Graded = tuple[SectionGrade, GradePoint]


def with_grades(sections: Sequence[SectionGrade], *, scale: Scale) -> list[Graded]:
    """The sections that weigh in the overall grade, each with its grade."""
    return [(s, scale.point(s.grade)) for s in sections if s.grade is not None and not s.not_applicable]


def number(count: int) -> str:
    """A small number in words."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def are(count: int) -> str:
    """The verb for so many."""
    return "is" if count == 1 else "are"


def named(section: SectionGrade) -> str:
    """A section by number and title, at the start of a sentence."""
    return f"Section {section.number or section.section_code} ({section.title})"


def lower_named(section: SectionGrade) -> str:
    """A section by number and title, inside a sentence."""
    return f"section {section.number or section.section_code} ({section.title})"


def listed(items: Sequence[Graded]) -> str:
    """Sections by name, with “and” before the last. Raises ValueError where there is none."""
    *first, last = [named(section) for section, _ in items]
    return f"{', '.join(first)} and {last}" if first else last


def sentence(text: str) -> str:
    """Words with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."
