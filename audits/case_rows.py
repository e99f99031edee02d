"""Read the rows of any case list, its columns matched to our fields, as parts of cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from audits.annex_a import Refusal, gender_word
from audits.case_parts import Note, Part
from audits.models import Plan
from audits.plan_words import plans_from
from people.file_columns import Field, Record
from people.file_values import BadValue, as_date, clean_text, identifier, without_code, yes_no
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
}
DATES = ("date_of_birth", "referral_date", "opened_on", "closed_on")
LABELS = {field.code: field.label for field in FIELDS}


def read(records: Iterable[Record], *, today: date) -> tuple[list[Part], list[Refusal]]:
    """A part or a refusal for every row."""
    parts, refusals = [], []
    for record in records:
        try:
            parts.append(part_of(record, today=today))
        except BadValue as error:
            reason, _, full = str(error).partition("|")
            reference = identifier(record.cells.get("reference"))[:50]
            refusals.append(Refusal(record.sheet, record.number, reference, reason, full))
    return parts, refusals


def part_of(record: Record, *, today: date) -> Part:
    """One row as a part. Raises BadValue with the reason, and after a bar the value itself."""
    cells = record.cells
    if record.excess:
        raise BadValue("This row has more cells than there are headings; a comma may be missing its quotation marks.")
    reference = identifier(cells.get("reference"))
    if not reference:
        raise BadValue("There is no child's id.")
    if len(reference) > 50:
        raise BadValue("The child's id is longer than 50 characters.")
    part = Part(record.sheet, record.number, reference, f"row {record.number}")
    days = {code: day_of(cells, code) for code in DATES}
    closed_on = days.pop("closed_on")
    refuse_impossible(days, closed_on, today=today)
    part.values = {**texts(record, part), **days}
    part.values["disability"] = yes_no(cells.get("disability"))
    part.values["restricted"] = yes_no(cells.get("restricted"))
    part.closed_on = closed_on if closed_on and closed_on <= today else None
    part.on = days["opened_on"]
    set_plans(part, cells, today=today)
    set_flags(part, cells)
    set_facts(part, cells)
    return part


def day_of(cells: Any, code: str) -> date | None:
    """A date, none for a child not yet born. Raises BadValue, the value itself after a bar."""
    cell: Cell | None = cells.get(code)
    if code == "date_of_birth" and re.search(r"unborn|edd|expected", clean_text(cell), re.IGNORECASE):
        return None
    try:
        return as_date(cell)
    except BadValue as error:
        raise BadValue(f"{LABELS[code]} is not a possible date.|{LABELS[code]}: {error}.") from error


def refuse_impossible(days: dict[str, date | None], closed_on: date | None, *, today: date) -> None:
    opened_on, born = days["opened_on"], days["date_of_birth"]
    if opened_on and closed_on and closed_on < opened_on:
        raise BadValue("The case is closed before it is opened.")
    if born and (born - today).days > 300:
        raise BadValue("The date of birth lies too far in the future.")


def texts(record: Record, part: Part) -> dict[str, str]:
    """The fields of plain text, each cut to what it may hold and noted where it was longer."""
    found = {}
    for code, limit in LIMITS.items():
        cell = record.cells.get(code)
        text = clean_text(cell) if code in ("child_name", "team", "worker", "chair") else without_code(cell)
        if len(text) > limit:
            part.notes.append(Note(f"{LABELS[code]} was cut to {limit} characters."))
        found[code] = identifier(text)[:limit]
    found["gender"] = gender_word(without_code(record.cells.get("gender"))[:60])
    found["primary_language"] = without_code(record.cells.get("primary_language"))[:60]
    return found


def set_plans(part: Part, cells: Any, *, today: date) -> None:
    """The plans the row names. Unknown words are kept as a note and read as no plan."""
    if "plan" not in cells:
        return
    plans = plans_from(cells["plan"])
    if plans is None:
        word = clean_text(cells["plan"])[:60]
        part.notes.append(Note(f"Plan “{word}” is not known here and was read as no current plan."))
    if plans == [Plan.CLOSED]:
        part.closed_on = part.closed_on or today
    part.plans = [plan for plan in plans or [] if plan != Plan.CLOSED]
    part.rank = rank_of(part.plans)


def rank_of(plans: Sequence[str]) -> int:
    """The weight of a row among several about one child: that of its leading plan."""
    order = [plan.value for plan in Plan]
    return max((len(order) - order.index(plan) for plan in plans), default=0)


def set_flags(part: Part, cells: Any) -> None:
    words = re.split(r"[,;|/]", clean_text(cells.get("flags")))
    part.flags = {re.sub(r"[^a-z0-9]+", "_", word.strip().casefold()).strip("_")[:40] for word in words} - {""}
    if "sexual" in part.values["cp_category"].casefold():
        part.flags.add("sexual_abuse")


def set_facts(part: Part, cells: Any) -> None:
    """Dates that help an auditor; one that cannot be right is left out and noted."""
    for code in ("last_visit", "last_review"):
        try:
            day = as_date(cells.get(code))
        except BadValue:
            part.notes.append(Note(f"{LABELS[code]}: not a possible date, left out."))
            continue
        if day:
            part.facts[code] = day.isoformat()
