"""Days that are no working days, as rows that people can change: bank holidays and the council's closure days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from govuk_bank_holidays.bank_holidays import BankHolidays

from people import activity
from people.models import Holiday, User
from people.refusal import Refused

SATURDAY = 5
LONGEST_CLOSURE = 31  # days, both ends included but one
NONE_TO_REMOVE = "These days off are past or were removed already."


def ensure_holidays() -> int:
    """Add the bank holidays of England that the table does not have yet; returns how many were added.

    Uses the gov.uk list that comes with the library (no network). Rows that are there stay as they are.
    """
    bundled = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    before = Holiday.objects.count()
    Holiday.objects.bulk_create(
        [Holiday(day=holiday["date"], name=holiday["title"]) for holiday in bundled], ignore_conflicts=True
    )
    return Holiday.objects.count() - before


def holiday_set(start: date, end: date) -> frozenset[date]:
    """The holidays from `start` to `end`, both included, for the pure functions of audits.deadlines."""
    return frozenset(Holiday.objects.filter(day__range=(start, end)).values_list("day", flat=True))


class HolidayError(Refused):
    """A day off that cannot be added or removed; `field` names what was asked for and is wrong."""


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Days off in a row under one name; weekends and other days off may lie between them."""

    name: str
    first: date
    last: date
    days: int
    closure: bool

    def is_over(self, today: date) -> bool:
        """Whether its last day is past, so that it stays as it is."""
        return self.last < today


def add_closure(*, first: date, last: date | None, name: str, by: User, at: datetime, today: date) -> list[Holiday]:
    """Close the council from one day to another, both included: its working days become days off.

    Weekends and days that are off already are passed by. Raises HolidayError as closing_days does.
    """
    with transaction.atomic():
        days = closing_days(first=first, last=last, name=name, today=today)
        added = [Holiday(day=day, name=_one_line(name), closure=True) for day in days]
        Holiday.objects.bulk_create(added, ignore_conflicts=True)
        _record("added days off", added, by=by, at=at)
    return added


def closing_days(*, first: date, last: date | None, name: str, today: date) -> list[date]:
    """The working days that a closure would make days off; nothing is written.

    Raises HolidayError for days that are past, the wrong way round or more than a month, a name that is missing, and
    where no working day is left, among these days or in a whole month.
    """
    last = last or first
    _check_closure(first, last, _one_line(name), today=today)
    off = holiday_set(first.replace(day=1), last + timedelta(days=LONGEST_CLOSURE))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    closing = [day for day in days if day.weekday() < SATURDAY and day not in off]
    if not closing:
        raise HolidayError("There is no working day among these days: they are days off already.", field="first")
    for month in {day.replace(day=1) for day in closing}:
        if not _working_days_of(month, off.union(closing)):
            raise HolidayError(f"Then {month:%B %Y} would have no working day left. Leave one at least.", field="last")
    return closing


def _working_days_of(month: date, off: Collection[date]) -> list[date]:
    days = (month + timedelta(days=number) for number in range(LONGEST_CLOSURE))
    return [day for day in days if day.month == month.month and day.weekday() < SATURDAY and day not in off]


def _one_line(name: str) -> str:
    return " ".join(name.split())


def _check_closure(first: date, last: date, name: str, *, today: date) -> None:
    if not name:
        raise HolidayError("Give the days a name, such as Christmas closure.", field="name")
    if first < today:
        raise HolidayError("The first day must be today or later.", field="first")
    if last < first:
        raise HolidayError("The last day must not be before the first.", field="last")
    if (last - first).days > LONGEST_CLOSURE:
        raise HolidayError("Add a month at most in one go.", field="last")


def remove_closure(*, first: date, last: date, by: User, at: datetime, today: date) -> list[Holiday]:
    """Make the council's closure days from one day to another working days again; bank holidays stay.

    Days that are past stay as they were. Raises HolidayError where there is none to remove.
    """
    with transaction.atomic():
        removed = list(_removable(first, last, today).select_for_update())
        if not removed:
            raise HolidayError(NONE_TO_REMOVE)
        Holiday.objects.filter(pk__in=[row.pk for row in removed]).delete()
        _record("removed days off", removed, by=by, at=at)
    return removed


def opening_days(*, first: date, last: date, today: date) -> list[Holiday]:
    """The closure days that would be working days again. Raises HolidayError where there is none to remove."""
    found = list(_removable(first, last, today))
    if not found:
        raise HolidayError(NONE_TO_REMOVE)
    return found


def _removable(first: date, last: date, today: date) -> QuerySet[Holiday]:
    return Holiday.objects.filter(closure=True, day__range=(max(first, today), last)).order_by("day")


def _record(verb: str, rows: Sequence[Holiday], *, by: User, at: datetime) -> None:
    days = [row.day.isoformat() for row in rows]
    activity.record(verb, target=f"days off:{days[0]}", by=by, at=at, name=rows[0].name, days=days)


def days_off_by_year() -> dict[int, list[DaysOff]]:
    """Every day off by year, the earliest first; closure days of one name in a row are one entry. One query."""
    rows = list(Holiday.objects.order_by("day"))
    off = {row.day for row in rows}
    years: dict[int, list[DaysOff]] = {}
    for row in rows:
        found = years.setdefault(row.day.year, [])
        index = _entry_that_goes_on(found, row, off)
        if index is None:
            found.append(DaysOff(row.name, row.day, row.day, 1, row.closure))
        else:
            found[index] = replace(found[index], last=row.day, days=found[index].days + 1)
    return years


def _entry_that_goes_on(entries: Sequence[DaysOff], row: Holiday, off: Collection[date]) -> int | None:
    """Where among the entries the one stands that this day goes on; None where it begins one of its own."""
    for index, entry in enumerate(entries):
        if row.closure and entry.closure and entry.name == row.name:
            between = (entry.last + timedelta(days=n) for n in range(1, (row.day - entry.last).days))
            if all(day.weekday() >= SATURDAY or day in off for day in between):
                return index
    return None
