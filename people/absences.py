"""When people are away (P1): added and removed by those who keep staff records, and by everybody for themselves."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from people import activity
from people.form_fields import day_in_words
from people.models import Absence, User
from people.refusal import Refused
from people.roles import Permission


class AbsenceError(Refused):
    """Days that cannot be written down as an absence; `field` is what a form shows the message beside."""


def may_change(person: User, *, by: User) -> bool:
    """Whether somebody may write down or remove the absences of a person: their own, or as keeper of staff records."""
    return person.pk == by.pk or by.can(Permission.IMPORT_STAFF)


def current_and_coming(person: User, *, today: date) -> QuerySet[Absence]:
    """The absences of a person that are not over, the first to begin first."""
    return person.absences.filter(ends__gte=today).order_by("starts", "pk")


@transaction.atomic
def add(person: User, *, starts: date, ends: date, reason: str, by: User, at: datetime) -> Absence:
    """Write down that a person is away from a day to a day, both included.

    Raises AbsenceError where the days are the wrong way round or overlap with an absence that is there.
    """
    if ends < starts:
        raise AbsenceError("The last day must be the first day or later.", field="ends")
    User.objects.select_for_update(no_key=True).get(pk=person.pk)  # two at once would not see each other's days
    overlapping = person.absences.filter(starts__lte=ends, ends__gte=starts).first()
    if overlapping is not None:
        raise AbsenceError(
            f"These days overlap with an absence from {in_words(overlapping)}. Remove that one first, or choose other"
            " days.",
            field="starts",
        )
    absence = Absence.objects.create(user=person, starts=starts, ends=ends, reason=reason.strip())
    _record("added an absence", absence, by=by, at=at)
    return absence


@transaction.atomic
def remove(absence: Absence, *, by: User, at: datetime) -> None:
    """Take an absence back; that it was there stays in the activity."""
    _record("removed an absence", absence, by=by, at=at)
    absence.delete()


def in_words(absence: Absence) -> str:
    """E.g. 21 November 2026 to 23 November 2026; one day alone where it is one."""
    first, last = day_in_words(absence.starts), day_in_words(absence.ends)
    return first if first == last else f"{first} to {last}"


def _record(verb: str, absence: Absence, *, by: User, at: datetime) -> None:
    """The days only: the reason may say that somebody was ill."""
    days = {"starts": absence.starts.isoformat(), "ends": absence.ends.isoformat()}
    activity.record(verb, target=f"person:{absence.user_id}", by=by, at=at, **days)
