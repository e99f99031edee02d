"""Hints from two days and a rule: worked cases in both ways of counting, and an oracle that steps day by day (A17)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.forms.timescales import typed_day
from audits.timescales import Kind, due_on, limit_words, verdict
from tests.architecture.sources import ROOT
from tests.audits.test_deadlines import ENGLAND

TODAY = date(2026, 4, 20)  # a Monday


@dataclass(frozen=True)
class Rule:
    """As much of a rule as counting needs."""

    limit: int | None
    unit: str = "working_days"
    direction: str = "after"
    counting: str = "next_day"
    event: str = "Conference held"


CONFERENCE = Rule(15)  # within 15 working days of the strategy discussion
REPORT = Rule(2, direction="before")  # at least two working days before the conference
VISIT = Rule(4, "weeks", event="The next visit")
REVIEW = Rule(3, "months")
RULES = st.builds(
    Rule,
    limit=st.integers(0, 60),
    unit=st.sampled_from(["working_days", "days", "weeks", "months"]),
    direction=st.sampled_from(["after", "before"]),
    counting=st.sampled_from(["next_day", "same_day"]),
)
DAYS = st.dates(date(2025, 2, 1), date(2026, 11, 30))
HOLIDAYS = st.frozensets(st.dates(date(2024, 1, 1), date(2027, 12, 31)), max_size=60)


def due(rule: Rule, trigger: date) -> date | None:
    return due_on(rule, trigger, holidays=ENGLAND)


def words(rule: Rule, trigger: date | None, event: date | None, *, today: date = TODAY) -> str:
    found = verdict(rule, trigger, event, today=today, holidays=ENGLAND)
    return found.words if found else ""


def stepped(rule: Rule, trigger: date, holidays: frozenset[date]) -> date:
    """The last day in time, found by walking: one day at a time, counting those that the rule counts."""
    assert rule.limit is not None
    step = timedelta(days=1 if rule.direction == "after" else -1)
    if rule.limit == 0:
        return trigger
    if rule.unit == "months":
        return _months_walked(rule, trigger, step)
    wanted = rule.limit * 7 if rule.unit == "weeks" else rule.limit
    day = trigger if rule.counting == "same_day" else trigger + step
    while True:
        if rule.unit != "working_days" or (day.weekday() < 5 and day not in holidays):
            wanted -= 1
        if wanted == 0:
            return day
        day += step


def _months_walked(rule: Rule, trigger: date, step: timedelta) -> date:
    """Walk until the calendar has turned over so many months, then to the day of the month or the month's last."""
    assert rule.limit is not None
    day, turned = trigger, 0
    while turned < rule.limit:
        month = day.month
        day += step
        turned += day.month != month
    wanted = min(trigger.day, calendar.monthrange(day.year, day.month)[1])
    while day.day != wanted:
        day += step
    return day - step if rule.counting == "same_day" else day


