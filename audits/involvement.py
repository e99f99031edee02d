"""Who and which teams were involved in a case, from when to when, from a file (C3).

The columns are named as in the Standard Safeguarding Dataset (ssd_involvements); other names are matched once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from audits.models import Case, Involvement
from people import file_columns
from people.directory import Directory
from people.file_columns import Field, Record
from people.file_import import BATCH, ImportKind, Options
from people.file_outcomes import Evaluation, Outcome, Staged
from people.file_values import BadValue, as_date, clean_text, identifier, name_key, without_code
from people.models import FileImport, Team, User
from people.spreadsheet import Sheet

FIELDS = (
    Field("reference", "Child's id", ("invo_person_id", "person id", "child id", "child unique id"), required=True),
    Field(
        "professional_id",
        "Professional's id",
        ("invo_professional_id", "staff id", "staff number", "worker id", "professional"),
        hint="Their staff number as in the staff list, or their work e-mail.",
    ),
    Field("name", "Professional's name", ("professional name", "worker name", "worker", "prof_professional_name")),
    Field("role", "Role", ("invo_professional_role_id", "professional role", "involvement type", "role type")),
    Field("team", "Team", ("invo_professional_team", "professional team", "team name", "allocated team")),
    Field("starts", "From", ("invo_involvement_start_date", "start date", "involvement start", "date from")),
    Field("ends", "To", ("invo_involvement_end_date", "end date", "involvement end", "date to")),
)
Who = tuple[int, str, str, date | None]  # case, person or team, role, start


@dataclass
class Change:
    """An involvement to write."""

    involvement: Involvement
    is_new: bool


def evaluate(
    sheets: Sequence[Sheet], *, mapping: Mapping[str, str], options: Options, by: User | None, today: date
) -> Evaluation:
    """What a file of involvements would do. Nothing that is missing from it is ended."""
    sheet = file_columns.best_sheet(sheets, FIELDS)
    records = file_columns.records(sheet, mapping=mapping)
    reading = Reading(Directory(add=bool(options.get("add_teams")), today=today))
    staged = [reading.take(record) for record in records]
    notes = file_columns.unread_sheets(sheets, sheet)
    if "team" not in mapping:
        notes.append("No column holds the team, so only the persons named are kept away from these cases.")
    return Evaluation(
        staged=staged,
        rows_read=Counter(record.sheet for record in records),
        save=reading.save,
        notes=notes,
        unknown_teams=sorted(reading.directory.unknown_teams.values()),
    )


INVOLVEMENTS = ImportKind(FileImport.Kind.INVOLVEMENTS, "involvements", FIELDS, evaluate)


class Reading:
    """The rows of one file beside the involvements the portal holds."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.cases = dict(Case.objects.values_list("reference", "pk"))
        self.held: dict[Who, list[Involvement]] = {}
        for involvement in Involvement.objects.select_related("team", "user"):
            self.hold(involvement)
        self.first_rows: dict[int, int] = {}  # an involvement's identity -> the row that named it
        self.changes: dict[int, Change] = {}

    def hold(self, involvement: Involvement) -> None:
        for key in keys_of(involvement):
            self.held.setdefault(key, []).append(involvement)

    def take(self, record: Record) -> Staged:
        """Account for one row."""
        reference = identifier(record.cells.get("reference"))[:50]
        try:
            wanted, notes = self.read(record, reference)
        except BadValue as error:
            reason, _, full = str(error).partition("|")
            return Staged(record.sheet, record.number, reference, Outcome.REFUSED, reason, [full] if full else [])
        return self.compare(record, reference, wanted, notes)

    def read(self, record: Record, reference: str) -> tuple[Involvement, list[str]]:
        """One row as an involvement not yet saved, and what is odd about it. Raises BadValue."""
        cells = record.cells
        if record.excess:
            raise BadValue("This row has more cells than there are headings.")
        if not reference:
            raise BadValue("There is no child's id.")
        if reference not in self.cases:
            raise BadValue("No case here has this child's id. Import the cases first.")
        number, name = identifier(cells.get("professional_id"))[:50], clean_text(cells.get("name"))
        team_name = clean_text(cells.get("team"))
        team = self.directory.team(team_name)
        user, problem = self.directory.person(number, team=team)
        if user is None and name:
            user, problem = self.directory.person(name, team=team)
        starts, ends = day_of(record, "starts", "start"), day_of(record, "ends", "end")
        if starts and ends and ends < starts:
            raise BadValue("The involvement ends before it starts.")
        if not (user or team or number):
            raise BadValue(nobody(name, team_name))
        notes = [f"“{name or number}” {problem}."] if problem else []
        if team_name and team is None:
            notes.append(f"Team “{team_name}” is not known here, so its members are not kept away from this case.")
        role = without_code(cells.get("role"))[:60]
        involvement = Involvement(
            case_id=self.cases[reference], user=user, team=team, professional_id=number, role=role
        )
        involvement.starts, involvement.ends = starts, ends
        return involvement, notes

    def compare(self, record: Record, reference: str, wanted: Involvement, notes: list[str]) -> Staged:
        """What happens to the involvement the portal holds, or that this is a new one."""
        held = self.matching(wanted)
        message = "; ".join(notes)
        row = record.sheet, record.number, reference
        if held is None:
            self.hold(wanted)
            self.changes[id(wanted)] = Change(wanted, is_new=True)
            self.first_rows[id(wanted)] = record.number
            return Staged(*row, Outcome.ADDED, message or summary(wanted), warning=bool(notes))
        if id(held) in self.first_rows:
            return self.repeated(row, held, wanted)
        self.first_rows[id(held)] = record.number
        changes = differences(held, wanted)
        if changes:
            self.changes[id(held)] = Change(held, is_new=False)
        outcome = Outcome.CHANGED if changes else Outcome.UNCHANGED
        return Staged(*row, outcome, "; ".join([*changes, *notes]), warning=bool(notes))

    def repeated(self, row: tuple[str, int, str], held: Involvement, wanted: Involvement) -> Staged:
        """A second row about the same involvement: the same again, or a contradiction."""
        first = self.first_rows[id(held)]
        if held.ends != wanted.ends:
            return Staged(*row, Outcome.REFUSED, f"Row {first} gives another end for the same involvement.")
        return Staged(*row, Outcome.MERGED, f"The same involvement as in row {first}.")

    def matching(self, wanted: Involvement) -> Involvement | None:
        """The held involvement of the same person, role and start: same team, else one whose team was not known."""
        candidates = [held for key in keys_of(wanted) for held in self.held.get(key, [])]
        for candidate in candidates:
            if same_team(candidate.team, wanted.team):
                return candidate
        return next((candidate for candidate in candidates if candidate.team_id is None and candidate.pk), None)

    def save(self, file_import: FileImport) -> None:
        """Write new and changed involvements in a few statements."""
        self.directory.save_new()
        Involvement.objects.bulk_create((c.involvement for c in self.changes.values() if c.is_new), batch_size=BATCH)
        Involvement.objects.bulk_create(
            (c.involvement for c in self.changes.values() if not c.is_new),
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=["user", "team", "ends"],
        )


