"""The form of a template version as plain values, kept in memory: a published version never changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from audits.models import GradingScale, TemplateVersion
from grading.scale import GradePoint, Scale

ADULT = 18  # years; from here the wording for care leavers is used (A8)


@dataclass(frozen=True)
class GradeChoice:
    """A point of the scale as the form shows it."""

    pk: int
    point: GradePoint
    colour: str
    descriptor: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """Whom a section or a standard is for (A8): plans, none for every plan, and ages in years, both ends included."""

    plans: frozenset[str] = frozenset()
    from_age: int | None = None
    to_age: int | None = None

    def suits(self, *, plan: str, age: int | None) -> bool:
        """Whether it is for a child with this plan and age; an age that is not known sets nothing aside."""
        if self.plans and plan not in self.plans:
            return False
        if age is None:
            return True
        return (self.from_age is None or age >= self.from_age) and (self.to_age is None or age <= self.to_age)


@dataclass(frozen=True)
class StandardForm:
    """A key standard: its code, its wording, whom it is for."""

    code: str
    text: str
    text_18_plus: str
    hint: str
    fit: Fit = Fit()


@dataclass(frozen=True)
class Factor:
    """A guidance factor."""

    number: int
    text: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Guidance:
    """An area of guidance factors beside a section."""

    title: str
    only_for_plans: frozenset[str]
    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class SectionForm:
    """A section: standards, prompt and the guidance beside it."""

    pk: int
    code: str
    number: str
    title: str
    short_title: str
    is_safety: bool
    is_impact: bool
    rationale_prompt: str
    rationale_prompt_18_plus: str
    standards: tuple[StandardForm, ...]
    guidance: tuple[Guidance, ...]
    fit: Fit = Fit()

    def guidance_for(self, plan: str) -> list[Guidance]:
        """The guidance that fits a child with this plan."""
        return [area for area in self.guidance if not area.only_for_plans or plan in area.only_for_plans]


@dataclass(frozen=True, eq=False)  # one object a version: compared and hashed as such
class AuditForm:
    """A whole template version; `code` and `name` are those of its template."""

    pk: int
    code: str
    name: str
    number: int
    scale: Scale
    grades: tuple[GradeChoice, ...]
    overall_grade: bool
    sections: tuple[SectionForm, ...]
    closing: tuple[dict[str, Any], ...]
    outcome_question: dict[str, Any]
    grading_guidance: tuple[str, ...]
    reflection_questions: tuple[dict[str, Any], ...]

    def section(self, code: str) -> SectionForm | None:
        """The section with a code, or None."""
        return next((section for section in self.sections if section.code == code), None)

    def grade(self, code: str | None) -> GradeChoice | None:
        """The grade with a code, or None."""
        return next((grade for grade in self.grades if grade.point.code == code), None)

    def grade_by_pk(self, pk: int | None) -> GradeChoice | None:
        """The grade with a primary key, or None."""
        return next((grade for grade in self.grades if grade.pk == pk), None)


def _section(row: Any) -> SectionForm:
    return SectionForm(
        pk=row.pk,
        code=row.code,
        number=row.number,
        title=row.title,
        short_title=row.short_title,
        is_safety=row.is_safety,
        is_impact=row.is_impact,
        rationale_prompt=row.rationale_prompt,
        rationale_prompt_18_plus=row.rationale_prompt_18_plus,
        standards=tuple(StandardForm(s.code, s.text, s.text_18_plus, s.hint, _fit(s)) for s in row.standards.all()),
        guidance=tuple(_guidance(area) for area in row.guidance_areas.all()),
        fit=_fit(row),
    )


def _fit(row: Any) -> Fit:
    return Fit(frozenset(row.only_for_plans), row.from_age, row.to_age)


def _guidance(area: Any) -> Guidance:
    factors = tuple(Factor(f["number"], f["text"], tuple(f.get("examples", []))) for f in area.factors)
    return Guidance(area.title, frozenset(area.only_for_plans), factors)


def grades_of(scale: GradingScale) -> tuple[GradeChoice, ...]:
    """The points of a scale, best first."""
    return tuple(
        GradeChoice(
            grade.pk,
            GradePoint(grade.code, grade.label, place, grade.is_good, grade.is_urgent, grade.score),
            grade.colour,
            tuple(grade.descriptor),
        )
        for place, grade in enumerate(scale.grades.order_by("-order"), 1)
    )


@lru_cache(maxsize=64)
def form_of(version_id: int) -> AuditForm:
    """The form of a template version by its id, read once per process. Raises TemplateVersion.DoesNotExist."""
    version = TemplateVersion.objects.select_related("template", "scale").get(pk=version_id)
    grades = grades_of(version.scale)
    sections = version.sections.prefetch_related("standards", "guidance_areas")
    return AuditForm(
        pk=version.pk,
        code=version.template.code,
        name=version.template.name,
        number=version.number,
        scale=Scale(version.scale.code, tuple(grade.point for grade in grades)),
        grades=grades,
        overall_grade=version.overall_grade,
        sections=tuple(_section(section) for section in sections),
        closing=tuple(version.closing),
        outcome_question=version.outcome_question,
        grading_guidance=tuple(version.grading_guidance),
        reflection_questions=tuple(version.reflection_questions),
    )
