"""A template as a workbook that can be changed and read in again, and a small example to begin with."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from audits.templates_made.document import Document, Part, blank, blank_section, numbered, standards_of, tidy
from people.wording import label

HEAD = PatternFill("solid", fgColor="0D4A55")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cells = Sequence[str | int | None]


ABOUT_WHOM = {"Only for": 24, "From age": 10, "To age": 10}
COLUMNS = {  # of each sheet, with their widths
    "Standards": {"Code": 10, "Section": 34, "Standard": 70, "Wording from 18": 50, "Hint": 40, **ABOUT_WHOM},
    "Sections": {
        "Section": 34,
        "Short title": 20,
        "Prompt": 60,
        "Prompt from 18": 60,
        "Safety": 10,
        "Impact": 10,
        **ABOUT_WHOM,
    },
    "Guidance": {"Area": 34, "What to look for": 80, "Examples": 50, "Beside sections": 18, "Only for": 24},
    "Closing questions": {"Code": 18, "Question": 60, "Wording from 18": 50, "Hint": 60, "Required": 10},
    "Reflection questions": {"Code": 18, "Question": 60, "Wording from 18": 50, "Hint": 60, "Required": 10},
}


def workbook_of(document: Document) -> bytes:
    """A workbook with everything a template asks; read in again unchanged, it gives the same."""
    rows: dict[str, list[Cells]] = {
        "Standards": [_standard(section, standard) for section, standard in standards_of(document)],
        "Sections": [_section(section) for section in document["sections"]],
        "Guidance": [row for area in document["guidance"] for row in _area(area, document)],
        "Closing questions": [_question(question) for question in document["closing"]],
        "Reflection questions": [_question(question) for question in document["reflection_questions"]],
    }
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, columns in COLUMNS.items():
        _fill(book.create_sheet(title), columns, rows[title])
    return _bytes(book)


def example() -> bytes:
    """A small workbook to write one's own form into: two sections, a few invented standards."""
    document = blank(code="example", name="Example")
    for title, texts in EXAMPLE.items():
        section = blank_section(f"s{len(document['sections']) + 1}", title=title)
        section["standards"] = [{"code": "", "text": text} for text in texts]
        document["sections"].append(section)
    return workbook_of(numbered(document))


EXAMPLE = {
    "Assessment": (
        "The assessment says what life is like for the child now.",
        "Family history is weighed, and not only listed.",
        "Everybody who matters to the child was asked.",
    ),
    "Planning": (
        "The plan says who does what by when.",
        "The child and the family helped to write the plan.",
    ),
}


def _fill(sheet: Worksheet, columns: dict[str, int], rows: Sequence[Cells]) -> None:
    sheet.append(list(columns))
    for place, width in enumerate(columns.values(), 1):
        cell = sheet.cell(1, place)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD
        sheet.column_dimensions[cell.column_letter].width = width
    for number, row in enumerate(rows, 2):
        for place, value in enumerate(row, 1):
            _write(sheet, number, place, value)
    sheet.freeze_panes = "A2"


def _write(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    """Text stays text, also where it begins like a formula."""
    if value in (None, ""):
        return
    cell = sheet.cell(row, column)
    cell.value = tidy(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _standard(section: Part, standard: Part) -> Cells:
    texts = [standard.get(name, "") for name in ("text", "text_18_plus", "hint")]
    return [standard["code"], section["title"], *texts, *_fit(standard)]


def _section(section: Part) -> Cells:
    texts = [section.get(name, "") for name in ("title", "short_title", "rationale_prompt", "rationale_prompt_18_plus")]
    return [*texts, *(_yes(section.get(name)) for name in ("safety", "impact")), *_fit(section)]


def _area(area: Part, document: Document) -> list[Cells]:
    numbers = [section["number"] for section in document["sections"] if section["code"] in area["beside"]]
    plans = "; ".join(label("plans", plan) for plan in area.get("only_for", []))
    factors = area["factors"] or [{"text": ""}]
    return [
        [area["title"], factor["text"], "\n".join(factor.get("examples", [])), "; ".join(numbers), plans]
        for factor in factors
    ]


def _question(question: Part) -> Cells:
    texts = [question.get(name, "") for name in ("code", "label", "label_18_plus", "hint")]
    return [*texts, _yes(question.get("required"))]


def _fit(part: Part) -> Cells:
    plans = "; ".join(label("plans", plan) for plan in part.get("only_for", []))
    return [plans, part.get("from_age"), part.get("to_age")]


def _yes(value: object) -> str:
    return "Yes" if value else "No"


def _bytes(book: Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()
