"""When each stage of anything must go, worked out on its own: own calendar, own clock changes, own tables.

It imports nothing of the chasing, nor of the deadlines: what it knows is written here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

DAY = timedelta(days=1)
BANK_HOLIDAYS = {
    date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29),
    date(2027, 5, 3), date(2027, 5, 31), date(2027, 8, 30), date(2027, 12, 27), date(2027, 12, 28), date(2028, 1, 3),
    date(2028, 4, 14), date(2028, 4, 17), date(2028, 5, 1),
}  # fmt: skip
SUMMERS = [
    (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    (datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC)),
    (datetime(2028, 3, 26, 1, tzinfo=UTC), datetime(2028, 10, 29, 1, tzinfo=UTC)),
]
# code: working days, who
LADDER = {
    "audit": [
        ("before", -3, "owner"),
        ("on_due_date", 0, "owner"),
        ("line_manager", 1, "line"),
        ("next_manager", 5, "next"),
    ],
    "part_b": [
        ("part_b-before", -2, "owner"),
        ("part_b-on", 0, "owner"),
        ("part_b-line_manager", 1, "line"),
        ("part_b-next_manager", 5, "next"),
    ],
    "action": [
        ("action-before", -3, "owner"),
        ("action-after", 1, "owner"),
        ("action-line_manager", 3, "line"),
        ("action-next_manager", 10, "next"),
    ],
    "notice": [("notice-head", 1, "head"), ("notice-programme", 2, "programme")],
    "risk": [("risk-head", 1, "head"), ("risk-programme", 2, "programme")],
    "moderation": [("moderation-before", -2, "owner"), ("moderation-after", 1, "owner"),
                   ("moderation-programme", 3, "programme")],
}  # fmt: skip


def works(day: date) -> bool:
    return day.isoweekday() <= 5 and day not in BANK_HOLIDAYS


def step(day: date, count: int) -> date:
    """So many working days on, or back."""
    while count:
        day += DAY if count > 0 else -DAY
        if works(day):
            count -= 1 if count > 0 else -1
    return day


def london(at: datetime) -> datetime:
    """What the clock on the wall shows, without a zone."""
    summer = any(begins <= at < ends for begins, ends in SUMMERS)
    return (at + timedelta(hours=summer)).replace(tzinfo=None)


def utc(wall: datetime) -> datetime:
    """The moment at which the clock on the wall shows this (of two the first)."""
    guess = wall.replace(tzinfo=UTC)
    return guess - timedelta(hours=1) if london(guess - timedelta(hours=1)) == wall else guess


def open_at(at: datetime) -> bool:
    wall = london(at)
    return works(wall.date()) and 8 <= wall.hour < 19


def months_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - DAY).day
    return date(year, month + 1, min(day.day, last))


@dataclass
class Item:
    """One thing that is waited for, as the oracle knows it."""

    subject: str
    audit: str
    key: str
    owner: str
    due: date
    told: datetime
    settled: datetime | None = None
    handled: dict[str, tuple[date, bool, str, datetime]] = field(default_factory=dict)

    def stages(self, misses: list[tuple[str, str, date]]) -> list[tuple[date, datetime | None, str, str]]:
        """Day, moment before which it does not go, code, who."""
        if self.subject in ("notice", "risk"):
            return self._answer_stages()
        told_on, found = london(self.told).date(), []
        late_from = self.due if self.subject == "audit" else max(self.due, told_on)
        for code, days, who in LADDER[self.subject]:
            if code == "next_manager" and self._again(misses):
                days = 1
            if days > 0:
                found.append((step(late_from, days), None, code, who))
                continue
            day = step(self.due, days) if days else (self.due if works(self.due) else step(self.due, -1))
            if told_on < day:
                found.append((day, None, code, who))
        return found

    def _again(self, misses: list[tuple[str, str, date]]) -> bool:
        late = step(self.due, 1)
        return any(
            owner == self.owner and audit != self.audit and months_back(late, 6) <= day < late
            for owner, audit, day in misses
        )

    def _answer_stages(self) -> list[tuple[date, datetime | None, str, str]]:
        wall = london(self.told)
        by = datetime.combine(step(wall.date(), 1), wall.time())
        if not works(wall.date()):
            by = datetime.combine(step(wall.date(), 1), datetime.max.time())
        first = by.date() if by.hour < 19 else step(by.date(), 1)
        return [(step(first, days - 1), utc(by), code, who) for code, days, who in LADDER[self.subject]]


def live(items: list[Item], ticks: list[datetime]) -> None:
    """What every look must have done, in the order of the looks."""
    misses: list[tuple[str, str, date]] = []
    reached = ticks[0]
    for at in ticks:
        reached = max(reached, at)  # what was done while the clock was ahead stays done
        if not open_at(at):
            continue
        today = london(at).date()
        # What was let off after all does not count against anybody; audits are settled that way here.
        let_off = {item.audit for item in items if item.settled is not None and item.settled <= reached}
        counting = [miss for miss in misses if miss[1] not in let_off]
        made: list[tuple[str, str, date]] = []
        for item in sorted(items, key=lambda each: (each.due, each.audit)):
            if item.settled is not None and item.settled <= reached:
                continue
            due = [
                (day, code, who)
                for day, not_before, code, who in item.stages([*counting, *made])
                if day <= today and (not_before is None or not_before <= at) and code not in item.handled
            ]
            for day, code, who in due:
                item.handled[code] = (day, day != max(each for each, _, _ in due), who, at)
                if item.subject == "audit" and who in ("line", "next"):
                    first = min(d for c, (d, _, w, _) in item.handled.items() if w in ("line", "next"))
                    made.append((item.owner, item.audit, first))
        misses += made