class TestDueOn:
    @pytest.mark.parametrize(
        ("trigger", "limit", "next_day", "same_day"),
        [
            (date(2026, 4, 2), 15, date(2026, 4, 27), date(2026, 4, 24)),
            (date(2026, 4, 24), 10, date(2026, 5, 11), date(2026, 5, 8)),
            (date(2025, 12, 1), 45, date(2026, 2, 5), date(2026, 2, 4)),
            (date(2026, 12, 21), 20, date(2027, 1, 21), date(2027, 1, 20)),
            (date(2026, 12, 18), 5, date(2026, 12, 29), date(2026, 12, 24)),
        ],
        ids=["initial conference", "core group", "assessment", "first review in care", "five days over Christmas"],
    )
    def test_counts_working_days_in_both_ways(self, trigger: date, limit: int, next_day: date, same_day: date) -> None:
        assert due(Rule(limit), trigger) == next_day
        assert due(Rule(limit, counting="same_day"), trigger) == same_day

    @pytest.mark.parametrize(("limit", "last"), [(2, date(2026, 4, 1)), (5, date(2026, 3, 27))])
    def test_counts_backwards_over_easter(self, limit: int, last: date) -> None:
        assert due(Rule(limit, direction="before"), date(2026, 4, 7)) == last

    @pytest.mark.parametrize(
        ("trigger", "months", "last"),
        [
            (date(2025, 11, 30), 3, date(2026, 2, 28)),  # 91 days would be 1 March
            (date(2023, 11, 30), 3, date(2024, 2, 29)),
            (date(2026, 8, 31), 6, date(2027, 2, 28)),
            (date(2026, 1, 15), 6, date(2026, 7, 15)),
        ],
    )
    def test_keeps_the_day_of_the_month_and_stops_at_its_end(self, trigger: date, months: int, last: date) -> None:
        assert due(Rule(months, "months"), trigger) == last

    def test_counts_weeks_and_days_through_holidays(self) -> None:
        assert due(Rule(6, "weeks"), date(2026, 12, 1)) == date(2027, 1, 12)
        assert due(Rule(10, "days"), date(2026, 12, 20)) == date(2026, 12, 30)

    def test_ends_a_day_earlier_where_the_day_itself_counts(self) -> None:
        assert due(Rule(6, "weeks", counting="same_day"), date(2026, 12, 1)) == date(2027, 1, 11)
        assert due(Rule(3, "months", counting="same_day"), date(2026, 1, 15)) == date(2026, 4, 14)
        assert due(Rule(10, "weeks", "before", "same_day"), date(2026, 6, 30)) == date(2026, 4, 22)

    @pytest.mark.parametrize("unit", ["working_days", "days", "weeks", "months"])
    def test_is_the_same_day_for_a_limit_of_nought(self, unit: str) -> None:
        assert due(Rule(0, unit), date(2026, 4, 25)) == date(2026, 4, 25)
        assert due(Rule(0, unit, "before", "same_day"), date(2026, 4, 25)) == date(2026, 4, 25)

    def test_is_nothing_without_a_limit(self) -> None:
        assert due(Rule(None), TODAY) is None

    @given(rule=RULES, trigger=DAYS, holidays=HOLIDAYS)
    def test_agrees_with_walking_day_by_day(self, rule: Rule, trigger: date, holidays: frozenset[date]) -> None:
        assert due_on(rule, trigger, holidays=holidays) == stepped(rule, trigger, holidays)


