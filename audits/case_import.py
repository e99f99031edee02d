"""Bring the open cases in from a file: what is added, changed, closed and refused, row by row (C1, C2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from audits import annex_a, case_rows
from audits.annex_a import Refusal
from audits.annex_a_lists import FACT_LABELS, POOL_LISTS
from audits.case_parts import Child, Note, Part, join, shown
from audits.models import Case, Plan
from audits.new_cases import DEFAULTS, NewCase, write_new
from audits.plan_words import leading
from people import file_columns
from people.directory import Directory
from people.file_import import BATCH, ImportKind, Options
from people.file_outcomes import Evaluation, Outcome, Staged
from people.file_values import name_key
from people.models import FileImport, Team, User
from people.spreadsheet import Sheet
from people.wording import label

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
WORKED_OUT = {"under_five", "unborn", "sexual_abuse", "disability"}  # flags set from other fields
ANNEX_A_FLAGS = WORKED_OUT | {"missing", "uasc"}
NOT_LISTED = "Open here, but not in this file, which lists every open case."


@dataclass(frozen=True)
class Source:
    """What a file speaks of: which flags are its own, and whether it says which cases are open."""

    flags: frozenset[str]
    all_flags: bool = False
    says_open: bool = True


@dataclass(slots=True)
class Change:
    """What happens to one case. `personal` values are shown in the preview only; of a new case nothing is compared."""

    case: Case | NewCase
    is_new: bool
    texts: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    closes: bool = False

    def say(self, what: str, old: Any, new: Any, *, personal: bool = False) -> None:
        if self.is_new:
            return
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
    families: dict[str, list[Part]] = {}
    for part in book.parts:
        families.setdefault(part.reference, []).append(part)
    for parts in families.values():
        annex_a.end_with_assessment(parts)
    if not book.has_every_pool_list and options.get("full"):
        book.notes.append("A list is missing: look twice at the cases that would be closed.")
    return reading.evaluation(families, book.refusals, rows_read=book.rows_read, notes=book.notes)


def evaluate_list(
    sheets: Sequence[Sheet], *, mapping: Mapping[str, str], options: Options, by: User | None, today: date
) -> Evaluation:
    """What a list of cases would do, its columns matched by `mapping`."""
    sheet = file_columns.best_sheet(sheets, case_rows.FIELDS)
    records = file_columns.records(sheet, mapping=mapping)
    parts, refusals = case_rows.read(records, today=today)
    says_open = bool({"plan", "closed_on"} & mapping.keys()) or bool(options.get("full"))
    source = Source(frozenset(WORKED_OUT), all_flags="flags" in mapping, says_open=says_open)
    families: dict[str, list[Part]] = {}
    for part in parts:
        families.setdefault(part.reference, []).append(part)
    return Reading(options, source, today=today).evaluation(
        families,
        refusals,
        rows_read=Counter(record.sheet for record in records),
        notes=file_columns.unread_sheets(sheets, sheet),
    )


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
        self.people = {user.pk: user for user in self.directory.users}
        self.team_of = cache(self.directory.team)
        self.person_of: dict[tuple[str, int | None], tuple[User | None, str]] = {}
        self.cases = {case.reference: case for case in Case.objects.all()}
        self.open_before = sum(not self.is_closed(case) for case in self.cases.values())
        self.changes: list[Change] = []
        self.staged: list[Staged] = []

    def is_closed(self, case: Case | NewCase) -> bool:
        return case.closed_on is not None and case.closed_on <= self.today

    def evaluation(
        self,
        families: Mapping[str, list[Part]],
        refusals: Iterable[Refusal],
        *,
        rows_read: Counter[str],
        notes: list[str],
    ) -> Evaluation:
        """What happens to every case: those of the file, and open ones it does not name."""
        mentioned = set(families)
        for refusal in refusals:
            details = [refusal.full] if refusal.full else []
            row = Staged(refusal.sheet, refusal.number, refusal.reference, Outcome.REFUSED, refusal.reason, details)
            self.staged.append(row)
            mentioned.add(refusal.reference)
        for parts in families.values():
            self.take(join(parts))
        self.staged.sort(key=lambda row: (row.sheet, row.number))
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

    def take(self, child: Child) -> None:
        """Compare one child with the case the portal holds, and account for each of its rows."""
        case = self.cases.get(child.reference)
        change = Change(case or new_case(child), is_new=case is None, notes=list(child.notes))
        self.set_plain(change, child)
        self.set_team(change, child)
        self.set_worker(change, child)
        self.set_chair(change, child)
        self.set_plan(change, child)
        self.set_flags(change, child)
        self.set_facts(change, child)
        if change.is_new or change.texts:
            self.changes.append(change)
        first, *others = child.parts
        self.staged.append(staged_change(change, first))
        if others:
            where = f"Joined to {first.source}, row {first.number}." if first.sheet else f"Joined to {first.source}."
            self.staged += [Staged(p.sheet, p.number, p.reference, Outcome.MERGED, where) for p in others]

    def set_plain(self, change: Change, child: Child) -> None:
        """Fields taken as they are; an empty cell leaves what is held."""
        if change.is_new:
            return
        for name in DEFAULTS:
            old, new = getattr(change.case, name), child.values.get(name)
            if new not in (None, "") and new != old:
                setattr(change.case, name, new)
                change.say(LABELS[name], old, new, personal=name not in ("referral_date", "opened_on"))

    def set_team(self, change: Change, child: Child) -> None:
        case, text = change.case, child.values.get("team", "")
        if not text:
            return
        team = self.team_of(text)
        if team is None:
            change.notes.append(Note(f"Team “{text}” is not known here."))
        if change.is_new:
            case.team, case.team_name = team, text
            return
        same_name = name_key(case.team_name) == name_key(text)
        if same_name and (team.pk if team else None) == case.team_id and not (team and team.pk is None):
            return
        change.say("Team", case.team_name, text if not same_name else f"{text} (now known here)")
        case.team, case.team_name = team, text

    def set_worker(self, change: Change, child: Child) -> None:
        case, text = change.case, child.values.get("worker", "")
        if not text:
            return
        team = self.team_of(child.values.get("team", "")) or self.teams.get(case.team_id or 0)
        user, problem = self.person(text, team)
        if problem:
            change.notes.append(Note(f"Worker “{text}” {problem}."))
        name = user.name if user else text
        if change.is_new:
            case.worker, case.worker_name = user, name[:150]
            return
        if (user.pk if user else None) == case.worker_id and (user or name_key(case.worker_name) == name_key(text)):
            return
        change.say("Worker", case.worker_name, name if name != case.worker_name else f"{name} (on the staff list)")
        case.worker, case.worker_name = user, name[:150]

    def person(self, text: str, team: Team | None) -> tuple[User | None, str]:
        """Whom a name in a team means, or why nobody; looked up once."""
        key = (text, team.pk if team else None)
        if key not in self.person_of:
            self.person_of[key] = self.directory.person(text, team=team)
        return self.person_of[key]

    def set_chair(self, change: Change, child: Child) -> None:
        text = child.values.get("chair", "")
        user, problem = self.person(text, None) if text else (None, "")
        if problem:
            change.notes.append(Note(f"Reviewing officer or chair “{text}” {problem}."))
        if user and user.pk != change.case.chair_id:
            old = self.people.get(change.case.chair_id or 0)
            change.say("Reviewing officer or chair", old.name if old else "", user.name)
            change.case.chair = user

    def set_plan(self, change: Change, child: Child) -> None:
        """Plan, open or closed. A file that says nothing of either leaves both."""
        case = change.case
        if not self.source.says_open and not change.is_new:
            return
        was_closed = self.is_closed(case)
        if child.closed_on is None:
            if was_closed:
                change.say("Closed on", case.closed_on, None)
            case.closed_on = None
            plans = child.plans if child.plans is not None else ([] if was_closed else case.plans)
        else:
            plans = []
            self.close(change, child.closed_on)
        plan = Plan.CLOSED.value if child.closed_on else leading(plans)
        if plan != case.plan or sorted(plans) != sorted(case.plans):
            if not change.is_new and not change.closes:
                change.say("Plan", plan_words(case.plan, case.plans), plan_words(plan, plans))
            case.plan, case.plans = plan, list(plans)
        if case.cp_category and Plan.CHILD_PROTECTION not in plans and child.plans is not None:
            self.clear_category(change)

    def clear_category(self, change: Change) -> None:
        """The category of a child protection plan ends with the plan."""
        if not change.is_new and not change.closes:
            change.say(LABELS["cp_category"], change.case.cp_category, "", personal=True)
        change.case.cp_category = ""

    def close(self, change: Change, day: date) -> None:
        """Close a case; the day it was closed before stays where the file does not know better than today."""
        case = change.case
        if case.closed_on is None or (case.closed_on != day and day != self.today):
            change.closes = case.closed_on is None and not change.is_new
            change.say("Closed on", case.closed_on, day)
            case.closed_on = day

    def set_flags(self, change: Change, child: Child) -> None:
        case, flags = change.case, set(child.flags)
        born = case.date_of_birth
        flags |= {"unborn"} if self.is_unborn(case) else set()
        flags |= {"under_five"} if born and (age := case.age_on(self.today)) is not None and age < 5 else set()
        flags |= {"disability"} if case.disability else set()
        flags |= {"sexual_abuse"} if "sexual" in case.cp_category.casefold() else set()
        kept = set() if self.source.all_flags else set(case.flags) - self.source.flags
        new = sorted(flags | kept)
        if new != sorted(case.flags):
            if not change.is_new:
                change.say("Flags", ", ".join(sorted(case.flags)), ", ".join(new), personal=True)
            case.flags = new

    def is_unborn(self, case: Case | NewCase) -> bool:
        if case.date_of_birth is None:
            return "unborn" in case.gender.casefold()
        return case.date_of_birth > self.today

    def set_facts(self, change: Change, child: Child) -> None:
        case = change.case
        if change.is_new:
            case.facts = child.facts
            return
        own = set(FACT_LABELS) if self.source.flags == ANNEX_A_FLAGS else set(child.facts)
        new = {key: value for key, value in case.facts.items() if key not in own} | child.facts
        if new != case.facts:
            if not change.is_new:
                change.say("Dates and facts", "", "renewed", personal=True)
            case.facts = new

    def close_the_rest(self, mentioned: set[str]) -> None:
        """Close every open case that a full list does not name; a child whose row was refused is named."""
        for reference, case in sorted(self.cases.items()):
            if reference in mentioned or self.is_closed(case):
                continue
            change = Change(case, is_new=False, closes=True)
            case.closed_on, case.plan, case.plans, case.cp_category = self.today, Plan.CLOSED, [], ""
            self.changes.append(change)
            self.staged.append(Staged("", 0, reference, Outcome.CLOSED, NOT_LISTED))

    def save(self, file_import: FileImport) -> None:
        """Write new and changed cases in a few statements."""
        self.directory.save_new()
        changed = []
        for change in self.changes:
            if isinstance(change.case, Case):
                change.case.last_import = file_import
                changed.append(change.case)
        write_new((change.case for change in self.changes if isinstance(change.case, NewCase)), file_import)
        Case.objects.bulk_create(
            changed,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=list(SAVED),
        )


def new_case(child: Child) -> NewCase:
    """A case that the portal does not hold yet, with the plain values of its rows."""
    return NewCase(child.reference, child.values, cp_category=child.values.get("cp_category", ""))


def staged_change(change: Change, part: Part) -> Staged:
    """The row that carries what happens to a child."""
    notes = [note.text for note in change.notes]
    details = [*change.details, *(note.detail for note in change.notes)]
    if change.is_new:
        outcome, texts = Outcome.ADDED, [added_text(change.case)]
        details = [*texts, *(note.detail for note in change.notes)]
    elif change.texts:
        outcome, texts = (Outcome.CLOSED if change.closes else Outcome.CHANGED), change.texts
    else:
        outcome, texts = Outcome.UNCHANGED, []
    message = ". ".join(text.rstrip(".") for text in (*texts, *notes))
    return Staged(part.sheet, part.number, part.reference, outcome, message, details, warning=bool(notes))


def added_text(case: Case | NewCase) -> str:
    """A new case in a few words."""
    team, worker = case.team_name or "no team", case.worker_name or "no worker"
    closed = f", closed {shown(case.closed_on)}" if case.closed_on else ""
    return f"{plan_words(case.plan, case.plans)}{closed}; {team}; {worker}"


def plan_words(plan: str, plans: Sequence[str]) -> str:
    """The leading plan and the others with it, in the council's words."""
    if len(plans) < 2:
        return label("plans", plan)
    others = [label("plans", other) for other in plans if other != plan]
    return " and ".join([label("plans", plan), *others])
