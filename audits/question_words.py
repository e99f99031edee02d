"""What the questions of a page are called, and what was answered, in the words that are on the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from audits.merging import Path, name_of
from audits.models import Audit
from audits.pages import ROW_FIELDS, ROW_TITLES, draft_form, unlisted_fields
from audits.structure import AuditForm, SectionForm
from audits.timescale_table import day_labels

ANSWERS = {"yes": "Yes", "no": "No", "na": "Not applicable"}
IN_SECTION = {
    "grade": "Grade for this section",
    "worker_grade": "The worker’s own grade",
    "rationale": "Why this grade",
    "set_aside": "Why this section is set aside",
    "use_anyway": "Use this section all the same",
}
TEXT, CHOICE, DATE, ROWS = "text", "choice", "date", "rows"


class QuestionWords:
    """The words for the questions and answers of one page of an audit."""

    def __init__(self, page: str, *, audit: Audit, form: AuditForm) -> None:
        self.form = form
        self.section = form.section(page)
        self.fields = dict(unlisted_fields(page))
        if not self.fields and not self.section:
            self.fields = draft_form(page, {}, audit=audit, form=form).fields

    @cached_property
    def _days(self) -> dict[str, str]:
        return day_labels()

    def label(self, path: Path) -> str:
        """What a question is called: “Standard 1.3, comment”, “Why this grade”."""
        if self.section:
            return self._in_section(self.section, path)
        if path[0] == "days" and len(path) > 1:
            return self._days.get(path[1]) or "A day of a rule that was removed"
        field = self.fields.get(path[-1]) or self.fields.get(name_of(path))
        if field is not None:
            return str(field.label)
        return ROW_TITLES.get(path[0]) or ", ".join(path).replace("_", " ").replace("-", " ").capitalize()

    def _in_section(self, section: SectionForm, path: Path) -> str:
        if path[0] in {"answers", "comments"} and len(path) > 1:
            codes = [standard.code for standard in section.standards]
            number = codes.index(path[1]) + 1 if path[1] in codes else path[1]
            return f"Standard {section.number}.{number}" + (", comment" if path[0] == "comments" else "")
        return IN_SECTION.get(path[0], path[-1].replace("_", " ").capitalize())

    def place(self, path: Path) -> tuple[int, int, int, str]:
        """Where a question stands on the page, to put several in the page's order."""
        order = list(IN_SECTION) if self.section else list(self.fields)
        if self.section and path[0] in {"answers", "comments"} and len(path) > 1:
            codes = [standard.code for standard in self.section.standards]
            number = codes.index(path[1]) if path[1] in codes else len(codes)
            return 0, number, int(path[0] == "comments"), ""
        name = next((one for one in (path[-1], name_of(path)) if one in order), None)
        return (1, order.index(name), 0, "") if name else (2, 0, 0, name_of(path))

    def kind(self, path: Path, *answers: Any) -> str:
        """How a question is answered: text, choice, date or rows."""
        if any(isinstance(answer, list) for answer in answers):
            return ROWS
        if any(isinstance(answer, Mapping) for answer in answers):
            return DATE
        return CHOICE if self._choices(path) else TEXT

    def _choices(self, path: Path) -> dict[str, str]:
        if path[0] in {"grade", "worker_grade"} and (self.section or path[0] in self.fields):
            return {choice.point.code: choice.point.label for choice in self.form.grades}
        if self.section:
            return ANSWERS if path[0] in {"answers", "use_anyway"} else {}
        choices = getattr(self.fields.get(path[-1]), "choices", ())
        return {str(value): str(label) for value, label in choices}

    def said(self, path: Path, answer: Any) -> str:
        """An answer in words; empty where there is none."""
        if isinstance(answer, list):
            return "\n".join(_row(row) for row in answer)
        if isinstance(answer, Mapping):
            return " ".join(str(answer[key]) for key in sorted(answer, key=_date_order))
        return self._choices(path).get(str(answer), str(answer)) if answer else ""


def _row(row: Any) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    return ", ".join(str(row[name]) for name in (*ROW_FIELDS, *(row.keys() - set(ROW_FIELDS))) if row.get(name))


def _date_order(key: str) -> int:
    return next((place for place, part in enumerate(("_day", "_month", "_year")) if key.endswith(part)), 3)
