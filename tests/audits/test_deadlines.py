"""Due dates against worked cases, with England's bank holidays typed in."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.deadlines import (
    add_months,
    add_working_days,
    end_of_london_day,
    first_working_day_of_month,
    is_working_day,
    last_working_day_of_month,
    london_date,
    next_working_day,
    review_window,
    working_days_between,
)

ENGLAND = frozenset(
    {
        # 2025
        date(2025, 1, 1),
        date(2025, 4, 18),
        date(2025, 4, 21),
        date(2025, 5, 5),
        date(2025, 5, 26),
        date(2025, 8, 25),
        date(2025, 12, 25),
        date(2025, 12, 26),
        # 2026; Boxing Day is a Saturday, so Monday 28 December stands in
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 5, 25),
        date(2026, 8, 31),
        date(2026, 12, 25),
        date(2026, 12, 28),
        # 2027
        date(2027, 1, 1),
    }
)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


class TestAddWorkingDays:
    @pytest.mark.parametrize(
        ("start", "count", "day_nought", "day_one"),
        [
            (date(2026, 4, 2), 15, date(2026, 4, 27), date(2026, 4, 24)),
            (date(2026, 4, 24), 10, date(2026, 5, 11), date(2026, 5, 8)),
            (date(2025, 12, 1), 45, date(2026, 2, 5), date(2026, 2, 4)),
            (date(2026, 12, 21), 20, date(2027, 1, 21), date(2027, 1, 20)),
            (date(2026, 12, 18), 5, date(2026, 12, 29), date(2026, 12, 24)),
        ],
        ids=["conference", "core group", "assessment", "first review", "Part B over Christmas"],
    )
    def test_follows_the_worked_cases_by_either_convention(self, start, count, day_nought, day_one):
        assert add_working_days(start, count, holidays=ENGLAND) == day_nought
        assert add_working_days(start, count, holidays=ENGLAND, count_start_day=True) == day_one

    @pytest.mark.parametrize(("count", "due"), [(-2, date(2026, 4, 1)), (-5, date(2026, 3, 27))])
    def test_counts_backwards_from_a_conference_after_easter(self, count, due):
        assert add_working_days(date(2026, 4, 7), count, holidays=ENGLAND) == due

    def test_does_not_count_a_day_off_as_day_one(self):
        saturday = date(2026, 4, 25)
        assert add_working_days(saturday, 1, holidays=ENGLAND, count_start_day=True) == date(2026, 4, 27)
        assert add_working_days(saturday, 1, holidays=ENGLAND) == date(2026, 4, 27)

    def test_ends_on_the_start_itself_where_that_is_day_one_of_one(self):
        assert add_working_days(date(2026, 4, 24), 1, holidays=ENGLAND, count_start_day=True) == date(2026, 4, 24)

    def test_counts_backwards_with_the_start_as_day_one(self):
        assert add_working_days(date(2026, 4, 7), -2, holidays=ENGLAND, count_start_day=True) == date(2026, 4, 2)

    def test_gives_the_start_back_for_no_days(self):
        saturday = date(2026, 4, 25)
        assert add_working_days(saturday, 0, holidays=ENGLAND) == saturday

    def test_skips_closure_days_of_the_council(self):
        closed = ENGLAND | {date(2026, 12, day) for day in (29, 30, 31)}
        assert add_working_days(date(2026, 12, 24), 1, holidays=closed) == date(2027, 1, 4)

    @given(DAYS, st.integers(-60, 60).filter(bool))
    def test_always_ends_on_a_working_day(self, start, count):
        assert is_working_day(add_working_days(start, count, holidays=ENGLAND), holidays=ENGLAND)


class TestWorkingDaysBetween:
    @pytest.mark.parametrize(
        ("due", "done", "late"),
        [
            (date(2026, 4, 24), date(2026, 4, 24), 0),
            (date(2026, 4, 24), date(2026, 4, 26), 0),
            (date(2026, 4, 24), date(2026, 4, 27), 1),
            (date(2026, 4, 2), date(2026, 4, 7), 1),
            (date(2026, 4, 7), date(2026, 4, 2), -1),
            (date(2026, 12, 24), date(2027, 1, 4), 4),
        ],
    )
    def test_says_how_many_days_late_something_was(self, due, done, late):
        assert working_days_between(due, done, holidays=ENGLAND) == late

    @given(DAYS, st.integers(-60, 60))
    def test_undoes_adding_working_days(self, start, count):
        end = add_working_days(start, count, holidays=ENGLAND)
        assert working_days_between(start, end, holidays=ENGLAND) == count


class TestWorkingDays:
    def test_leave_out_weekends_and_holidays(self):
        assert is_working_day(date(2026, 4, 7), holidays=ENGLAND)
        assert not is_working_day(date(2026, 4, 6), holidays=ENGLAND)
        assert not is_working_day(date(2026, 4, 5), holidays=ENGLAND)
        assert not is_working_day(date(2026, 4, 4), holidays=ENGLAND)

    def test_next_is_always_a_later_day(self):
        assert next_working_day(date(2026, 4, 2), holidays=ENGLAND) == date(2026, 4, 7)
        assert next_working_day(date(2026, 4, 7), holidays=ENGLAND) == date(2026, 4, 8)

    @pytest.mark.parametrize(
        ("year", "month", "first", "last"),
        [
            (2026, 1, 2, 30),
            (2026, 2, 2, 27),
            (2026, 5, 1, 29),
            (2026, 8, 3, 28),
            (2026, 12, 1, 31),
            (2025, 11, 3, 28),
        ],
    )
    def test_first_and_last_of_a_month(self, year, month, first, last):
        assert first_working_day_of_month(year, month, holidays=ENGLAND) == date(year, month, first)
        assert last_working_day_of_month(year, month, holidays=ENGLAND) == date(year, month, last)

    @pytest.mark.parametrize("of_month", [first_working_day_of_month, last_working_day_of_month])
    def test_of_a_month_that_is_closed_throughout_are_refused(self, of_month):
        august = frozenset(date(2026, 8, day) for day in range(1, 32))
        with pytest.raises(ValueError, match="August 2026 has no working day"):
            of_month(2026, 8, holidays=august)


class TestAddMonths:
    @pytest.mark.parametrize(
        ("start", "months", "end"),
        [
            (date(2025, 11, 30), 3, date(2026, 2, 28)),
            (date(2023, 11, 30), 3, date(2024, 2, 29)),
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2026, 8, 31), -6, date(2026, 2, 28)),
            (date(2026, 12, 15), 1, date(2027, 1, 15)),
            (date(2026, 1, 15), -1, date(2025, 12, 15)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2026, 6, 30), 0, date(2026, 6, 30)),
        ],
    )
    def test_keeps_the_day_or_takes_the_last_of_the_month(self, start, months, end):
        assert add_months(start, months) == end

    def test_is_not_ninety_one_days(self):
        assert add_months(date(2025, 11, 30), 3) != date(2025, 11, 30) + timedelta(days=91) == date(2026, 3, 1)

    @given(DAYS, st.integers(-60, 60))
    def test_always_lands_so_many_months_away(self, start, months):
        end = add_months(start, months)
        assert (end.year - start.year) * 12 + end.month - start.month == months
        assert end.day <= start.day


class TestLondonDays:
    @pytest.mark.parametrize(
        ("day", "end"),
        [
            (date(2026, 1, 15), datetime(2026, 1, 15, 23, 59, 59, 999999, UTC)),
            (date(2026, 7, 15), datetime(2026, 7, 15, 22, 59, 59, 999999, UTC)),
            (date(2026, 3, 28), datetime(2026, 3, 28, 23, 59, 59, 999999, UTC)),
            (date(2026, 3, 29), datetime(2026, 3, 29, 22, 59, 59, 999999, UTC)),
            (date(2026, 10, 25), datetime(2026, 10, 25, 23, 59, 59, 999999, UTC)),
        ],
        ids=["winter", "summer", "before the clocks go forward", "clocks go forward", "clocks go back"],
    )
    def test_end_at_midnight_by_the_clock_in_london(self, day, end):
        assert end_of_london_day(day) == end
        assert end_of_london_day(day).tzinfo is UTC

    def test_belong_to_moments_late_on_a_summer_evening(self):
        assert london_date(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)
        assert london_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2026, 12, 31)

    def test_cannot_be_told_without_a_time_zone(self):
        with pytest.raises(ValueError, match="time zone"):
            london_date(datetime(2026, 6, 30, 23, 30))  # noqa: DTZ001 (the missing zone is the point)

    @given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
    def test_end_on_themselves_and_no_later(self, day):
        end = end_of_london_day(day)
        assert london_date(end) == day
        assert london_date(end + timedelta(microseconds=1)) == day + timedelta(days=1)


class TestReviewWindow:
    TODAY = date(2026, 8, 31)

    @pytest.mark.parametrize(
        ("referral", "start", "words"),
        [
            (None, date(2026, 2, 28), "no referral date"),
            (date(2025, 3, 1), date(2026, 2, 28), "lies before them"),
            (date(2026, 2, 28), date(2026, 2, 28), "lies before them"),
            (date(2026, 3, 1), date(2026, 3, 1), "Since the latest referral"),
            (date(2026, 8, 31), date(2026, 8, 31), "Since the latest referral"),
            (date(2026, 9, 1), date(2026, 2, 28), "in the future"),
        ],
        ids=["none", "old", "six months to the day", "within six months", "today", "a slip"],
    )
    def test_is_six_months_or_since_the_referral_whichever_is_shorter(self, referral, start, words):
        window = review_window(self.TODAY, referral)
        assert (window.start, window.end) == (start, self.TODAY)
        assert words in window.reason
