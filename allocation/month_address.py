"""How a month is written in an address: 2026-11. Importing this teaches it to Django."""

from __future__ import annotations

from datetime import date

from django.urls import register_converter


class MonthConverter:
    """2026-11 in an address, the month's first day in a view."""

    regex = r"\d{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """Raises ValueError for the year nought, which is then no address."""
        return date(int(value[:4]), int(value[5:]), 1)

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")
