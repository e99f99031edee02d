"""The auditor's grades beside the moderator's, section by section; only for those who may see both."""

from __future__ import annotations

from dataclasses import dataclass

from audits.models import Audit, Grade, Moderation
from audits.structure import form_of


@dataclass(frozen=True, slots=True)
class Beside:
    """One section, or the whole: what the auditor gave and what the moderator gave."""

    title: str
    first: Grade | None
    second: Grade | None

    @property
    def differs(self) -> bool:
        """Whether both graded it, and not alike."""
        return self.first is not None and self.second is not None and self.first.pk != self.second.pk


def compared(audit: Audit, record: Moderation) -> list[Beside]:
    """Overall first, then each section that the moderator graded. Two queries."""
    given = {row.section.code: row.grade for row in audit.section_grades.select_related("section", "grade")}
    theirs = {row.section: row.grade for row in record.sections.select_related("grade")}
    form = form_of(audit.template_version_id)
    lines = [
        Beside(f"{section.number}. {section.title}", given.get(section.code), theirs[section.code])
        for section in form.sections
        if section.code in theirs
    ]
    return [Beside("Overall", audit.overall_grade, record.grade), *lines]