def keys_of(involvement: Involvement) -> list[Who]:
    """What makes an involvement the same: case, role, start, and the person by the file's id or ours, or the team."""
    who = [involvement.professional_id.casefold()] if involvement.professional_id else []
    if involvement.user_id:
        who.append(f"user {involvement.user_id}")
    if not who and involvement.team is not None:
        who.append(f"team {name_key(involvement.team.name)}")
    return [(involvement.case_id, name, involvement.role, involvement.starts) for name in who]


def same_team(one: Team | None, other: Team | None) -> bool:
    """Whether both are the same team or both none; a team not saved yet is only itself."""
    return one is other or (one is not None and other is not None and one.pk is not None and one.pk == other.pk)


def day_of(record: Record, code: str, word: str) -> date | None:
    try:
        return as_date(record.cells.get(code))
    except BadValue as error:
        raise BadValue(f"The {word} is not a possible date.|The {word}: {error}.") from error


def nobody(name: str, team_name: str) -> str:
    """Why a row names nobody the portal could keep away from the case."""
    if team_name:
        return f"There is no team called “{team_name}” and no professional's id. Tick the box to add the team."
    return f"“{name}” is not on the staff list and has no id." if name else "The row names neither a person nor a team."


def differences(held: Involvement, wanted: Involvement) -> list[str]:
    """What the file changes, set on the held involvement; a person or team not known now leaves the held one."""
    changes = []
    if wanted.user is not None and wanted.user_id != held.user_id:
        changes.append(f"person: now known as {wanted.user.name}")
        held.user = wanted.user
    if wanted.team is not None and (wanted.team.pk is None or wanted.team_id != held.team_id):
        changes.append(f"team: {held.team.name if held.team else 'not known'} → {wanted.team.name}")
        held.team = wanted.team
    if wanted.ends != held.ends:
        changes.append(f"to: {shown(held.ends)} → {shown(wanted.ends)}")
        held.ends = wanted.ends
    return changes


def summary(involvement: Involvement) -> str:
    who = involvement.user.name if involvement.user else involvement.professional_id or "the team"
    team = f", {involvement.team.name}" if involvement.team else ""
    return f"{who}{team}, {shown(involvement.starts)} to {shown(involvement.ends)}"


def shown(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "open"
