"""Which audits the bench opens, by the number under which bench.data makes them."""

from datetime import date

from django.utils import timezone

MONTHS = 18
OPEN, FULL, LONG = 0, 1, MONTHS + 1  # being written; finished; finished with many actions


def month_before_today(back: int) -> date:
    """The first day of the month so many months ago."""
    today = timezone.localdate()
    last = today.year * 12 + today.month - 1 - back
    return date(last // 12, last % 12 + 1, 1)


def reference(n: int) -> str:
    """The reference of audit number n."""
    return f"{month_before_today(n % MONTHS):%Y-%m}-{n // MONTHS + 1:04d}"