class TestVerdict:
    def test_says_that_it_was_within(self) -> None:
        assert words(CONFERENCE, date(2026, 4, 2), date(2026, 4, 24)) == (
            "Within: due 27 April 2026, held 24 April 2026."
        )

    def test_says_that_the_last_day_is_within(self) -> None:
        assert words(CONFERENCE, date(2026, 4, 2), date(2026, 4, 27)).startswith("Within")

    def test_says_by_how_many_working_days_it_was_late(self) -> None:
        assert words(CONFERENCE, date(2026, 4, 2), date(2026, 5, 5)) == (
            "Late by 5 working days: due 27 April 2026, held 5 May 2026."  # 4 May is a bank holiday
        )

    def test_counts_lateness_in_days_where_the_rule_does(self) -> None:
        assert words(VISIT, date(2026, 3, 2), date(2026, 3, 31)) == (
            "Late by 1 day: due 30 March 2026, done 31 March 2026."
        )

    def test_is_late_on_a_saturday_after_a_friday(self) -> None:
        found = verdict(Rule(10), date(2026, 4, 10), date(2026, 4, 25), today=TODAY, holidays=ENGLAND)
        assert found is not None
        assert (found.kind, found.due_on, found.by) == (Kind.LATE, date(2026, 4, 24), 0)
        assert found.words.startswith("Late by less than a working day")

    def test_says_how_much_time_is_left(self) -> None:
        assert words(CONFERENCE, date(2026, 4, 2), None, today=date(2026, 4, 21)) == (
            "Due 27 April 2026, not held yet: 4 working days left."
        )

    def test_counts_what_is_left_from_a_weekend(self) -> None:
        assert words(CONFERENCE, date(2026, 4, 2), None, today=date(2026, 4, 25)) == (
            "Due 27 April 2026, not held yet: 1 working day left."
        )

    def test_says_that_it_is_due_today(self) -> None:
        assert words(CONFERENCE, date(2026, 4, 2), None, today=date(2026, 4, 27)) == (
            "Due 27 April 2026, not held yet: today."
        )

    def test_says_by_how_much_it_is_overdue(self) -> None:
        assert words(CONFERENCE, date(2026, 4, 2), None, today=date(2026, 5, 5)) == (
            "Due 27 April 2026, not held yet: overdue by 5 working days."
        )
        assert words(REVIEW, date(2025, 11, 30), None, today=date(2026, 3, 1)) == (
            "Due 28 February 2026, not held yet: overdue by 1 day."
        )

    def test_judges_what_has_to_come_before(self) -> None:
        assert words(REPORT, date(2026, 4, 7), date(2026, 4, 1)).startswith("Within: due 1 April 2026")
        assert words(REPORT, date(2026, 4, 7), date(2026, 4, 2)).startswith("Late by 1 working day: due 1 April 2026")
        assert words(REPORT, date(2026, 4, 7), date(2026, 4, 8)).startswith("Late by 3 working days")

    def test_asks_to_check_an_event_before_the_day_it_counts_from(self) -> None:
        assert words(CONFERENCE, date(2026, 4, 20), date(2026, 4, 17)) == (
            "Before by 1 working day: held 17 April 2026, counted from 20 April 2026. Check both days."
        )

    @pytest.mark.parametrize(
        ("event", "done"),
        [
            ("Letter sent", "sent"),
            ("Decision made", "made"),
            ("Everyone told", "told"),
            ("The next visit", "done"),
            ("Minutes on the record", "done"),
            ("Held", "held"),
        ],
    )
    def test_says_in_the_rules_own_word_how_it_is_done(self, event: str, done: str) -> None:
        rule = Rule(5, "days", event=event)
        assert words(rule, date(2026, 4, 1), date(2026, 4, 7)) == (
            f"Late by 1 day: due 6 April 2026, {done} 7 April 2026."
        )
        assert words(rule, date(2026, 4, 1), None) == f"Due 6 April 2026, not {done} yet: overdue by 14 days."
        assert words(rule, date(2026, 4, 1), date(2026, 3, 31)).startswith(f"Before by 1 day: {done} 31 March 2026")

    def test_says_nothing_without_a_day_to_count_from_or_a_limit(self) -> None:
        assert words(CONFERENCE, None, date(2026, 4, 20)) == ""
        assert words(Rule(None), date(2026, 4, 20), None) == ""

    @given(rule=RULES, trigger=DAYS, event=DAYS, today=DAYS)
    def test_is_within_exactly_up_to_the_last_day(self, rule: Rule, trigger: date, event: date, today: date) -> None:
        found = verdict(rule, trigger, event, today=today, holidays=ENGLAND)
        assert found is not None
        before = rule.direction == "after" and event < trigger
        in_time = event <= stepped(rule, trigger, ENGLAND)
        assert found.kind == (Kind.BEFORE if before else Kind.WITHIN if in_time else Kind.LATE)
        assert found.by >= 0

    @given(rule=RULES, trigger=DAYS, today=DAYS)
    def test_is_overdue_exactly_after_the_last_day(self, rule: Rule, trigger: date, today: date) -> None:
        found = verdict(rule, trigger, None, today=today, holidays=ENGLAND)
        assert found is not None
        assert (found.kind == Kind.OVERDUE) == (today > stepped(rule, trigger, ENGLAND))
        assert found.by >= 0


class TestLimitWords:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (CONFERENCE, "within 15 working days"),
            (Rule(1), "within 1 working day"),
            (REPORT, "at least 2 working days before"),
            (VISIT, "within 4 weeks"),
            (Rule(0, "days"), "on the same day"),
            (Rule(0, "days", "before"), "on that day or before"),
            (Rule(None), "no limit set"),
        ],
    )
    def test_say_it_as_people_do(self, rule: Rule, expected: str) -> None:
        assert limit_words(rule) == expected


class TestTypedDay:
    @pytest.mark.parametrize(
        "text", ["24 4 2026", "24/4/26", "24.04.2026", "24-4-26", " 24 apr 2026 ", "24 April, 2026", "24/4/2026"]
    )
    def test_is_read_however_it_is_written(self, text: str) -> None:
        assert typed_day(text) == (date(2026, 4, 24), "")

    def test_may_be_missing(self) -> None:
        assert typed_day("  ") == (None, "")

    @pytest.mark.parametrize(
        "text", ["24", "24 4", "31 2 2026", "24 4 226", "yesterday", "1 2 3 4", "x/y/z", "٢ ٣ ٢٠٢٦"]
    )
    def test_is_refused_in_words_where_it_is_none(self, text: str) -> None:
        day, problem = typed_day(text)
        assert day is None
        assert problem

    @pytest.mark.parametrize("text", ["1 1 1989", "1 1 2100"])
    def test_lies_within_a_childhood_of_today(self, text: str) -> None:
        assert "must be" in typed_day(text)[1]


class TestModule:
    def test_is_pure(self) -> None:
        source = (ROOT / "audits" / "timescales.py").read_text(encoding="utf-8")
        assert "django" not in source
        assert "today()" not in source
