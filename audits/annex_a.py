"""Read an Ofsted Annex A workbook: one part per row of Lists 3 to 9, however its headings and values have drifted.

Which list makes a case: 6 children in need, 7 child protection plans, 8 children in care, 9 care leavers; 3 to 5
(referrals, assessments, section 47 enquiries) add to them. Lists 1, 2, 10 and 11 hold no case of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from audits.annex_a_lists import (
    ADDING_LISTS,
    COLUMNS,
    COMMON,
    FACT_DATES,
    FACT_LABELS,
    HEADING_WITHIN,
    LEFT_OUT,
    POOL_LISTS,
    RANK,
    SHEET_NAME,
)
from audits.case_parts import Note, Part
from audits.models import Plan
from audits.plan_words import plans_from
from people.file_values import BadValue, as_date, clean_text, heading_key, identifier, without_code, yes_no
from people.spreadsheet import Cell, FileRefused, Sheet

NO_COLUMN_FOR_END = "List {0} has no column for the end: every row of it counts as open."


@dataclass
class Refusal:
    """A row that cannot be taken. `full` may quote the value and is not kept."""

    sheet: str
    number: int
    reference: str
    reason: str
    full: str = ""


@dataclass
class Workbook:
    """What an Annex A workbook holds: a part or a refusal for every row read, and what is to be said of the whole."""

    parts: list[Part] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    rows_read: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    lists: set[int] = field(default_factory=set)

    @property
    def has_every_pool_list(self) -> bool:
        """Whether a case that is in none of its lists can be taken to be closed."""
        return set(POOL_LISTS) <= self.lists


def is_annex_a(sheets: Sequence[Sheet]) -> bool:
    """Whether the workbook has sheets named List 1 to List 11."""
    return bool(numbered(sheets))


def numbered(sheets: Sequence[Sheet]) -> dict[int, Sheet]:
    """The sheets by their list number."""
    found = ((SHEET_NAME.match(sheet.name), sheet) for sheet in sheets)
    return {int(match[1]): sheet for match, sheet in found if match and 1 <= int(match[1]) <= 11}


def read(sheets: Sequence[Sheet], *, today: date) -> Workbook:
    """Every row of Lists 3 to 9. Raises FileRefused where no list makes a case or one has no child's id."""
    lists = numbered(sheets)
    book = Workbook(lists={n for n in lists if lists[n].rows})
    if not set(POOL_LISTS) & book.lists:
        raise FileRefused(
            "The workbook has none of List 6 (children in need), List 7 (child protection plans), List 8 (children in "
            "care) and List 9 (care leavers), so there are no cases in it."
        )
    for number, what in {**POOL_LISTS, **ADDING_LISTS}.items():
        if number not in book.lists:
            book.notes.append(f"The workbook has no List {number}, so no {what} were read.")
    ignored = [f"List {n} ({LEFT_OUT[n]})" for n in sorted(lists) if n in LEFT_OUT]
    if ignored:
        book.notes.append(f"Not read, as they hold no open case: {', '.join(ignored)}.")
    for number in sorted(RANK):
        if number in book.lists:
            read_list(book, number, lists[number], today=today)
    if 10 in book.lists:
        compare_births(book, lists[10])
    return book


def read_list(book: Workbook, number: int, sheet: Sheet, *, today: date) -> None:
    """Add a part or a refusal for every row of one list."""
    places, rows = body(sheet, {**COMMON, **COLUMNS[number]})
    if "reference" not in places:
        raise FileRefused(f"{sheet.name.strip()} has no column for the child's id, so its rows cannot be told apart.")
    if number in (7, 8) and "ends" not in places:
        book.notes.append(NO_COLUMN_FOR_END.format(number))
    for row_number, cells in rows:
        book.rows_read[sheet.name] += 1
        row = Row(number, {key: cells[place] for key, place in places.items() if place < len(cells)})
        try:
            book.parts.append(row.part(sheet.name, row_number, today=today))
        except BadValue as error:
            book.refusals.append(refusal(sheet.name, row_number, row, error))


def refusal(sheet: str, number: int, row: Row, error: BadValue) -> Refusal:
    reason, _, full = str(error).partition("|")
    return Refusal(sheet, number, identifier(row.cells.get("reference"))[:50], reason, full)


