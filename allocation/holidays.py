"""Holidays for the chasing: the table lives with the people, because audits below need it too."""

from people.holidays import ensure_holidays, holiday_set

__all__ = ["ensure_holidays", "holiday_set"]
