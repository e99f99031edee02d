"""Read the rows of any case list, its columns matched to our fields, as parts of cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from audits.annex_a import Refusal, gender_word
from audits.case_parts import Note, Part
from audits.models import Plan
from audits.plan_words import plans_from
from people.file_columns import Field, Placed
from people.file_values import BadValue, as_date, clean_text, identifier, without_code, without_nought, yes_no
from people.spreadsheet import Cell

FIELDS = (
    Field(
        "reference",
        "Child's id",
        (
            "child unique id",
            "child id",
            "person id",
            "client id",
            "case id",
            "mosaic id",
            "lcs id",
            "cin_person_id",
            "pers_person_id",
            "swift id",
            "id",
            "case reference",
            "unique id",
        ),
        required=True,
    ),
    Field("child_name", "Child's name", ("name", "child name", "full name", "client name", "service user")),
    Field("date_of_birth", "Date of birth", ("dob", "birth date", "pers_dob", "d o b")),
    Field("gender", "Gender", ("sex", "pers_gender", "pers_sex")),
    Field("ethnicity", "Ethnicity", ("ethnic origin", "ethnic group", "pers_ethnicity")),
    Field("primary_language", "Primary language", ("language", "first language", "main language")),
    Field("disability", "Disability", ("does the child have a disability", "disabled", "has disability")),
    Field(
        "plan",
        "Plan or status",
        ("plan", "case status", "status", "plan type", "case type", "current plan", "legal status and plan"),
    ),
    Field(
        "cp_category",
        "Child protection category",
        ("latest category of abuse", "category of abuse", "cp category", "category"),
    ),
    Field("referral_date", "Latest referral", ("referral date", "date of referral", "cine_referral_date")),
    Field("opened_on", "Opened on", ("start date", "case opened", "opened", "cin start date", "open date")),
    Field(
        "closed_on",
        "Closed on",
        ("end date", "case closed", "closed", "closure date", "cin closure date", "cine_close_date", "close date"),
    ),
    Field("team", "Team", ("allocated team", "team name", "responsible team", "current team", "cine_referral_team")),
    Field(
        "worker",
        "Worker",
        (
            "allocated worker",
            "social worker",
            "key worker",
            "case worker",
            "worker name",
            "allocated social worker",
            "responsible worker",
            "cine_referral_worker_id",
        ),
    ),
    Field(
        "chair",
        "Reviewing officer or chair",
        ("iro", "cp chair", "cpc", "independent reviewing officer", "conference chair"),
    ),
    Field("family_reference", "Family's id", ("family id", "family identifier", "group id", "fami_family_id")),
    Field("flags", "Flags", ("cohorts", "alerts", "hazards", "risk flags")),
    Field("restricted", "Restricted record", ("restricted", "sealed", "locked record")),
    Field("last_visit", "Last visit", ("date of last visit", "last seen", "last statutory visit", "date last seen")),
    Field("last_review", "Latest review", ("last review", "date of last review", "latest review date")),
)
LIMITS = {
    "child_name": 200,
    "ethnicity": 100,
    "cp_category": 100,
    "team": 150,
    "worker": 150,
    "chair": 150,
    "family_reference": 50,
    "gender": 60,
    "primary_language": 60,
}
NAMES = ("child_name", "team", "worker", "chair")  # never begin with a list letter
OF_ONE_CHILD = ("child_name", "family_reference")  # not worth remembering from row to row
DATES = ("date_of_birth", "referral_date", "opened_on", "closed_on")
LABELS = {field.code: field.label for field in FIELDS}
ANSWERS = ("disability", "restricted")
FACTS = ("last_visit", "last_review")
TOLD_OF = frozenset(LIMITS) - {"gender", "primary_language"}  # where a cut is worth a note
RANKS = {plan.value: len(Plan) - place for place, plan in enumerate(Plan)}
CLOSED = Plan.CLOSED.value
REMEMBERED = 20_000  # values of a column
Read = Callable[[Cell], Any]


class Meanings(dict[Cell, Any]):
    """What a cell means, worked out once for each text of a column; a cell that is no text is read each time."""

    def __init__(self, read_cell: Read) -> None:
        super().__init__()
        self.read_cell = read_cell

    def __missing__(self, cell: Cell) -> Any:
        meaning = self.read_cell(cell)
        if isinstance(cell, str) and len(self) < REMEMBERED:  # True, 1 and 1.0 would pass for each other
            self[cell] = meaning
        return meaning


def remember(read_cell: Read) -> Read:
    """The same, but what it says of a text is remembered."""
    return Meanings(read_cell).__getitem__


def read(rows: Placed, *, today: date) -> tuple[list[Part], list[Refusal]]:
    """A part or a refusal for every row."""
    parts, refusals = [], []
    reader = Reader(rows, today=today)
    for number, cells in rows.rows:
        try:
            parts.append(reader.part_of(number, cells))
        except BadValue as error:
            reason, _, full = str(error).partition("|")
            refusals.append(Refusal(rows.sheet, number, reader.reference_of(cells)[:50], reason, full))
    return parts, refusals


class Reader:
    """Reads row after row; what a cell means is worked out once for each value of its column."""

    def __init__(self, rows: Placed, *, today: date) -> None:
        self.today, self.sheet, self.width, self.places = today, rows.sheet, rows.width, rows.places
        self.days = self.columns(DATES, lambda code: remember(partial(day_of, code)))
        self.texts = self.columns(
            LIMITS, lambda code: text_reader(code) if code in OF_ONE_CHILD else remember(text_reader(code))
        )
        self.answers = self.columns(ANSWERS, lambda code: remember(yes_no))
        self.facts = self.columns(FACTS, lambda code: remember(fact_of))
        self.plans, self.flags = remember(ranked_plans), remember(flags_from)

    def columns(self, codes: Iterable[str], reader_for: Callable[[str], Read]) -> list[tuple[str, int, Read]]:
        """Of these fields those that the file has: code, place in the row, and what reads a cell."""
        return [(code, self.places[code], reader_for(code)) for code in codes if code in self.places]

    def reference_of(self, cells: Sequence[Cell]) -> str:
        place = self.places["reference"]
        return identifier(cells[place]) if place < len(cells) else ""

    def part_of(self, number: int, cells: list[Cell]) -> Part:
        """One row as a part. Raises BadValue with the reason, and after a bar the value itself."""
        if len(cells) > self.width:
            raise BadValue(
                "This row has more cells than there are headings; a comma may be missing its quotation marks."
            )
        reference = self.reference_of(cells)
        if not reference:
            raise BadValue("There is no child's id.")
        if len(reference) > 50:
            raise BadValue("The child's id is longer than 50 characters.")
        if len(cells) < self.width:
            cells = cells + [""] * (self.width - len(cells))
        part = Part(self.sheet, number, reference)
        self.set_values(part, cells)
        self.set_plans(part, cells)
        self.set_flags(part, cells)
        self.set_facts(part, cells)
        return part

    def set_values(self, part: Part, cells: Sequence[Cell]) -> None:
        """Texts, dates, yes and no, as far as the row says something. Raises BadValue for dates that cannot be."""
        values = part.values
        for code, place, read_day in self.days:
            if (day := read_day(cells[place])) is not None:
                values[code] = day
        closed_on = values.pop("closed_on", None)
        refuse_impossible(values, closed_on, today=self.today)
        for code, place, read_text in self.texts:
            text, was_cut = read_text(cells[place])
            if text:
                values[code] = text
            if was_cut and code in TOLD_OF:
                part.notes.append(Note(f"{LABELS[code]} was cut to {LIMITS[code]} characters."))
        for code, place, read_answer in self.answers:
            if (answer := read_answer(cells[place])) is not None:
                values[code] = answer
        part.closed_on = closed_on if closed_on and closed_on <= self.today else None
        part.on = values.get("opened_on")

    def set_plans(self, part: Part, cells: Sequence[Cell]) -> None:
        """The plans the row names. Unknown words are kept as a note and read as no plan."""
        if "plan" not in self.places:
            return
        cell = cells[self.places["plan"]]
        part.plans, part.rank = self.plans(cell)
        if part.plans is None:
            word = clean_text(cell)[:60]
            part.notes.append(Note(f"Plan “{word}” is not known here and was read as no current plan."))
            part.plans = ()
        elif part.plans == (CLOSED,):
            part.closed_on = part.closed_on or self.today
            part.plans = ()

    def set_flags(self, part: Part, cells: Sequence[Cell]) -> None:
        """The flags the row names, and what its other cells say of harm."""
        if "flags" in self.places:
            part.flags = self.flags(cells[self.places["flags"]])
        category = part.values.get("cp_category")
        if category and "sexual" in category.casefold():
            part.flags |= {"sexual_abuse"}

    def set_facts(self, part: Part, cells: Sequence[Cell]) -> None:
        """Dates that help an auditor; one that cannot be right is left out and noted."""
        for code, place, read_fact in self.facts:
            fact = read_fact(cells[place])
            if fact:
                part.facts[code] = fact
            elif fact is None:
                part.notes.append(Note(f"{LABELS[code]}: not a possible date, left out."))


def day_of(code: str, cell: Cell | None) -> date | None:
    """A date, none for a child not yet born. Raises BadValue, the value itself after a bar."""
    if code == "date_of_birth" and re.search(r"unborn|edd|expected", clean_text(cell), re.IGNORECASE):
        return None
    try:
        return as_date(cell)
    except BadValue as error:
        raise BadValue(f"{LABELS[code]} is not a possible date.|{LABELS[code]}: {error}.") from error


def fact_of(cell: Cell) -> str | None:
    """A date as it is kept among a case's facts, empty where there is none; None for one that cannot be right."""
    try:
        day = as_date(cell)
    except BadValue:
        return None
    return day.isoformat() if day else ""


