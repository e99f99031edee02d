"""Bring the open cases in from a file: what is added, changed, closed and refused, row by row (C1, C2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any

from audits import annex_a, case_rows
from audits.annex_a import Refusal
from audits.annex_a_lists import FACT_LABELS, POOL_LISTS
from audits.case_flags import WORKED_OUT, worked_out
from audits.case_parts import Note, Part, join, shown
from audits.case_staff import StaffNames
from audits.models import Case, Plan
from audits.new_cases import DEFAULTS, NewCases
from audits.plan_words import in_words, leading
from people import file_columns
from people.directory import Directory
from people.file_import import BATCH, ImportKind, Options
from people.file_outcomes import Evaluation, Outcome, Staged
from people.file_values import name_key
from people.models import FileImport, User
from people.spreadsheet import Sheet

SAVED = (
    *DEFAULTS,
    "plan",
    "plans",
    "closed_on",
    "team",
    "team_name",
    "worker",
    "worker_name",
    "chair",
    "flags",
    "facts",
    "last_import",
)
LABELS = {**case_rows.LABELS, "plan": "Plan", "flags": "Flags", "facts": "Dates and facts"}
ANNEX_A_FLAGS = WORKED_OUT | {"missing", "uasc"}
MERGED = Outcome.MERGED.value
NOT_LISTED = "Open here, but not in this file, which lists every open case."


@dataclass(frozen=True)
class Source:
    """What a file speaks of: which flags are its own, and whether it says which cases are open."""

    flags: frozenset[str]
    all_flags: bool = False
    says_open: bool = True


@dataclass(slots=True)
class Change:
    """What happens to a case that the portal holds. `personal` values are shown in the preview only."""

    case: Case
    texts: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    closes: bool = False

    def say(self, what: str, old: Any, new: Any, *, personal: bool = False) -> None:
        text = f"{what}: {shown(old)} → {shown(new)}"
        self.details.append(text)
        self.texts.append(f"{what} changed" if personal else text)


# ------------------------------------------------------------------ the two kinds of file


def evaluate_workbook(
    sheets: Sequence[Sheet], *, mapping: Mapping[str, str], options: Options, by: User | None, today: date
) -> Evaluation:
    """What an Annex A workbook would do."""
    book = annex_a.read(sheets, today=today)
    reading = Reading(options, Source(frozenset(ANNEX_A_FLAGS)), today=today)
    children = by_child(book.parts)
    for parts in children.values():
        annex_a.end_with_assessment(parts)
    if not book.has_every_pool_list and options.get("full"):
        book.notes.append("A list is missing: look twice at the cases that would be closed.")
    return reading.evaluation(children, book.refusals, rows_read=book.rows_read, notes=book.notes)


def evaluate_list(
    sheets: Sequence[Sheet], *, mapping: Mapping[str, str], options: Options, by: User | None, today: date
) -> Evaluation:
    """What a list of cases would do, its columns matched by `mapping`."""
    sheet = file_columns.best_sheet(sheets, case_rows.FIELDS)
    rows = file_columns.placed(sheet, mapping=mapping)
    parts, refusals = case_rows.read(rows, today=today)
    says_open = bool({"plan", "closed_on"} & mapping.keys()) or bool(options.get("full"))
    source = Source(frozenset(WORKED_OUT), all_flags="flags" in mapping, says_open=says_open)
    return Reading(options, source, today=today).evaluation(
        by_child(parts),
        refusals,
        rows_read=Counter({sheet.name: len(rows.rows)}),
        notes=file_columns.unread_sheets(sheets, sheet),
    )


def by_child(parts: list[Part]) -> dict[str, list[Part]]:
    """The rows of each child. Takes them out of the list."""
    children: dict[str, list[Part]] = {}
    for part in parts:
        children.setdefault(part.reference, []).append(part)
    parts.clear()
    return children


ANNEX_A = ImportKind(FileImport.Kind.ANNEX_A, "cases", (), evaluate_workbook, needs_columns=False)
CASES = ImportKind(FileImport.Kind.CASES, "cases", case_rows.FIELDS, evaluate_list)


def kind_of(sheets: Sequence[Sheet]) -> ImportKind:
    """Annex A by its sheets' names; any other file is a list of cases."""
    return ANNEX_A if annex_a.is_annex_a(sheets) else CASES


