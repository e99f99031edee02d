"""When a meeting may be: what is refused, what is worth a second look, and how a time reads (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from audits.deadlines import LONDON, SATURDAY, london_date
from people.form_fields import FULL_MONTHS
from people.refusal import Refused

MOST_TIMES = 5
SHORTEST, LONGEST = 15, 240  # minutes
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class MeetingError(Refused):
    """Something that cannot be done with a meeting; `field` names what was asked for and is wrong."""


@dataclass(frozen=True, slots=True)
class DaysAway:
    """Days on which somebody is recorded as away, both included."""

    name: str
    starts: date
    ends: date


def clock(moment: datetime) -> str:
    """London time, 10:00."""
    return f"{moment.astimezone(LONDON):%H:%M}"


def day_words(moment: datetime) -> str:
    """Thursday 19 November 2026, the London day."""
    day = london_date(moment)
    return f"{DAY_NAMES[day.weekday()]} {day.day} {FULL_MONTHS[day.month - 1].capitalize()} {day.year}"


def time_words(moment: datetime, minutes: int) -> str:
    """Thursday 19 November 2026, 10:00 to 11:00, London time."""
    return f"{day_words(moment)}, {clock(moment)} to {clock(moment.astimezone(UTC) + timedelta(minutes=minutes))}"


def stored(times: Collection[datetime]) -> list[str]:
    """Times as a meeting keeps them: ISO, in UTC, each once, the earliest first."""
    return sorted({time.astimezone(UTC).isoformat() for time in times})


def read(times: Sequence[str]) -> list[datetime]:
    """The times that a meeting keeps, as moments."""
    return [datetime.fromisoformat(time) for time in times]


def check_times(times: Sequence[datetime], *, minutes: int, at: datetime) -> None:
    """Raises MeetingError where there is no time, there are too many, one is over, or the length is none."""
    if not times:
        raise MeetingError("Offer at least one time.", field="times")
    if len(set(times)) > MOST_TIMES:
        raise MeetingError(f"Offer at most {MOST_TIMES} times.", field="times")
    if not SHORTEST <= minutes <= LONGEST:
        raise MeetingError(f"A meeting takes {SHORTEST} minutes to {LONGEST // 60} hours.", field="minutes")
    for number, time in enumerate(times, 1):
        if time <= at:
            raise MeetingError(
                f"{day_words(time)} at {clock(time)} is past. Choose a later time.", field=f"day_{number}"
            )


def doubts(
    times: Collection[datetime], *, due_on: date | None, holidays: Mapping[date, str], away: Collection[DaysAway]
) -> list[str]:
    """What is worth a second look before these times are offered, a sentence each; never a reason to refuse.

    `due_on` is None where the audit is overdue already: no time could be before that.
    """
    found = []
    for time in sorted(times):
        day, words = london_date(time), day_words(time)
        if day.weekday() >= SATURDAY:
            found.append(f"{words} is at the weekend.")
        if day in holidays:
            found.append(f"{words} is a day off: {holidays[day]}.")
        found += [f"{who.name} is recorded as away on {words}." for who in away if who.starts <= day <= who.ends]
        if due_on is not None and day > due_on:
            found.append(f"{words} is after the audit is due.")
    return found
