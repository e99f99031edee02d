"""One person joins (P1): checked exactly as a row of a staff file is."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from people import activity
from people.directory import Directory
from people.file_columns import Record
from people.file_import import one_at_a_time
from people.models import Team, User
from people.refusal import Refused
from people.spreadsheet import Cell
from people.staff_import import Reading
from people.wording import label

TAKEN = "{} is on the staff list with this e-mail address already."
OTHER_TEAM = (
    "The name “{}” cannot be told apart from that of another team. One of the two must be renamed first. "
    "Leave the team empty to add the person now."
)
OTHER_ROLE = (
    "“{}” is also the council’s word for another job role ({}). The words for job roles must be put right first."
)


class JoinerError(Refused):
    """Somebody who cannot be added; `field` is what a form shows the message beside."""


@transaction.atomic
def add(
    *,
    name: str,
    email: str,
    job_role: str,
    team: Team | None,
    line_manager: User | None,
    start_date: date | None,
    by: User,
    at: datetime,
    today: date,
) -> User:
    """Put one person on the staff list, without a password until they ask for one. Returns them.

    It waits for a file that is being saved, which may name the same person. Raises JoinerError for an e-mail address
    that is taken, for a team or job role that cannot be told apart from another, and for whatever the staff import
    would refuse.
    """
    cells: dict[str, Cell] = {
        "name": name,
        "email": email,
        "job_role": job_role,
        "team": team.name if team else "",
        "line_manager_email": line_manager.email if line_manager else "",
        "start_date": start_date or "",
    }
    one_at_a_time()
    person = _read(Record("", 1, cells), by=by, today=today)
    _check_meant(person, job_role=job_role, team=team)
    person.save(force_insert=True)
    activity.record("added to the staff list", target=f"person:{person.pk}", by=by, at=at, job_role=job_role)
    return person


def _read(row: Record, *, by: User, today: date) -> User:
    """The row as a new person who is not saved yet. Raises JoinerError."""
    reading = Reading(Directory(add=False, today=today), by=by)
    known = reading.directory.by_email.get(str(row.cells["email"]).strip().casefold())
    if known is not None:
        raise JoinerError(TAKEN.format(known.name), field="email")
    reading.take(row)
    reading.set_managers()
    if reading.refused:
        raise JoinerError(reading.refused[0].message)
    (read,) = reading.people.values()
    read.user.password = make_password(None)
    return read.user


def _check_meant(person: User, *, job_role: str, team: Team | None) -> None:
    """Raises JoinerError where the import, which goes by names, understood another team or job role than chosen."""
    if person.job_role != job_role:
        words = OTHER_ROLE.format(label("roles", job_role), label("roles", person.job_role))
        raise JoinerError(words, field="job_role")
    if person.team != team:
        raise JoinerError(OTHER_TEAM.format(team), field="team")
