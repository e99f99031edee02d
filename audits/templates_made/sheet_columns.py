"""The sheets and columns that a template's workbook may have, recognised under loose headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audits.models import Plan
from audits.plan_words import plans_from
from audits.templates_made.document import Part, tidy
from people.file_values import heading_key, text_of
from people.spreadsheet import Cell, Sheet

HEADINGS_WITHIN = 15  # rows: titles and notes may stand above the headings
Names = Mapping[str, tuple[str, ...]]

ONLY_FOR = ("only for", "plans", "plan", "only for plans", "applies to", "for plans")
FROM_AGE = ("from age", "age from", "youngest age", "minimum age", "from")
TO_AGE = ("to age", "age to", "oldest age", "maximum age", "up to age", "to")
HINT = ("hint", "help", "help text", "notes", "guidance", "explanation")
PROMPT = ("prompt", "rationale prompt", "comment prompt")
PROMPT_18 = ("prompt from 18", "prompt 18+", "18+ prompt")
SECTION = ("section", "section title", "area", "domain", "heading", "part", "theme", "section name", "topic")
STANDARDS: Names = {
    "number": ("no", "nr", "number", "no of standard", "question no", "question number", "item", "item no"),
    "code": ("code", "standard code", "ref", "reference", "id"),
    "section": SECTION,
    "text": (
        "standard", "wording", "key standard", "question", "statement", "criterion", "criteria", "text",
        "standard wording", "audit question", "key standards", "standards", "questions", "question statement",
        "statement question", "question or statement", "what we check", "what we look for", "what to check",
        "description",
    ),
    "text_18_plus": ("18+ wording", "wording from 18", "18 plus wording", "wording 18+", "18+", "from 18"),
    "hint": HINT,
    "only_for": ONLY_FOR,
    "from_age": FROM_AGE,
    "to_age": TO_AGE,
}  # fmt: skip
SECTIONS: Names = {
    "section": SECTION,
    "short_title": ("short title", "short name"),
    "rationale_prompt": PROMPT,
    "rationale_prompt_18_plus": PROMPT_18,
    "safety": ("safety", "about safety"),
    "impact": ("impact", "about impact"),
    "only_for": ONLY_FOR,
    "from_age": FROM_AGE,
    "to_age": TO_AGE,
}
QUESTIONS: Names = {
    "code": ("code",),
    "label": ("question", "label", "wording", "text"),
    "label_18_plus": ("18+ wording", "question from 18", "wording from 18"),
    "hint": HINT,
    "required": ("required", "has to be answered", "must be answered", "mandatory"),
}
AREAS: Names = {
    "title": ("area", "guidance area", "title", "heading"),
    "text": ("what to look for", "factor", "guidance", "text", "guidance factor", "look for"),
    "examples": ("examples", "for example"),
    "beside": ("beside sections", "beside", "sections", "section"),
    "only_for": ONLY_FOR,
}
MEANS = {  # what becomes of a column, in the words of the pages
    "number": "number of the row, which the portal gives itself",
    "code": "code",
    "section": "section",
    "text": "standard",
    "text_18_plus": "wording for young people from 18",
    "hint": "hint beneath each standard",
    "only_for": "plans it is asked for",
    "from_age": "youngest age it is asked for",
    "to_age": "oldest age it is asked for",
    "short_title": "short title of the section",
    "rationale_prompt": "asked above the box for the reasons",
    "rationale_prompt_18_plus": "asked about young people from 18",
    "safety": "whether it is about the child’s safety",
    "impact": "whether it is about the difference made to the child’s life",
    "label": "question",
    "label_18_plus": "question about young people from 18",
    "required": "whether it has to be answered",
    "title": "title of the guidance",
    "examples": "examples",
    "beside": "sections it stands beside",
}
MEANS_THERE = {  # where another sheet means something else by it
    "questions": {"hint": "hint beneath each question"},
    "guidance": {"text": "what to look for", "only_for": "plans it is shown for"},
}
NUMBERED = re.compile(r"^\s*(?:section\s+)?\d{1,2}(?:\.\d{1,2})*\s*[.):–—-]\s*|^\s*section\s+\d{1,2}\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number as the spreadsheet counts, and its cells by our names."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    filled: tuple[str, ...] = ()  # everything that stands in the row, also in columns that are not read

    def text(self, name: str) -> str:
        """A cell as text; "" where there is none."""
        return cell_text(self.cells.get(name))


def cell_text(cell: Cell | None) -> str:
    """What a cell says, as it was typed; a formula has become its value or its text before."""
    return "" if cell is None else tidy(cell if isinstance(cell, str) else text_of(cell)).strip()


@dataclass(frozen=True)
class Columns:
    """Which column holds what, counted from 0; and the number of the row with the headings, 0 where there is none."""

    headings: int
    places: Mapping[str, int]


WITHOUT_HEADINGS = Columns(0, {"section": 0, "text": 1})


def columns_in(sheet: Sheet, names: Names, *, needs: str) -> Columns | None:
    """The row of the first few that says most of what we know, `needs` among it; None where there is no such row.

    A title in a cell of its own is no heading where the rows below it are wider.
    """
    wide = is_wide(sheet)
    found = [
        Columns(number, places)
        for number, cells in sheet.rows[:HEADINGS_WITHIN]
        if needs in (places := _columns(cells, names)) and (not wide or len(_filled(cells)) > 1)
    ]
    return max(found, key=lambda columns: len(columns.places), default=None)


def is_wide(sheet: Sheet) -> bool:
    """Whether most rows have more than one column."""
    return sum(len(cells) > 1 for _, cells in sheet.rows) * 2 > len(sheet.rows)


def rows_below(sheet: Sheet, columns: Columns) -> list[Row]:
    """The rows beneath the headings, by our names."""
    return [
        Row(
            sheet.name,
            number,
            {name: cells[at] for name, at in columns.places.items() if at < len(cells)},
            filled=_filled(cells),
        )
        for number, cells in sheet.rows
        if number > columns.headings
    ]


def _filled(cells: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(text for cell in cells if (text := cell_text(cell)))


def rows_of(sheet: Sheet, names: Names, *, needs: str) -> list[Row] | None:
    """The rows beneath the headings; None where no row of the first few has a heading for `needs`."""
    columns = columns_in(sheet, names, needs=needs)
    return rows_below(sheet, columns) if columns else None


def letter(place: int) -> str:
    """A column as spreadsheets name it: 0 is A, 26 is AA."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _columns(cells: Sequence[Cell], names: Names) -> dict[str, int]:
    """Which column holds what; of two that could be the same, the one whose name is listed first."""
    keys = {heading_key(cell): place for place, cell in reversed(list(enumerate(cells))) if str(cell).strip()}
    found: dict[str, int] = {}
    for name, headings in names.items():
        place = next((keys[key] for heading in headings if (key := heading_key(heading)) in keys), None)
        if place is not None and place not in found.values():
            found[name] = place
    return found