def body(sheet: Sheet, patterns: Mapping[str, str]) -> tuple[dict[str, int], list[tuple[int, list[Cell]]]]:
    """Where the columns are, by the first row with a heading for the child's id, and the rows beneath it."""
    for index, (_, cells) in enumerate(sheet.rows[:HEADING_WITHIN]):
        headings = [heading_key(cell) for cell in cells]
        if any(re.search(COMMON["reference"], heading) for heading in headings):
            return places_of(headings, patterns), sheet.rows[index + 1 :]
    return {}, sheet.rows[1:]


def places_of(headings: Sequence[str], patterns: Mapping[str, str]) -> dict[str, int]:
    """Our column -> its place: the first heading that its pattern fits."""
    found = {}
    for key, pattern in patterns.items():
        place = next((n for n, heading in enumerate(headings) if re.search(pattern, heading)), None)
        if place is not None:
            found[key] = place
    return found


def compare_births(book: Workbook, sheet: Sheet) -> None:
    """Note children whom the adoption list gives another date of birth; nothing else of it is used."""
    places, rows = body(sheet, COMMON)
    if not {"reference", "date_of_birth"} <= set(places):
        return
    parts: dict[str, Part] = {}
    for part in book.parts:
        if part.values.get("date_of_birth"):
            parts.setdefault(part.reference, part)
    for _, cells in rows:
        reference = identifier(cells[places["reference"]]) if places["reference"] < len(cells) else ""
        if reference in parts and places["date_of_birth"] < len(cells):
            note_other_birth(parts[reference], cells[places["date_of_birth"]])


def note_other_birth(part: Part, cell: Cell) -> None:
    try:
        other = as_date(cell)
    except BadValue:
        return
    born = part.values["date_of_birth"]
    if other and other != born:
        full = f"Dates of birth differ: {part.source} has {born:%d/%m/%Y}, which is used; List 10 has {other:%d/%m/%Y}."
        part.notes.append(Note(f"Dates of birth differ between {part.source} and List 10.", full))


# ------------------------------------------------------------------ one row


class Row:
    """One row of a list by our column names."""

    def __init__(self, number: int, cells: Mapping[str, Cell]) -> None:
        self.number, self.cells = number, cells

    def part(self, sheet: str, number: int, *, today: date) -> Part:
        """The row as a part. Raises BadValue where it has no id, or a date that decides something is impossible."""
        reference = identifier(self.cells.get("reference"))
        if not reference:
            raise BadValue("There is no child's id.")
        if len(reference) > 50:
            raise BadValue("The child's id is longer than 50 characters.")
        part = Part(sheet, number, reference, f"List {self.number}", rank=RANK[self.number], values=self.values())
        part.on = self.date("on") or self.date("opened_on")
        part.closed_on = self.date("ends")
        if part.closed_on and part.closed_on > today:
            part.closed_on = None
        READERS[self.number](self, part)
        if part.closed_on == date.min:
            part.closed_on = today
        self.facts(part)
        self.flags(part)
        notes_on(part, self, today=today)
        part.values = {key: value for key, value in part.values.items() if value not in (None, "")}
        return part

    def text(self, key: str, limit: int = 100) -> str:
        return without_code(self.cells.get(key))[:limit]

    def date(self, key: str) -> date | None:
        """A date that decides something. Raises BadValue, the value itself after a bar."""
        try:
            return as_date(self.cells.get(key))
        except BadValue as error:
            what = {"ends": "end date", "on": "date", "opened_on": "start date"}.get(key, key.replace("_", " "))
            raise BadValue(f"The {what} is not a possible date.|The {what}: {error}.") from error

    def values(self) -> dict[str, Any]:
        """What every list has. A child not yet born has no date of birth."""
        born = (
            None if "unborn" in clean_text(self.cells.get("date_of_birth")).casefold() else self.date("date_of_birth")
        )
        return {
            "date_of_birth": born,
            "gender": gender_word(self.text("gender", 60)),
            "ethnicity": self.text("ethnicity"),
            "disability": yes_no(self.cells.get("disability")),
            "team": clean_text(self.cells.get("team"))[:150],
            "worker": clean_text(self.cells.get("worker"))[:150],
            "opened_on": self.date("opened_on"),
            "cp_category": self.text("cp_category"),
        }

    def facts(self, part: Part) -> None:
        """What helps an auditor beside the standards; a date here that cannot be right is left out and noted."""
        for key in COLUMNS[self.number].keys() & FACT_LABELS.keys():
            try:
                day = as_date(self.cells.get(key)) if key in FACT_DATES else None
            except BadValue:
                part.notes.append(Note(f"{FACT_LABELS[key]}: not a possible date, left out."))
                continue
            value = day.isoformat() if day else "" if key in FACT_DATES else self.text(key)
            if value:
                part.facts[key] = value

    def flags(self, part: Part) -> None:
        if re.search(r"[1-9]", clean_text(self.cells.get("missing_episodes"))):
            part.flags |= {"missing"}
        if yes_no(self.cells.get("uasc")):
            part.flags |= {"uasc"}