def refuse_impossible(days: Mapping[str, Any], closed_on: date | None, *, today: date) -> None:
    """Raises BadValue for a case closed before it is opened, or a child born long after today."""
    opened_on, born = days.get("opened_on"), days.get("date_of_birth")
    if opened_on and closed_on and closed_on < opened_on:
        raise BadValue("The case is closed before it is opened.")
    if born and (born - today).days > 300:
        raise BadValue("The date of birth lies too far in the future.")


def text_reader(code: str) -> Read:
    """What reads a field of plain text: the text cut to what the field may hold, and whether it was longer."""
    limit, clean = LIMITS[code], clean_text if code in NAMES else without_code

    def read_text(cell: Cell) -> tuple[str, bool]:
        text = without_nought(clean(cell))
        return text[:limit], len(text) > limit

    def read_gender(cell: Cell) -> tuple[str, bool]:
        return gender_word(clean(cell)[:limit]), False

    return read_gender if code == "gender" else read_text


def ranked_plans(cell: Cell) -> tuple[tuple[str, ...] | None, int]:
    """The plans of a cell, and the weight of its row among several about one child: that of the leading plan."""
    plans = plans_from(cell)
    known = [plan for plan in plans or [] if plan != CLOSED]
    return None if plans is None else tuple(plans), max((RANKS[plan] for plan in known), default=0)


def flags_from(cell: Cell | None) -> frozenset[str]:
    """The flags of a cell, by code."""
    words = re.split(r"[,;|/]", clean_text(cell))
    return frozenset(re.sub(r"[^a-z0-9]+", "_", word.strip().casefold()).strip("_")[:40] for word in words) - {""}
