"""Days that are no working days, as rows that people can change: bank holidays and the council's closure days."""

from __future__ import annotations

from datetime import date

from govuk_bank_holidays.bank_holidays import BankHolidays

from people.models import Holiday


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