def lists_every_case(sheets: Sequence[Sheet]) -> bool:
    """Whether a file may be taken to list every open case: not an Annex A workbook that lacks one of Lists 6 to 9."""
    return not annex_a.is_annex_a(sheets) or set(POOL_LISTS) <= {
        number for number, sheet in annex_a.numbered(sheets).items() if sheet.rows
    }


# ------------------------------------------------------------------ comparing with what is held


class Reading:
    """The children of one file beside the cases the portal holds."""

    def __init__(self, options: Options, source: Source, *, today: date) -> None:
        self.full, self.source, self.today = bool(options.get("full")), source, today
        self.directory = Directory(add=bool(options.get("add_teams")), today=today)
        self.teams = {team.pk: team for team in self.directory.teams.values()}
        self.users = {user.pk: user for user in self.directory.users}
        self.names = StaffNames(self.directory)
        self.new = NewCases(self.names.staff_of, today=today)
        self.cases = {case.reference: case for case in Case.objects.all()}
        self.open_before = sum(not self.is_closed(case) for case in self.cases.values())
        self.changed: list[Case] = []
        self.staged: list[Staged] = []

    def is_closed(self, case: Case) -> bool:
        return case.closed_on is not None and case.closed_on <= self.today

    def evaluation(
        self,
        children: dict[str, list[Part]],
        refusals: Iterable[Refusal],
        *,
        rows_read: Counter[str],
        notes: list[str],
    ) -> Evaluation:
        """What happens to every case: those of the file, and open ones it does not name. Empties `children`."""
        mentioned = set(children)
        for refusal in refusals:
            details = [refusal.full] if refusal.full else []
            row = Staged(refusal.sheet, refusal.number, refusal.reference, Outcome.REFUSED, refusal.reason, details)
            self.staged.append(row)
            mentioned.add(refusal.reference)
        for reference in list(children):
            self.take(children.pop(reference))  # nothing else holds them: memory goes back row by row
        self.staged.sort(key=itemgetter(0, 1))  # sheet and number
        if self.full:
            self.close_the_rest(mentioned)
        return Evaluation(
            staged=self.staged,
            rows_read=rows_read,
            save=self.save,
            notes=notes,
            unknown_teams=sorted(self.directory.unknown_teams.values()),
            open_before=self.open_before,
        )

    def take(self, parts: Sequence[Part]) -> None:
        """Compare a child's rows with the case the portal holds, if any, and account for each of them."""
        first, others = join(parts)
        case = self.cases.get(first.reference)
        self.staged.append(self.new.add(first) if case is None else self.compare(case, first))
        for part in others:
            where = f"Joined to {first.in_list}, row {first.number}." if first.in_list else f"Joined to {first.source}."
            self.staged.append(Staged(part.sheet, part.number, part.reference, MERGED, where))

    def compare(self, case: Case, part: Part) -> Staged:
        """Change a case as a row says; returns what the row will do."""
        change = Change(case, notes=list(part.notes))
        self.set_plain(change, part)
        self.set_team(change, part)
        self.set_worker(change, part)
        self.set_chair(change, part)
        self.set_plan(change, part)
        self.set_flags(change, part)
        self.set_facts(change, part)
        if change.texts:
            self.changed.append(case)
        return staged_change(change, part)

    def set_plain(self, change: Change, part: Part) -> None:
        """Fields taken as they are; an empty cell leaves what is held."""
        for name in DEFAULTS:
            old, new = getattr(change.case, name), part.values.get(name)
            if new is not None and new != old:
                setattr(change.case, name, new)
                change.say(LABELS[name], old, new, personal=name not in ("referral_date", "opened_on"))

    def set_team(self, change: Change, part: Part) -> None:
        case, text = change.case, part.values.get("team", "")
        if not text:
            return
        team, notes = self.names.team(text)
        change.notes += notes
        same_name = name_key(case.team_name) == name_key(text)
        if same_name and (team.pk if team else None) == case.team_id and not (team and team.pk is None):
            return
        change.say("Team", case.team_name, text if not same_name else f"{text} (now known here)")
        case.team, case.team_name = team, text

    def set_worker(self, change: Change, part: Part) -> None:
        case, text = change.case, part.values.get("worker", "")
        if not text:
            return
        team = self.names.team(part.values.get("team", ""))[0] or self.teams.get(case.team_id or 0)
        user, notes = self.names.worker(text, team)
        change.notes += notes
        name = user.name if user else text
        if (user.pk if user else None) == case.worker_id and (user or name_key(case.worker_name) == name_key(text)):
            return
        change.say("Worker", case.worker_name, name if name != case.worker_name else f"{name} (on the staff list)")
        case.worker, case.worker_name = user, name[:150]

    def set_chair(self, change: Change, part: Part) -> None:
        user, notes = self.names.chair(part.values.get("chair", ""))
        change.notes += notes
        if user and user.pk != change.case.chair_id:
            old = self.users.get(change.case.chair_id or 0)
            change.say("Reviewing officer or chair", old.name if old else "", user.name)
            change.case.chair = user

    def set_plan(self, change: Change, part: Part) -> None:
        """Plan, open or closed. A file that says nothing of either leaves both."""
        if not self.source.says_open:
            return
        case = change.case
        was_closed = self.is_closed(case)
        if part.closed_on is None:
            if was_closed:
                change.say("Closed on", case.closed_on, None)
            case.closed_on = None
            plans = sorted(set(part.plans)) if part.plans is not None else ([] if was_closed else case.plans)
        else:
            plans = []
            self.close(change, part.closed_on)
        plan = Plan.CLOSED.value if part.closed_on else leading(plans)
        if plan != case.plan or sorted(plans) != sorted(case.plans):
            if not change.closes:
                change.say("Plan", in_words(case.plan, case.plans), in_words(plan, plans))
            case.plan, case.plans = plan, list(plans)
        if case.cp_category and Plan.CHILD_PROTECTION not in plans and part.plans is not None:
            self.clear_category(change)

    def clear_category(self, change: Change) -> None:
        """The category of a child protection plan ends with the plan."""
        if not change.closes:
            change.say(LABELS["cp_category"], change.case.cp_category, "", personal=True)
        change.case.cp_category = ""

    def close(self, change: Change, day: date) -> None:
        """Close a case; the day it was closed before stays where the file does not know better than today."""
        case = change.case
        if case.closed_on is None or (case.closed_on != day and day != self.today):
            change.closes = case.closed_on is None
            change.say("Closed on", case.closed_on, day)
            case.closed_on = day

    def set_flags(self, change: Change, part: Part) -> None:
        case = change.case
        derived = worked_out(
            born=case.date_of_birth,
            gender=case.gender,
            disability=case.disability,
            category=case.cp_category,
            today=self.today,
        )
        kept = set() if self.source.all_flags else set(case.flags) - self.source.flags
        new = sorted(part.flags | derived | kept)
        if new != sorted(case.flags):
            change.say("Flags", ", ".join(sorted(case.flags)), ", ".join(new), personal=True)
            case.flags = new

    def set_facts(self, change: Change, part: Part) -> None:
        case = change.case
        own = set(FACT_LABELS) if self.source.flags == ANNEX_A_FLAGS else set(part.facts)
        new = {key: value for key, value in case.facts.items() if key not in own} | part.facts
        if new != case.facts:
            change.say("Dates and facts", "", "renewed", personal=True)
            case.facts = new

    def close_the_rest(self, mentioned: set[str]) -> None:
        """Close every open case that a full list does not name; a child whose row was refused is named."""
        for reference, case in sorted(self.cases.items()):
            if reference in mentioned or self.is_closed(case):
                continue
            case.closed_on, case.plan, case.plans, case.cp_category = self.today, Plan.CLOSED, [], ""
            self.changed.append(case)
            self.staged.append(Staged("", 0, reference, Outcome.CLOSED, NOT_LISTED))

    def save(self, file_import: FileImport) -> None:
        """Write new and changed cases in a few statements."""
        self.directory.save_new()
        self.new.write(file_import)
        for case in self.changed:
            case.last_import = file_import
        Case.objects.bulk_create(
            self.changed,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=list(SAVED),
        )


def staged_change(change: Change, part: Part) -> Staged:
    """The row that carries what happens to a child whose case is known."""
    changed = Outcome.CLOSED if change.closes else Outcome.CHANGED
    outcome = changed if change.texts else Outcome.UNCHANGED
    message = ". ".join(text.rstrip(".") for text in (*change.texts, *(note.text for note in change.notes)))
    details = [*change.details, *(note.detail for note in change.notes)]
    return Staged(part.sheet, part.number, part.reference, outcome.value, message, details, warning=bool(change.notes))
