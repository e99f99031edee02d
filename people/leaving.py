"""Somebody leaves, or stays after all (P1): what that means for the people around them, and writing it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from people import activity
from people.form_fields import day_in_words
from people.line_management import manager_above, working
from people.models import Team, User
from people.refusal import Refused
from people.roles import JobRole

FURTHEST = timedelta(days=730)  # a year typed wrong is further off than any notice
LEADS = (JobRole.TEAM_MANAGER, JobRole.DEPUTY_TEAM_MANAGER)  # in this order, as line_management finds a team's manager


class LeavingError(Refused):
    """A leaving that cannot be written down; `field` is what a form shows the message beside."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What becomes of those around somebody who leaves."""

    reports: tuple[User, ...]  # whom they manage
    manager_instead: User | None  # who hears of what is late instead of them
    team: Team | None  # the team they lead
    leads_instead: User | None  # who counts as its manager then
    last_of_the_programme: bool


def consequences(person: User, *, on: date) -> Consequences:
    """What it means for others that a person is gone from a day on. Writes nothing."""
    instead = manager_above(person, level=1, today=on)
    leads, leads_instead = _leads(person, on)
    return Consequences(
        reports=tuple(person.reports.working_on(on).select_related("team").order_by("name", "pk")),
        manager_instead=None if instead == person else instead,
        team=person.team if leads else None,
        leads_instead=leads_instead,
        last_of_the_programme=_is_last_of_the_programme(person, on),
    )


def _leads(person: User, on: date) -> tuple[bool, User | None]:
    """Whether a person is the manager of their team, and who would be without them."""
    if person.team_id is None or person.job_role not in LEADS:
        return False, None
    others = User.objects.working_on(on).filter(team=person.team_id, job_role__in=LEADS).exclude(pk=person.pk)
    first = min(others, key=_place, default=None)
    return first is None or _place(person) < _place(first), first


def _place(leader: User) -> tuple[int, int]:
    """The lowest of a team is its manager, as line_management.team_manager_of finds it."""
    return LEADS.index(JobRole(leader.job_role)), leader.pk


def _is_last_of_the_programme(person: User, on: date) -> bool:
    role = JobRole.PRINCIPAL_SOCIAL_WORKER
    others = User.objects.working_on(on).filter(job_role=role).exclude(pk=person.pk)
    return person.job_role == role and not others.exists()


def check(person: User, *, on: date, by: User, today: date) -> None:
    """Raises LeavingError for one's own leaving, a day before the start date, and one more than two years ahead."""
    if person.pk == by.pk:
        raise LeavingError("This is your own record: somebody else must write down that you leave.")
    if person.start_date is not None and on < person.start_date:
        started = day_in_words(person.start_date)
        raise LeavingError(f"The date of leaving must be {started} or later, when {person} started.", field="on")
    if on > today + FURTHEST:
        raise LeavingError("The date of leaving is more than two years ahead. Check the year.", field="on")


@transaction.atomic
def leaves(person: User, *, on: date, by: User, at: datetime, today: date) -> User:
    """Write down from which day on a person does not work here any more; again with another day to correct it.

    What they hold stays with them until somebody gives it to others. Raises LeavingError as `check` does.
    """
    current = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    check(current, on=on, by=by, today=today)
    if current.leave_date != on:
        _set(current, on, "recorded that somebody leaves", by=by, at=at)
    return current


@transaction.atomic
def stays(person: User, *, by: User, at: datetime) -> User:
    """Take back that a person leaves. Raises LeavingError for one's own record and where no leaving is recorded."""
    current = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if current.pk == by.pk:
        raise LeavingError("This is your own record: somebody else must write down that you stay.")
    if current.leave_date is None:
        raise LeavingError(f"No date of leaving is recorded for {current}.")
    _set(current, None, "recorded that somebody stays", by=by, at=at)
    return current


def _set(person: User, on: date | None, verb: str, *, by: User, at: datetime) -> None:
    days = {"leave_date": on, "leave_date_before": person.leave_date}
    person.leave_date = on
    person.save(update_fields=["leave_date"])
    told = {name: day.isoformat() if day else None for name, day in days.items()}
    activity.record(verb, target=f"person:{person.pk}", by=by, at=at, **told)


def in_words(person: User, *, today: date) -> str:
    """Ada Auditor leaves on 30 November 2026, or left; empty where no leaving is recorded."""
    if person.leave_date is None:
        return ""
    gone = not working(person, today=today) and person.leave_date <= today
    return f"{person} {'left' if gone else 'leaves'} on {day_in_words(person.leave_date)}"
