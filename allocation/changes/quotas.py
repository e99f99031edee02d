"""How many audits each person may be given in a month: the quota of every month and the changes for this one (P2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet, Sum

from allocation.models import Cycle, QuotaChange
from allocation.month_lock import CycleError, demand_reason, lock_month
from people import activity
from people.models import User

MOST_PLACES = 10
FIXED = {
    Cycle.Status.CLOSED: "This month is closed, so places can no longer be changed.",
    Cycle.Status.PAUSED: "The programme pauses in this month, so nobody has places to change.",
}


def places_of(month: date, people: Iterable[User]) -> dict[int, int]:
    """How many audits each of these people may be given in a month, by person's id: never below nought. One query."""
    people = list(people)
    changes = dict(_changes(month).filter(user__in=people).order_by().values_list("user").annotate(sum=Sum("change")))
    return {person.pk: max(0, person.monthly_quota + changes.get(person.pk, 0)) for person in people}


def history(month: date) -> QuerySet[QuotaChange]:
    """The changes of a month with whose and by whom, the latest first."""
    return _changes(month).select_related("user", "by").order_by("-pk")


def why_fixed(month: date) -> str:
    """Why places of a month cannot be changed, in a sentence; empty where they can."""
    status = Cycle.objects.filter(month=month).values_list("status", flat=True).first()
    return FIXED.get(Cycle.Status(status), "") if status else ""


def set_places(
    month: date, user: User, *, places: int, reason: str, by: User | None, at: datetime
) -> QuotaChange | None:
    """Give a person so many places in a month; what differs is written, and nothing where nothing differs.

    Raises CycleError where the month is closed or paused, the number is not 0 to 10, or the reason says nothing.
    """
    written = set_places_of_many(month, {user: places}, reason=reason, by=by, at=at)
    return written[0] if written else None


@transaction.atomic
def set_places_of_many(
    month: date, wanted: Mapping[User, int], *, reason: str, by: User | None, at: datetime
) -> list[QuotaChange]:
    """Give each of these people so many places in a month, all or none. Raises CycleError as `set_places` does."""
    lock_month(month)
    if why := why_fixed(month):
        raise CycleError(why)
    now = places_of(month, wanted)
    differing = {person: places for person, places in wanted.items() if places != now[person.pk]}
    if not differing:
        return []
    reason = demand_reason(reason, "for the change of places")
    return [_write(month, person, places, now[person.pk], reason, by, at) for person, places in differing.items()]


def _write(
    month: date, person: User, places: int, before: int, reason: str, by: User | None, at: datetime
) -> QuotaChange:
    if not 0 <= places <= MOST_PLACES:
        raise CycleError(f"{person.name} can have 0 to {MOST_PLACES} places.", field=f"places_{person.pk}")
    owed = _sum_of(month, person)
    change = QuotaChange.objects.create(
        month=month, user=person, change=places - person.monthly_quota - owed, reason=reason, by=by, at=at
    )
    activity.record(
        "changed places",
        target=f"person:{person.pk}",
        by=by,
        at=at,
        month=f"{month:%Y-%m}",
        before=before,
        after=places,
    )
    return change


def _changes(month: date) -> QuerySet[QuotaChange]:
    return QuotaChange.objects.filter(month=month.replace(day=1))


def _sum_of(month: date, person: User) -> int:
    """What the changes add up to, which may be below minus the quota (a swap owed by somebody without places)."""
    total: int | None = _changes(month).filter(user=person).aggregate(sum=Sum("change"))["sum"]
    return total or 0
