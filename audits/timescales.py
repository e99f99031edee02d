"""When something was to happen by a rule, and whether it did: the only place that counts (pure, A17).

Rules, days, holidays and today come in; words and numbers go out. What comes out is a hint and no answer: the record
may be newer than what was typed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from audits.deadlines import Holidays, add_months, add_working_days, working_days_between

ONE_DAY = timedelta(days=1)
DONE = "done"
# Last words of an event that say how it is done: a conference is held, a letter sent, a plan made.
WAYS_OF_DOING = {
    *("agreed", "begun", "completed", "contacted", "finished", "held", "made", "met"),
    *("ready", "recorded", "sent", "shared", "signed", "told", "written"),
}
UNIT_WORDS = {"working_days": "working day", "days": "day", "weeks": "week", "months": "month"}
EARLIEST, LATEST = date(1990, 1, 1), date(2099, 12, 31)  # days that can be counted from


class Rule(Protocol):
    """What is read of a rule; audits.models.TimescaleRule has it."""

    @property
    def event(self) -> str: ...
    @property
    def limit(self) -> int | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def counting(self) -> str: ...


class Kind(StrEnum):
    """How a day stands to its limit."""

    WITHIN = "within"
    LATE = "late"
    TO_COME = "to_come"  # not done, and there is time
    OVERDUE = "overdue"  # not done, and there is none
    BEFORE = "before"  # done before the day from which it counts: perhaps a slip


@dataclass(frozen=True)
class Verdict:
    """A hint: the last day in time, how many days (working days where the rule counts them) off, and words for it."""

    kind: Kind
    due_on: date
    by: int
    words: str


def due_on(rule: Rule, trigger: date, *, holidays: Holidays) -> date | None:
    """The last day in time for a rule, counted from `trigger`; None where the rule has no limit.

    By default the trigger is day 0 and counting begins on the next day. A rule that counts the day itself as day 1
    ends one day earlier, and a rule that counts backwards does all of this in the other direction. Months keep the day
    of the month, at the latest the month's last one: three months after 30 November is 28 February, never 91 days.
    """
    if rule.limit is None:
        return None
    if rule.limit == 0:
        return trigger
    count = rule.limit if rule.direction == "after" else -rule.limit
    same_day = rule.counting == "same_day"
    if rule.unit == "working_days":
        return add_working_days(trigger, count, holidays=holidays, count_start_day=same_day)
    end = add_months(trigger, count) if rule.unit == "months" else trigger + ONE_DAY * _days(rule.unit, count)
    if not same_day:
        return end
    return end - ONE_DAY if count > 0 else end + ONE_DAY


def verdict(rule: Rule, trigger: date | None, event: date | None, *, today: date, holidays: Holidays) -> Verdict | None:
    """Whether what was to happen on `event` was in time; without an event, how much time is left today.

    None where there is nothing to count from, or the rule has no limit.
    """
    last = due_on(rule, trigger, holidays=holidays) if trigger else None
    if last is None or trigger is None:
        return None
    apart, done = _Apart(rule.unit == "working_days", holidays), done_word(rule)
    if event is None:
        return _not_done(last, today=today, apart=apart, not_yet=not_yet(rule))
    if rule.direction == "after" and event < trigger:
        return _before(last, trigger, event, apart=apart, done=done)
    return _done(last, event, apart=apart, done=done)


def done_word(rule: Rule) -> str:
    """How the event of a rule is done, in one word: “sent” for “Letter sent”, “done” for “The next visit”."""
    last = rule.event.rpartition(" ")[2].lower()
    return last if last in WAYS_OF_DOING else DONE


def not_yet(rule: Rule) -> str:
    """That the event of a rule has not come: “not sent yet”."""
    return f"not {done_word(rule)} yet"


def limit_words(rule: Rule) -> str:
    """The limit as people say it: "within 15 working days", "at least 2 working days before"."""
    if rule.limit is None:
        return "no limit set"
    if rule.limit == 0:
        return "on the same day" if rule.direction == "after" else "on that day or before"
    long = counted(rule.limit, UNIT_WORDS[rule.unit])
    return f"within {long}" if rule.direction == "after" else f"at least {long} before"


def counted(number: int, word: str) -> str:
    """E.g. 1 working day, 3 working days."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def in_words(day: date) -> str:
    """E.g. 27 April 2026."""
    return f"{day.day} {day:%B %Y}"


def _days(unit: str, count: int) -> int:
    return count * 7 if unit == "weeks" else count


@dataclass(frozen=True)
class _Apart:
    """How far two days are apart, in the days that a rule counts."""

    working: bool
    holidays: Holidays

    def days(self, start: date, end: date) -> int:
        """How many days `end` lies after `start`."""
        return working_days_between(start, end, holidays=self.holidays) if self.working else (end - start).days

    def words(self, number: int) -> str:
        """A number of days in words; no working day at all is a weekend or a holiday."""
        if number == 0:
            return "less than a working day"
        return counted(number, "working day" if self.working else "day")


def _done(last: date, event: date, *, apart: _Apart, done: str) -> Verdict:
    days = f"due {in_words(last)}, {done} {in_words(event)}"
    if event <= last:
        return Verdict(Kind.WITHIN, last, apart.days(event, last), f"Within: {days}.")
    late = apart.days(last, event)
    return Verdict(Kind.LATE, last, late, f"Late by {apart.words(late)}: {days}.")


def _not_done(last: date, *, today: date, apart: _Apart, not_yet: str) -> Verdict:
    day = in_words(last)
    if today > last:
        late = apart.days(last, today)
        return Verdict(Kind.OVERDUE, last, late, f"Due {day}, {not_yet}: overdue by {apart.words(late)}.")
    left = apart.days(today, last)
    words = "today" if today == last else f"{apart.words(left)} left"
    return Verdict(Kind.TO_COME, last, left, f"Due {day}, {not_yet}: {words}.")


def _before(last: date, trigger: date, event: date, *, apart: _Apart, done: str) -> Verdict:
    early = apart.days(event, trigger)
    days = f"{done} {in_words(event)}, counted from {in_words(trigger)}"
    return Verdict(Kind.BEFORE, last, early, f"Before by {apart.words(early)}: {days}. Check both days.")
