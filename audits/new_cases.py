"""Cases that a file adds: never models, but rows, made and written by the hundred thousand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from audits.case_flags import worked_out
from audits.case_parts import Note, Part
from audits.case_staff import Staff, StaffOf
from audits.models import Case, Plan
from audits.plan_words import in_words, leading
from people.copying import array_text, copy_rows
from people.file_outcomes import Outcome, Staged
from people.models import FileImport

DEFAULTS: dict[str, Any] = {
    "child_name": "",
    "date_of_birth": None,
    "gender": "",
    "ethnicity": "",
    "primary_language": "",
    "disability": None,
    "cp_category": "",
    "referral_date": None,
    "opened_on": None,
    "family_reference": "",
    "restricted": False,
}
WRITTEN = (
    *("reference", *DEFAULTS, "plan", "plans", "closed_on", "flags", "facts", "team_name", "worker_name"),
    *("team_id", "worker_id", "chair_id", "last_import_id"),
)
ADDED = Outcome.ADDED.value
BLANKS = tuple(DEFAULTS.values())


@dataclass(frozen=True, slots=True)
class PlanKept:
    """A case's plan and plans as they are kept, and in words."""

    plan: str
    plans: str
    words: str


class NewCases:
    """The cases that a file adds. What many of them share is worked out once."""

    def __init__(self, staff_of: StaffOf, *, today: date) -> None:
        self.staff_of = staff_of
        self.today = today
        self.rows: list[tuple[tuple[Any, ...], Staff]] = []
        self.flags_of = lru_cache(maxsize=20_000)(self.worked_out)
        self.plan_kept = lru_cache(maxsize=1_000)(plan_kept)

    def add(self, part: Part) -> Staged:
        """Add a case; returns what the row that carries it will do."""
        get = part.values.get
        kept = self.plan_kept((Plan.CLOSED.value,) if part.closed_on else tuple(part.plans or ()))
        staff = self.staff_of(get("team", ""), get("worker", ""), get("chair", ""))
        derived = self.flags_of(*map(get, ("date_of_birth", "gender", "disability", "cp_category")))
        row = (
            part.reference,
            *map(get, DEFAULTS, BLANKS),
            kept.plan,
            kept.plans,
            part.closed_on,
            flags_kept(part.flags, derived),
            facts_kept(tuple(part.facts.items())),
            staff.team_name,
            staff.worker_name,
        )
        self.rows.append((row, staff))
        return added(part, kept.words, staff)

    def worked_out(
        self, born: date | None, gender: str | None, disability: bool | None, category: str | None
    ) -> frozenset[str]:
        return worked_out(
            born=born, gender=gender or "", disability=disability, category=category or "", today=self.today
        )

    def write(self, file_import: FileImport) -> None:
        """Write them. New teams must have been saved."""
        key, keys_of = file_import.pk, lru_cache(maxsize=None)(Staff.keys)
        copy_rows(Case, WRITTEN, ((*row, *keys_of(staff), key) for row, staff in self.rows))


def added(part: Part, plan: str, staff: Staff) -> Staged:
    """A new case in a few words, and what somebody should look at."""
    closed = f", closed {part.closed_on:%d/%m/%Y}" if part.closed_on else ""
    text = f"{plan}{closed}; {staff.team_name or 'no team'}; {staff.worker_name or 'no worker'}"
    notes: Sequence[Note] = (*part.notes, *staff.notes)
    if not notes:
        return Staged(part.sheet, part.number, part.reference, ADDED, text.rstrip("."), (text,))
    message = ". ".join(said.rstrip(".") for said in (text, *(note.text for note in notes)))
    details = (text, *(note.detail for note in notes))
    return Staged(part.sheet, part.number, part.reference, ADDED, message, details, warning=True)


def plan_kept(plans: tuple[str, ...]) -> PlanKept:
    """Plans as the database takes them; a closed case has none but is in the plan “closed”."""
    if plans == (Plan.CLOSED,):
        return PlanKept(Plan.CLOSED.value, array_text(()), in_words(Plan.CLOSED, ()))
    plan, listed = leading(plans), sorted(set(plans))
    return PlanKept(plan, array_text(listed), in_words(plan, listed))


@lru_cache(maxsize=20_000)
def flags_kept(told: frozenset[str], derived: frozenset[str]) -> str:
    """Flags as the database takes them: those the file tells and those worked out."""
    return array_text(sorted(told | derived))


@lru_cache(maxsize=20_000)
def facts_kept(facts: tuple[tuple[str, Any], ...]) -> str:
    """Facts as the database takes them."""
    return json.dumps(dict(facts))