def kind_of_sheet(sheet: Sheet) -> str:
    """What a sheet is about, by its name: closing, reflection, guidance, sections; otherwise standards."""
    name = sheet.name.casefold()
    kinds = {
        "closing": ("closing",),
        "reflection_questions": ("reflection", "worker"),
        "guidance": ("guidance", "factor", "look for"),
        "sections": ("sections",),
        "": ("read me", "readme", "how to", "notes", "help"),
    }
    return next((kind for kind, words in kinds.items() if any(word in name for word in words)), "standards")


def without_number(title: str) -> str:
    """A section's title without the number before it: 1. Risk and need."""
    return NUMBERED.sub("", title).strip() or title.strip()


def same(text: str) -> str:
    """A text reduced for comparing wordings: spaces and capitals do not count."""
    return " ".join(text.split()).casefold()


def same_words(text: str) -> str:
    """A text reduced for finding it twice: a full stop at its end does not count either."""
    return same(text).rstrip(" .;,:")


def fit_of(row: Row) -> tuple[Part, list[str]]:
    """Whom a row is for, and what of it cannot be read."""
    fit: Part = {}
    problems = []
    plans, unknown = _plans(row.text("only_for"))
    if unknown:
        problems.append(f"“{unknown[:60]}” is not a plan. Write, for example: child in care; pathway.")
    if plans:
        fit["only_for"] = plans
    for name, words in (("from_age", "From age"), ("to_age", "To age")):
        typed = row.text(name)
        if typed.isdecimal() and len(typed) <= 2:
            fit[name] = int(typed)
        elif typed:
            problems.append(f"{words} “{typed[:20]}” is not an age in whole years.")
    return fit, problems


def _plans(typed: str) -> tuple[list[str], str]:
    """The plans that a cell names, separated by commas, semicolons or lines; and the first word that is none."""
    found: list[str] = []
    for part in (part.strip() for part in re.split(r"[;,/\n]", typed)):
        if not part or same(part) in {"all", "every plan", "everybody", "any"}:
            continue
        plans = plans_from(part)
        if plans is None:
            return [], part
        plans = plans or [Plan.NONE.value]
        found += [plan for plan in plans if plan not in found]
    return found, ""


def grouped(rows: Sequence[Row], name: str) -> Iterator[tuple[str, list[Row]]]:
    """Rows under the last text of a column that was filled: merged cells and headings are read so."""
    current: str = ""
    held: list[Row] = []
    for row in rows:
        typed = row.text(name)
        if typed and same(typed) != same(current):
            if held:
                yield current, held
            current, held = typed, []
        held.append(row)
    if held:
        yield current, held
