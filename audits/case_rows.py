"""Read the rows of any case list, its columns matched to our fields, as parts of cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any

from audits.annex_a import Refusal, gender_word
from audits.case_parts import Note, Part
from audits.models import Plan
from audits.plan_words import plans_from
from people.file_columns import Field, Record
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
REMEMBERED = 20_000  # values of a column


def read(records: Iterable[Record], *, today: date) -> tuple[list[Part], list[Refusal]]:
    """A part or a refusal for every row."""
    parts, refusals = [], []
    part_of = Reader(today=today).part_of
    for record in records:
        try:
            parts.append(part_of(record))
        except BadValue as error:
            reason, _, full = str(error).partition("|")
            reference = identifier(record.cells.get("reference"))[:50]
            refusals.append(Refusal(record.sheet, record.number, reference, reason, full))
    return parts, refusals


class Reader:
    """Reads row after row; what a cell means is worked out once for each value of the file."""

    def __init__(self, *, today: date) -> None:
        remember = lru_cache(maxsize=REMEMBERED, typed=True)
        self.today = today
        self.day: Callable[..., date | None] = remember(day_of)
        self.fact: Callable[..., date | None] = remember(as_date)
        self.yes_no = remember(yes_no)
        self.plans = remember(plans_from)
        self.flags = remember(flags_from)
        self.texts: dict[str, Callable[[Cell | None], tuple[str, bool]]] = {
            code: partial(text_of, code) if code in OF_ONE_CHILD else remember(partial(text_of, code))
            for code in LIMITS
        }

    def part_of(self, record: Record) -> Part:
        """One row as a part. Raises BadValue with the reason, and after a bar the value itself."""
        cells = record.cells
        if record.excess:
            raise BadValue(
                "This row has more cells than there are headings; a comma may be missing its quotation marks."
            )
        reference = identifier(cells.get("reference"))
        if not reference:
            raise BadValue("There is no child's id.")
        if len(reference) > 50:
            raise BadValue("The child's id is longer than 50 characters.")
        part = Part(record.sheet, record.number, reference, f"row {record.number}")
        self.set_values(part, cells)
        self.set_plans(part, cells)
        if "flags" in cells:
            part.flags = set(self.flags(cells["flags"]))
        if "sexual" in part.values.get("cp_category", "").casefold():
            part.flags.add("sexual_abuse")
        self.set_facts(part, cells)
        return part

    def set_values(self, part: Part, cells: Mapping[str, Cell]) -> None:
        """Texts, dates, yes and no, as far as the row says something. Raises BadValue for dates that cannot be."""
        values = part.values
        for code in DATES:
            if code in cells and (day := self.day(code, cells[code])) is not None:
                values[code] = day
        closed_on = values.pop("closed_on", None)
        refuse_impossible(values, closed_on, today=self.today)
        for code, read_text in self.texts.items():
            if code in cells:
                text, was_cut = read_text(cells[code])
                if text:
                    values[code] = text
                if was_cut and code in TOLD_OF:
                    part.notes.append(Note(f"{LABELS[code]} was cut to {LIMITS[code]} characters."))
        for code in ("disability", "restricted"):
            if code in cells and (answer := self.yes_no(cells[code])) is not None:
                values[code] = answer
        part.closed_on = closed_on if closed_on and closed_on <= self.today else None
        part.on = values.get("opened_on")

    def set_plans(self, part: Part, cells: Mapping[str, Cell]) -> None:
        """The plans the row names. Unknown words are kept as a note and read as no plan."""
        if "plan" not in cells:
            return
        plans = self.plans(cells["plan"])
        if plans is None:
            word = clean_text(cells["plan"])[:60]
            part.notes.append(Note(f"Plan “{word}” is not known here and was read as no current plan."))
        if plans == [Plan.CLOSED]:
            part.closed_on = part.closed_on or self.today
        part.plans = [plan for plan in plans or [] if plan != Plan.CLOSED]
        part.rank = rank_of(part.plans)

    def set_facts(self, part: Part, cells: Mapping[str, Cell]) -> None:
        """Dates that help an auditor; one that cannot be right is left out and noted."""
        for code in FACTS:
            if code not in cells:
                continue
            try:
                day = self.fact(cells[code])
            except BadValue:
                part.notes.append(Note(f"{LABELS[code]}: not a possible date, left out."))
                continue
            if day:
                part.facts[code] = day.isoformat()


FACTS = ("last_visit", "last_review")
TOLD_OF = frozenset(LIMITS) - {"gender", "primary_language"}  # where a cut is worth a note
RANKS = {plan.value: len(Plan) - place for place, plan in enumerate(Plan)}


def day_of(code: str, cell: Cell | None) -> date | None:
    """A date, none for a child not yet born. Raises BadValue, the value itself after a bar."""
    if code == "date_of_birth" and re.search(r"unborn|edd|expected", clean_text(cell), re.IGNORECASE):
        return None
    try:
        return as_date(cell)
    except BadValue as error:
        raise BadValue(f"{LABELS[code]} is not a possible date.|{LABELS[code]}: {error}.") from error


def refuse_impossible(days: Mapping[str, Any], closed_on: date | None, *, today: date) -> None:
    """Raises BadValue for a case closed before it is opened, or a child born long after today."""
    opened_on, born = days.get("opened_on"), days.get("date_of_birth")
    if opened_on and closed_on and closed_on < opened_on:
        raise BadValue("The case is closed before it is opened.")
    if born and (born - today).days > 300:
        raise BadValue("The date of birth lies too far in the future.")


def text_of(code: str, cell: Cell | None) -> tuple[str, bool]:
    """A field of plain text, cut to what it may hold, and whether it was longer."""
    limit = LIMITS[code]
    text = clean_text(cell) if code in NAMES else without_code(cell)
    if code == "gender":
        return gender_word(text[:limit]), False
    return without_nought(text)[:limit], len(text) > limit


def rank_of(plans: Sequence[str]) -> int:
    """The weight of a row among several about one child: that of its leading plan."""
    return max((RANKS[plan] for plan in plans), default=0)


def flags_from(cell: Cell | None) -> frozenset[str]:
    """The flags of a cell, by code."""
    words = re.split(r"[,;|/]", clean_text(cell))
    return frozenset(re.sub(r"[^a-z0-9]+", "_", word.strip().casefold()).strip("_")[:40] for word in words) - {""}