def gender_word(text: str) -> str:
    """The usual letters in full; every other word as the file has it."""
    return {"m": "Male", "f": "Female", "u": "Not known", "i": "Indeterminate"}.get(text.casefold(), text)


# ------------------------------------------------------------------ what each list means


def read_referral(row: Row, part: Part) -> None:
    part.plans, part.values["referral_date"] = [], part.on
    if yes_no(row.cells.get("nfa")):
        part.closed_on = part.on


def read_assessment(row: Row, part: Part) -> None:
    part.plans = [Plan.ASSESSMENT]


def read_enquiry(row: Row, part: Part) -> None:
    part.plans = []


def read_in_need(row: Row, part: Part) -> None:
    """List 6 holds every open case, whatever the plan: its case status says which."""
    status = clean_text(row.cells.get("status"))
    plans = plans_from(status)
    if plans is None:
        part.notes.append(Note(f"Case status “{status[:60]}” is not known here and was read as a child in need plan."))
    if plans == [Plan.CLOSED]:
        part.closed_on = part.closed_on or date.min  # the day is not known
    part.plans = plans if plans and plans != [Plan.CLOSED] else [Plan.CHILD_IN_NEED]


def read_protection(row: Row, part: Part) -> None:
    part.plans = [Plan.CHILD_PROTECTION]
    if "sexual" in part.values["cp_category"].casefold():
        part.flags |= {"sexual_abuse"}


def read_care(row: Row, part: Part) -> None:
    part.plans = [Plan.CHILD_IN_CARE]


def read_leaver(row: Row, part: Part) -> None:
    part.plans = [Plan.PATHWAY]
    part.values["worker"] = part.values["worker"] or clean_text(row.cells.get("adviser"))[:150]


READERS: dict[int, Callable[[Row, Part], None]] = {
    3: read_referral,
    4: read_assessment,
    5: read_enquiry,
    6: read_in_need,
    7: read_protection,
    8: read_care,
    9: read_leaver,
}


def notes_on(part: Part, row: Row, *, today: date) -> None:
    """Odd but accepted: what a person should look at."""
    born, starts = part.values["date_of_birth"], part.values["opened_on"]
    age = age_in_years(row.cells.get("age"), born, today=today)
    if row.number == 6 and age is not None and age > 18:
        part.notes.append(
            Note(f"Aged {age} on the list of children in need.") if age < 120 else Note("Age not possible.")
        )
    if row.number == 7 and born and starts and starts < born:
        part.notes.append(Note("The child protection plan starts before birth (a pre-birth plan)."))
    visited, ended = part.facts.get("last_visit", ""), part.closed_on
    if visited and ended and visited > ended.isoformat():
        part.notes.append(Note("The last visit is dated after the end."))
    need = part.facts.get("need", "")
    if need and not re.match(r"^(n\d|a\d|\d|not stated)", need, re.IGNORECASE):
        part.notes.append(Note(f"Primary need “{need.split(' ')[0][:20]}” is no code of children's services."))


def age_in_years(cell: Cell | None, born: date | None, *, today: date) -> int | None:
    """The age the file gives, however it is written; otherwise from the date of birth; None without either."""
    try:
        return int(float(clean_text(cell)))
    except (ValueError, OverflowError):
        return (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) if born else None


def end_with_assessment(parts: Sequence[Part]) -> None:
    """A child only in the lists of activity: a finished assessment also ends what led to it."""
    if any(part.rank >= RANK[6] for part in parts):
        return
    ends = [part.closed_on for part in parts if part.rank == RANK[4] and part.closed_on]
    for part in parts:
        if part.closed_on is None and part.rank != RANK[4] and ends and (part.on or date.min) <= max(ends):
            part.closed_on = max(ends)
