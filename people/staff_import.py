"""Joiners, movers and leavers from a file (P1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from people import file_columns
from people.directory import Directory
from people.file_columns import Field, Record
from people.file_import import BATCH, ImportKind, Options
from people.file_outcomes import Evaluation, Staged
from people.file_values import BadValue, as_date, clean_text, heading_key, identifier, whole_number
from people.line_management import working
from people.models import FileImport, FileImportRow, Team, User
from people.roles import JobRole
from people.spreadsheet import Cell, Sheet
from people.wording import choices, label

Outcome = FileImportRow.Outcome

FIELDS = (
    Field("name", "Name", ("full name", "staff name", "worker name", "prof_professional_name"), required=True),
    Field("email", "E-mail", ("e-mail address", "email address", "work email", "mail"), required=True),
    Field("job_role", "Job role", ("role", "job title", "position", "prof_professional_job_title"), required=True),
    Field("team", "Team", ("team name", "dept_team_name")),
    Field("service", "Service", ("service area", "department")),
    Field("area", "Area", ("locality", "district")),
    Field("line_manager_email", "Line manager's e-mail", ("line manager", "manager email", "reports to")),
    Field("staff_number", "Staff number", ("staff id", "employee number", "payroll number", "prof_staff_id")),
    Field("start_date", "Start date", ("started", "start", "date started")),
    Field("leave_date", "Leave date", ("left", "leaving date", "end date", "date left")),
    Field("audit_group", "Audit group", ("group", "rota group")),
    Field("monthly_quota", "Audits a month", ("quota", "monthly audits")),
)
SAVED = (
    "name",
    "email",
    "staff_number",
    "job_role",
    "team",
    "service",
    "area",
    "start_date",
    "leave_date",
    "audit_group",
    "monthly_quota",
)
LABELS = {item.code: item.label for item in FIELDS} | {"line_manager": "Line manager"}


class Refused(ValueError):
    """A row that cannot be taken; the message says why."""


@dataclass
class Person:
    """One accepted row: the record it makes or changes, and its manager as the file says."""

    row: Record
    user: User
    is_new: bool
    manager_email: str = ""
    changes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    manager: User | None = None


def evaluate(
    sheets: Sequence[Sheet], *, mapping: Mapping[str, str], options: Options, by: User | None, today: date
) -> Evaluation:
    """What a staff file would do: who joins, who changes and how, who is refused and why; nobody missing is touched."""
    sheet = file_columns.best_sheet(sheets, FIELDS)
    records = file_columns.records(sheet, mapping=mapping)
    reading = Reading(Directory(add=bool(options.get("add_teams")), today=today), by=by)
    for row in records:
        reading.take(row)
    reading.set_managers()
    staged = sorted((*reading.staged(), *reading.refused), key=lambda row: row.number)
    return Evaluation(
        staged=[*staged, *reading.absent(today=today)],
        rows_read=Counter(row.sheet for row in records),
        save=reading.save,
        notes=file_columns.unread_sheets(sheets, sheet),
        unknown_teams=sorted(reading.directory.unknown_teams.values()),
    )


STAFF = ImportKind(FileImport.Kind.STAFF, "people", FIELDS, evaluate)


class Reading:
    """The rows of one staff file, taken one by one."""

    def __init__(self, directory: Directory, *, by: User | None) -> None:
        self.directory, self.by = directory, by
        self.people: dict[str, Person] = {}  # by e-mail
        self.refused: list[Staged] = []
        self.numbers: dict[str, int] = {}  # staff number -> the row that has it
        self.taken: dict[int, int] = {}  # person on the staff list -> the row about them
        self.managers = {user.pk: user.line_manager_id for user in directory.users}

    def take(self, row: Record) -> None:
        try:
            person = self.read(row)
        except (Refused, BadValue) as error:
            self.refuse(row, sentence(error))
            return
        self.people[person.user.email] = person

    def refuse(self, row: Record, reason: str) -> None:
        who = clean_text(row.cells.get("email")).lower() or clean_text(row.cells.get("name"))
        self.refused.append(Staged(row.sheet, row.number, who[:100], Outcome.REFUSED, reason))

    def read(self, row: Record) -> Person:
        """One row as a person. Raises Refused or BadValue."""
        if row.excess:
            raise Refused(
                "This row has more cells than there are headings; a comma may be missing its quotation marks."
            )
        email = self.email(row)
        user = self.existing(row, email=email)
        person = Person(row, user or User(email=email, password=""), is_new=user is None)
        person.manager_email = clean_text(row.cells.get("line_manager_email")).lower()
        self.fill(person, email=email)
        return person

    def email(self, row: Record) -> str:
        email = clean_text(row.cells.get("email")).lower()
        if not email:
            raise Refused("There is no e-mail address.")
        try:
            validate_email(email)
        except ValidationError as error:
            raise Refused(f"“{email}” is not an e-mail address.") from error
        if email in self.people:
            raise Refused(f"The same e-mail address is in row {self.people[email].row.number}.")
        return email

    def existing(self, row: Record, *, email: str) -> User | None:
        """The person on the staff list: by e-mail, or by staff number where the e-mail has changed."""
        number = identifier(row.cells.get("staff_number")).casefold()
        by_email, by_number = self.directory.by_email.get(email), self.directory.by_number.get(number)
        if by_email and by_number and by_email != by_number:
            raise Refused(f"Staff number {number} belongs to {by_number.name}, the e-mail to {by_email.name}.")
        if number and self.numbers.setdefault(number, row.number) != row.number:
            raise Refused(f"Staff number {number} is also in row {self.numbers[number]}.")
        user = by_email or by_number
        if user is not None and self.taken.setdefault(user.pk, row.number) != row.number:
            raise Refused(f"This is the person of row {self.taken[user.pk]}.")
        return user

    def fill(self, person: Person, *, email: str) -> None:
        """Set what the row says; an empty cell leaves what the portal has. Raises Refused or BadValue."""
        values = {"email": email, **self.texts(person), **self.dates(person), **self.places(person)}
        if not person.is_new and person.user == self.by and values["job_role"] != person.user.job_role:
            raise Refused("This is your own record: somebody else must change your job role.")
        quota = whole_number(person.row.cells.get("monthly_quota"))
        if quota is not None and quota > 31:
            raise Refused(f"{quota} audits a month is more than anybody can do.")
        values["monthly_quota"] = quota
        for name, value in values.items():
            if value not in (None, ""):
                self.set(person, name, value)
        self.check_dates(person.user)

    def texts(self, person: Person) -> dict[str, Any]:
        cells = person.row.cells
        name = clean_text(cells.get("name"))
        if not name and person.is_new:
            raise Refused("There is no name.")
        number = identifier(cells.get("staff_number"))
        group = identifier(cells.get("audit_group"))
        for value, limit, what in ((name, 150, "name"), (number, 50, "staff number"), (group, 20, "audit group")):
            if len(value) > limit:
                raise Refused(f"The {what} is longer than {limit} characters.")
        return {"name": name, "staff_number": number, "audit_group": group, "job_role": self.role(person)}

    def role(self, person: Person) -> str:
        text = clean_text(person.row.cells.get("job_role"))
        if not text and not person.is_new:
            return person.user.job_role
        code = role_code(text)
        if code is None:
            raise Refused(f"“{text}” is not a job role of the portal." if text else "There is no job role.")
        return code

    def dates(self, person: Person) -> dict[str, date | None]:
        """Start and leave date. Somebody who starts again after leaving is back."""
        cells = person.row.cells
        starts, leaves = as_date(cells.get("start_date")), as_date(cells.get("leave_date"))
        left = person.user.leave_date
        if starts and left and not leaves and starts > left:
            person.user.leave_date = None
            person.changes.append("Leave date: removed, has come back")
        return {"start_date": starts, "leave_date": leaves}

    def check_dates(self, user: User) -> None:
        if user.start_date and user.leave_date and user.leave_date < user.start_date:
            raise Refused("The leave date is before the start date.")

    def places(self, person: Person) -> dict[str, Any]:
        """Team, service and area; a person of a team belongs to its service and area where the row does not say."""
        cells = person.row.cells
        service_name, area_name = clean_text(cells.get("service")), clean_text(cells.get("area"))
        service, area = self.directory.service(service_name), self.directory.area(area_name)
        if service_name and service is None:
            raise Refused(f"There is no service called “{service_name}”. Tick the box to add it.")
        if area_name and area is None:
            raise Refused(f"There is no area called “{area_name}”. Tick the box to add it.")
        team_name = clean_text(cells.get("team"))
        team = self.directory.team(team_name, service=service, area=area)
        if team_name and team is None:
            raise Refused(f"There is no team called “{team_name}”. Tick the box to add it.")
        return {"team": team, **self.whereabouts(person.user, team, service=service, area=area)}

    def whereabouts(self, user: User, team: Team | None, *, service: Any, area: Any) -> dict[str, Any]:
        moved = team is not None and (user.team_id is None or user.team_id != team.pk)
        if team is not None and (moved or user.service_id is None):
            service = service or team.service
        if team is not None and (moved or user.area_id is None):
            area = area or team.area
        return {"service": service, "area": area}

    def set(self, person: Person, name: str, value: Any) -> None:
        old = getattr(person.user, name)
        if old == value and (old is None or getattr(value, "pk", True) is not None):
            return
        setattr(person.user, name, value)
        if not person.is_new:
            person.changes.append(f"{LABELS[name]}: {shown(name, old)} → {shown(name, value)}")

    # -------------------------------------------------------------- line managers

    def set_managers(self) -> None:
        """Give everybody the manager the file names; refuse rows until none is unknown and no line goes round."""
        while wrong := self.wrong_managers():
            for email, reason in wrong.items():
                self.refuse(self.people.pop(email).row, reason)
        for person in self.people.values():
            if person.manager and self.managers.get(person.user.pk) != (person.manager.pk or 0):
                self.set_manager(person)

    def set_manager(self, person: Person) -> None:
        known = {user.pk: user.name for user in self.directory.users}
        old = known.get(self.managers.get(person.user.pk) or 0, "")
        person.user.line_manager = person.manager
        if not person.is_new:
            assert person.manager is not None
            person.changes.append(f"Line manager: {old or 'nobody'} → {person.manager.name}")

    def wrong_managers(self) -> dict[str, str]:
        wrong = {}
        for email, person in self.people.items():
            person.manager = None
            if person.manager_email:
                person.manager = self.find_manager(person.manager_email)
                if person.manager is None:
                    wrong[email] = self.no_manager(person.manager_email)
                elif person.manager == person.user:
                    wrong[email] = f"{person.user.name} cannot be their own line manager."
        return wrong or self.circles()

    def find_manager(self, email: str) -> User | None:
        in_file = self.people.get(email)
        return in_file.user if in_file else self.directory.by_email.get(email)

    def no_manager(self, email: str) -> str:
        if any(row.reference == email for row in self.refused):
            return f"The line manager's own row ({email}) was refused."
        return f"Nobody on the staff list or in this file has the line manager's e-mail {email}."

    def circles(self) -> dict[str, str]:
        """Rows of the file whose line managers go round in a circle, with everybody in it named."""
        above = self.managers_after()
        names = {id(user): user.name for user in (*self.directory.users, *(p.user for p in self.people.values()))}
        wrong: dict[str, str] = {}
        for email, person in self.people.items():
            path = circle(id(person.user), above)
            if path and person.manager:
                wrong[email] = "Line managers go round in a circle: " + " → ".join(names[step] for step in path) + "."
        return wrong

    def managers_after(self) -> dict[int, int]:
        """Who would manage whom once the file is saved; people by object identity, as new ones have no key yet."""
        by_pk = {user.pk: id(user) for user in self.directory.users}
        above = {by_pk[pk]: by_pk[boss] for pk, boss in self.managers.items() if boss in by_pk}
        above.update({id(p.user): id(p.manager) for p in self.people.values() if p.manager})
        return above

    # -------------------------------------------------------------- what comes out

    def staged(self) -> list[Staged]:
        return [staged_person(person) for person in self.people.values()]

    def absent(self, *, today: date) -> list[Staged]:
        """Working people whom the file does not name: shown, left as they are."""
        named = {id(person.user) for person in self.people.values()}
        mentioned = {row.reference for row in self.refused}
        return [
            Staged("", 0, user.email, Outcome.ABSENT, f"{user.name} is not in this file and stays as they are.")
            for user in self.directory.users
            if id(user) not in named and user.email not in mentioned and working(user, today=today)
        ]

    def save(self, file_import: FileImport) -> None:
        """Write it: new people first without managers, then everybody's fields and managers."""
        self.directory.save_new()
        joiners = [person.user for person in self.people.values() if person.is_new]
        managers = {id(user): user.line_manager for user in joiners}
        for user in joiners:
            user.line_manager, user.password = None, make_password(None)
        User.objects.bulk_create(joiners, batch_size=BATCH)
        for user in joiners:
            user.line_manager = managers[id(user)]
        movers = [person.user for person in self.people.values() if person.changes]
        write(movers, [*SAVED, "line_manager"])
        write([user for user in joiners if user.line_manager], ["line_manager"])


