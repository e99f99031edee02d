"""When things fall due: working days, months, London days and the window under review (pure).

Holidays are passed in (England's bank holidays and the council's closure days are editable data, since
one-off holidays are announced months ahead), and so is today: nothing here reads a clock or a table.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
SATURDAY = 5
MONTHS_UNDER_REVIEW = 6
ONE_DAY = timedelta(days=1)

Holidays = frozenset[date]


class ReviewWindow(NamedTuple):
    """The days that an audit looks at, both included, and why they start where they do."""

    start: date
    end: date
    reason: str


def is_working_day(day: date, *, holidays: Holidays) -> bool:
    """Whether this is Monday to Friday and not a holiday."""
    return day.weekday() < SATURDAY and day not in holidays


def add_working_days(start: date, count: int, *, holidays: Holidays, count_start_day: bool = False) -> date:
    """The date `count` working days after `start`, or before it where count is below nought.

    Usually the event is day 0 and counting begins on the next day. Some councils count the day of the event
    as day 1 (`count_start_day`), where it is a working day itself. Nought gives the start back unchanged.
    """
    if count == 0:
        return start
    step = ONE_DAY if count > 0 else -ONE_DAY
    left = abs(count)
    day = start
    if count_start_day and is_working_day(start, holidays=holidays):
        left -= 1
    while left:
        day += step
        left -= is_working_day(day, holidays=holidays)
    return day


def next_working_day(day: date, *, holidays: Holidays) -> date:
    """The first working day after this one."""
    return add_working_days(day, 1, holidays=holidays)


def first_working_day_of_month(year: int, month: int, *, holidays: Holidays) -> date:
    """The first working day of a month. Raises ValueError where the month has none."""
    return min(_working_days_of_month(year, month, holidays=holidays))


def last_working_day_of_month(year: int, month: int, *, holidays: Holidays) -> date:
    """The last working day of a month, when audits fall due. Raises ValueError where the month has none."""
    return max(_working_days_of_month(year, month, holidays=holidays))


def working_days_between(start: date, end: date, *, holidays: Holidays) -> int:
    """How many working days `end` lies after `start`; below nought where it lies before.

    The start itself is not counted, so something due on Friday and done on Monday is 1 working day late, and
    the answer undoes add_working_days. Done on a day off, it is as late as on the last working day.
    """
    if start > end:
        return -_count_working_days(end, start - ONE_DAY, holidays=holidays)
    return _count_working_days(start + ONE_DAY, end, holidays=holidays)


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later (or earlier), at the latest the last day of that month.

    Three months from 30 November is 28 February (29 in a leap year), which 91 days would miss.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last_day))


def end_of_london_day(day: date) -> datetime:
    """The last moment of a London day as a UTC time: what is due on that day is late after it."""
    return datetime.combine(day, time.max, tzinfo=LONDON).astimezone(UTC)


def london_date(moment: datetime) -> date:
    """The London day on which a moment falls. Raises ValueError for a time without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone to have a London date.")
    return moment.astimezone(LONDON).date()


def review_window(today: date, latest_referral: date | None) -> ReviewWindow:
    """The last six months, or the time since the latest referral where that is shorter (C4, file 000 §3).

    A referral dated after today is a slip in the record and is left out of account, with a word on it.
    """
    six_months_ago = add_months(today, -MONTHS_UNDER_REVIEW)
    if latest_referral is None:
        return ReviewWindow(six_months_ago, today, "The last six months: no referral date is recorded.")
    if latest_referral > today:
        reason = "The last six months: the latest referral is dated in the future."
        return ReviewWindow(six_months_ago, today, reason)
    if latest_referral > six_months_ago:
        reason = "Since the latest referral, which is less than six months ago."
        return ReviewWindow(latest_referral, today, reason)
    return ReviewWindow(six_months_ago, today, "The last six months: the latest referral lies before them.")


def _working_days_of_month(year: int, month: int, *, holidays: Holidays) -> list[date]:
    """Every working day of a month. Raises ValueError where there is none."""
    first = date(year, month, 1)
    last = first.replace(day=calendar.monthrange(year, month)[1])
    days = [day for day in _days(first, last) if is_working_day(day, holidays=holidays)]
    if not days:
        raise ValueError(f"{first:%B %Y} has no working day.")
    return days


def _count_working_days(first: date, last: date, *, holidays: Holidays) -> int:
    return sum(is_working_day(day, holidays=holidays) for day in _days(first, last))


def _days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
