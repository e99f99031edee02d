"""The further sheets of a template's workbook: sections, guidance, closing and reflection questions; all optional."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

from audits.templates_made import editing
from audits.templates_made.document import Document, Part
from audits.templates_made.sheet_columns import (
    AREAS,
    QUESTIONS,
    SECTIONS,
    Row,
    fit_of,
    grouped,
    rows_of,
    same,
    without_number,
)
from people.file_values import yes_no
from people.spreadsheet import Sheet


@dataclass(frozen=True)
class RowProblem:
    """A row of a further sheet that is left out, and why."""

    sheet: str
    number: int
    text: str
    message: str


def put(document: Document, sheets: Mapping[str, Sheet], *, base: Document) -> list[RowProblem]:
    """Take what the further sheets say into a document; a sheet that is not there leaves what there is."""
    problems: list[RowProblem] = []
    if "sections" in sheets:
        problems += _put_sections(document, sheets["sections"])
    for group in ("closing", "reflection_questions"):
        if group in sheets:
            problems += _put_questions(document, group, sheets[group])
    if "guidance" in sheets:
        problems += _put_guidance(document, sheets["guidance"], base=base)
    codes = {section["code"] for section in document["sections"]}
    for area in document["guidance"]:
        area["beside"] = [code for code in area["beside"] if code in codes]
    return problems


def _put_sections(document: Document, sheet: Sheet) -> Iterator[RowProblem]:
    for row in rows_of(sheet, SECTIONS, needs="section") or []:
        title = without_number(row.text("section"))
        section = _by_title(document, title)
        fit, problems = fit_of(row)
        if section is None and title:
            problems.append("No standard stands in this section.")
        if problems:
            yield RowProblem(row.sheet, row.number, title, " ".join(problems))
        if section is None:
            continue
        for name in ("short_title", "rationale_prompt", "rationale_prompt_18_plus"):
            if name in row.cells:
                section[name] = row.text(name)
        for name in ("safety", "impact"):
            if name in row.cells:
                section[name] = _yes(row, name)
        for name in ("only_for", "from_age", "to_age"):
            if name in row.cells:
                section.pop(name, None)
        section |= fit


def _put_questions(document: Document, group: str, sheet: Sheet) -> Iterator[RowProblem]:
    rows = rows_of(sheet, QUESTIONS, needs="label")
    if rows is None:
        yield RowProblem(sheet.name, 1, sheet.name, "The sheet has no column Question.")
        return
    before = {same(question["label"]): question["code"] for question in document[group]}
    there = {question["code"] for question in document[group]}
    asked, given = [], set()
    for row in rows:
        code = row.text("code") if row.text("code") in there else before.get(same(row.text("label")), "")
        code = "" if code in given else code
        given.add(code)
        question = {"code": code, "label": row.text("label"), "required": _yes(row, "required")}
        question |= {name: row.text(name) for name in ("hint", "label_18_plus") if name in row.cells}
        asked.append(question)
    document[group] = editing.questions_from(document, group, asked)


def _put_guidance(document: Document, sheet: Sheet, *, base: Document) -> Iterator[RowProblem]:
    rows = rows_of(sheet, AREAS, needs="title")
    if rows is None:
        yield RowProblem(sheet.name, 1, sheet.name, "The sheet has no column Area.")
        return
    before = {same(area["title"]): area for area in base["guidance"]}
    document["guidance"] = []
    for title, held in grouped(rows, "title"):
        there = before.get(same(title))
        area: Part = deepcopy(there) if there else editing.add_area(document, title=title)
        if there:
            document["guidance"].append(area)
        area["factors"] = [
            {"number": 0, "text": row.text("text"), **_examples(row)} for row in held if row.text("text")
        ]
        yield from _put_beside(document, area, held)


def _put_beside(document: Document, area: Part, rows: list[Row]) -> Iterator[RowProblem]:
    """The sections an area stands beside, by number or title, one to a line or separated by semicolons."""
    beside: list[str] = []
    for row in rows:
        fit, problems = fit_of(row)
        area |= {name: plans for name, plans in fit.items() if name == "only_for"}
        for named in (part.strip() for part in row.text("beside").replace("\n", ";").split(";")):
            section = _by_number(document, named) or _by_title(document, without_number(named))
            if section and section["code"] not in beside:
                beside.append(section["code"])
            elif named and not section:
                problems.append(f"There is no section “{named[:60]}”.")
        if problems:
            yield RowProblem(row.sheet, row.number, row.text("text"), " ".join(problems))
    if any("beside" in row.cells for row in rows):
        area["beside"] = beside


def _by_title(document: Document, title: str) -> Part | None:
    return next((one for one in document["sections"] if same(one["title"]) == same(title)), None)


def _by_number(document: Document, typed: str) -> Part | None:
    number = int(typed) if typed.isdecimal() and len(typed) <= 3 else 0
    return document["sections"][number - 1] if 0 < number <= len(document["sections"]) else None


def _yes(row: Row, name: str) -> bool:
    return bool(yes_no(row.text(name)))


def _examples(row: Row) -> Part:
    lines = [line.strip() for line in row.text("examples").split("\n") if line.strip()]
    return {"examples": lines} if lines else {}
