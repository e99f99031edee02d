"""Numbers that never stand alone: a share with numerator and denominator, a median of so many (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from grading.agreement import wilson

SMALL_NUMBERS = 15  # below this a percentage says little: it is shown, and flagged
COUNTS_ONLY = 6  # below this a group is shown as counts, without a percentage


@dataclass(frozen=True, slots=True)
class Share:
    """n of total. Raises ValueError where n is not part of the total."""

    n: int
    total: int

    def __post_init__(self) -> None:
        """Refuse a part that is larger than the whole."""
        if not 0 <= self.n <= self.total:
            raise ValueError(f"{self.n} is not a part of {self.total}.")

    def __str__(self) -> str:
        """The share as people read it, e.g. "80% (1,298 of 1,632)"."""
        shown = "no data" if self.percent is None else f"{self.percent}%"
        return f"{shown} ({self.n:,} of {self.total:,})"

    @property
    def percent(self) -> int | None:
        """Whole percent, halves up; None of nothing."""
        return (200 * self.n + self.total) // (2 * self.total) if self.total else None

    @property
    def is_small(self) -> bool:
        """Whether the percentage needs the warning about small numbers."""
        return 0 < self.total < SMALL_NUMBERS

    @property
    def counts_only(self) -> bool:
        """Whether the group is too small for any percentage."""
        return self.total < COUNTS_ONLY

    @property
    def interval(self) -> str:
        """Where the true share likely lies (95%, Wilson), e.g. "42% to 72%"; empty of nothing."""
        ends = wilson(self.n, self.total)
        return f"{round(ends.low * 100)}% to {round(ends.high * 100)}%" if ends else ""


@dataclass(frozen=True, slots=True)
class Median:
    """A median number of days, and how many it is the median of; None of nothing."""

    days: float | None
    of: int

    def __str__(self) -> str:
        """The median as people read it, e.g. "6 days (median of 41)"."""
        if self.days is None:
            return "no data (median of 0)"
        return f"{self.days:g} {'day' if self.days == 1 else 'days'} (median of {self.of:,})"
