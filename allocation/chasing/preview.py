"""What will be chased next, worked out by the same functions that send it; what went lately; what is held (E1–E4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from allocation.chasing.ladder_words import who_in_words
from allocation.chasing.organisation import Organisation
from allocation.chasing.planning import (
    GOES,
    HELD,
    Planned,
    by_audit,
    due_of,
    everything_near,
    holds_now,
    misses_for,
    misses_made,
    plan,
    tick_at,
)
from allocation.chasing.stages import FIRST_HOUR, LAST_HOUR
from allocation.chasing.telling import what, when
from allocation.chasing.waiting import Identity, Waiting
from allocation.models import Chase, ChaseHold
from audits.deadlines import LONDON, is_working_day, london_date, next_working_day
from people.models import User

LAST_DAYS = 7
NO_KEY = "-"  # stands in an address for an empty key


@dataclass(frozen=True, slots=True)
class Coming:
    """One chase that is to go, as the page shows it."""

    planned: Planned
    day: date
    owner: User | None
    why: str
    to: str

    @property
    def what(self) -> str:
        """What is waited for."""
        return what(self.planned.waiting)

    @property
    def key(self) -> str:
        """Its key, as it stands in an address."""
        return self.planned.waiting.key or NO_KEY

    @property
    def recipient_name(self) -> str:
        """Who is told."""
        return self.planned.recipient.name if self.planned.recipient else "Nobody"

    @property
    def is_held(self) -> bool:
        """Whether the programme holds it back."""
        return self.planned.fate == HELD


@dataclass(frozen=True, slots=True)
class Day:
    """A day and what goes on it."""

    day: date
    is_today: bool
    rows: list[Coming]


def coming(*, at: datetime) -> list[Day]:
    """What is still to go today, and on the next working day, if nothing changes until then.

    Some thirty queries, whatever the number.
    """
    handled: dict[Identity, frozenset[str]] = {}
    made: list[Planned] = []
    days = []
    for moment in moments(at):
        planned, organisation = planned_at(moment, handled=handled, made=made)
        made += planned
        for each in planned:
            before = handled.get(each.waiting.identity, frozenset())
            handled[each.waiting.identity] = before | {each.code}
        rows = [_row(each, organisation, moment) for each in planned if each.fate in (GOES, HELD)]
        days.append(Day(london_date(moment), london_date(moment) == london_date(at), rows))
    return days


def moments(at: datetime) -> list[datetime]:
    """The last moments of the days on which people are chased next: today where not over, the working day after."""
    tick = tick_at(at)
    local = at.astimezone(LONDON)
    days = [next_working_day(tick.today, holidays=tick.holidays)]
    if is_working_day(tick.today, holidays=tick.holidays) and local.hour < LAST_HOUR:
        days = [tick.today] if local.hour < FIRST_HOUR else [tick.today, *days]
    return [datetime.combine(day, time(LAST_HOUR - 1, 59, 59), tzinfo=LONDON) for day in days]


def planned_at(
    moment: datetime, *, handled: dict[Identity, frozenset[str]], made: Sequence[Planned]
) -> tuple[list[Planned], Organisation]:
    """What becomes of everything due until a moment, where this is handled before; in the order in which it goes."""
    waiting, tick = everything_near(tick_at(moment))
    waiting = [_after(each, handled) for each in waiting]
    misses = [*misses_for(waiting, tick), *misses_made(made)]
    holds = holds_now(each.audit.pk for each in waiting)
    organisation, found = Organisation.on(tick.today), []
    for group in by_audit(waiting):
        plans = [
            planned
            for each in group
            for planned in plan(each, due_of(each, misses, tick), organisation=organisation, holds=holds)
        ]
        found += plans
        misses += misses_made(plans)
    return found, organisation


def _after(waiting: Waiting, handled: dict[Identity, frozenset[str]]) -> Waiting:
    return replace(waiting, recorded=waiting.recorded | handled.get(waiting.identity, frozenset()))


def _row(each: Planned, organisation: Organisation, moment: datetime) -> Coming:
    today = london_date(moment)
    waiting, to = each.waiting, who_in_words(each.stage.rung.to, each.waiting.subject)
    return Coming(each, today, organisation.owner(waiting), when(waiting, today=today), to)


def find(*, reference: str, subject: str, key: str, stage: str, at: datetime) -> Coming | None:
    """One chase that is to go next; None where it is not to go, or has gone."""
    wanted = (reference, subject, "" if key == NO_KEY else key, stage)
    for day in coming(at=at):
        for row in day.rows:
            waiting = row.planned.waiting
            if (waiting.audit.reference, waiting.subject, waiting.key, row.planned.code) == wanted:
                return row
    return None


def lately(*, at: datetime) -> QuerySet[Chase]:
    """What was handled in the last days, the latest first: what went, and what was held back."""
    since = at - timedelta(days=LAST_DAYS)
    rows = Chase.objects.filter(handled_at__gte=since, superseded=False)
    return rows.select_related("audit", "owner", "recipient").order_by("-handled_at", "-pk")


def held() -> QuerySet[ChaseHold]:
    """What is held back now, the latest first."""
    return ChaseHold.objects.filter(let_go_at__isnull=True).select_related("audit", "by").order_by("-at", "-pk")