def write(users: Sequence[User], names: Sequence[str]) -> None:
    """Write fields of many people in a few statements (bulk_update takes many times as long)."""
    User.objects.bulk_create(
        users, batch_size=BATCH, update_conflicts=True, unique_fields=["pk"], update_fields=list(names)
    )


def staged_person(person: Person) -> Staged:
    if person.is_new:
        outcome, message = Outcome.ADDED, f"{person.user.name}, {label('roles', person.user.job_role)}"
    else:
        outcome = Outcome.CHANGED if person.changes else Outcome.UNCHANGED
        message = "; ".join(person.changes)
    return Staged(person.row.sheet, person.row.number, person.user.email, outcome, message)


def circle(start: int, above: Mapping[int, int]) -> list[int]:
    """The steps from a person up the line back to that person; empty where the line ends or circles elsewhere."""
    path, seen = [start], {start}
    while (step := above.get(path[-1])) is not None:
        path.append(step)
        if step == start:
            return path
        if step in seen:
            return []
        seen.add(step)
    return []


def role_code(text: Cell) -> str | None:
    """A job role's code from the code itself or any of its labels, in whatever case."""
    key = heading_key(text)
    words: dict[str, str] = {heading_key(code): code for code in JobRole.values}
    words |= {heading_key(name): code for code, name in JobRole.choices}
    words |= {heading_key(word): code for code, word in choices("roles") if code in JobRole.values}
    return words.get(key)


def shown(name: str, value: Any) -> str:
    """A value as people read it in a preview."""
    if value in (None, ""):
        return "nothing"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return label("roles", value) if name == "job_role" else str(value)


def sentence(error: Exception) -> str:
    """A reason as a sentence."""
    text = str(error)
    return text if text.endswith(".") else f"{text}."
