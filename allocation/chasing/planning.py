"""What is due at a moment and what becomes of it: sending and the preview both ask here, so they cannot differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, Min, Q

from allocation.chasing import ladder
from allocation.chasing.ladder import MANAGERS, Rung
from allocation.chasing.organisation import Organisation
from allocation.chasing.stages import FIRST_HOUR, LAST_HOUR, DueStage, Miss, is_due, stages_of
from allocation.chasing.waiting import READERS, Identity, Look, Waiting, with_recorded
from allocation.models import Chase, ChaseHold, Subject
from audits.deadlines import LONDON, Holidays, add_months, add_working_days, is_working_day, london_date
from audits.models import Status
from people.holidays import holiday_set
from people.models import User

MARGIN = timedelta(days=120)  # more than the furthest rung reaches
GOES, HELD, OVERTAKEN, NOBODY = "goes", "held", "overtaken", "nobody"
Holds = Mapping[tuple[Identity, str], ChaseHold]


@dataclass(frozen=True, slots=True)
class Tick:
    """One look at what is due: the moment, its London day, the holidays around it, and the ladder."""

    at: datetime
    today: date
    holidays: Holidays
    rungs: Mapping[str, Sequence[Rung]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """One stage that is due, and what becomes of it."""

    waiting: Waiting
    stage: DueStage
    fate: str  # GOES, HELD, OVERTAKEN (by a later stage), NOBODY (is there to tell)
    recipient: User | None
    hold: ChaseHold | None = None

    @property
    def code(self) -> str:
        """The code of its rung."""
        return self.stage.rung.code


def tick_at(at: datetime) -> Tick:
    """The look at a moment. Two queries."""
    today = london_date(at)
    return Tick(at, today, holiday_set(today - MARGIN, today + MARGIN), ladder.rungs())


def in_hours(tick: Tick) -> bool:
    """Whether people may be chased: on working days from 08:00 to 19:00 in London."""
    return is_working_day(tick.today, holidays=tick.holidays) and (
        FIRST_HOUR <= tick.at.astimezone(LONDON).hour < LAST_HOUR
    )


def everything_near(tick: Tick, *, audit_id: int | None = None) -> tuple[list[Waiting], Tick]:
    """All that is waited for and near its day or past it, and the look with holidays back to the oldest.

    Some ten queries, whatever the number.
    """
    found: list[Waiting] = []
    for subject, reader in READERS.items():
        on = [rung.days for rung in tick.rungs.get(subject, []) if rung.is_on]
        if on:
            found += reader(Look(tick.today, _horizon(tick, min(on)), audit_id))
    oldest = min((each.counts_from for each in found), default=tick.today)
    if oldest < tick.today:
        tick = Tick(tick.at, tick.today, holiday_set(oldest - MARGIN, tick.today + MARGIN), tick.rungs)
    return with_recorded(found), tick


def _horizon(tick: Tick, first: int) -> date:
    """Up to which due date something of a ladder that begins so many days before may be due today."""
    return add_working_days(tick.today, max(-first, 1), holidays=tick.holidays)


def due_of(waiting: Waiting, misses: Sequence[Miss], tick: Tick) -> list[DueStage]:
    """The stages of one thing that have fallen due and are not handled."""
    rungs = tick.rungs.get(waiting.subject, [])
    stages = stages_of(waiting, rungs=rungs, misses=misses, holidays=tick.holidays)
    return [stage for stage in stages if is_due(stage, waiting, at=tick.at, today=tick.today)]


def plan(waiting: Waiting, due: Sequence[DueStage], *, organisation: Organisation, holds: Holds) -> list[Planned]:
    """What becomes of the stages of one thing that are due.

    After an outage those of earlier days are overtaken by the latest day's (R16). A held one does not go.
    """
    latest = max((stage.day for stage in due), default=None)
    return [_fate(waiting, stage, stage.day != latest, organisation, holds) for stage in due]


def _fate(waiting: Waiting, stage: DueStage, overtaken: bool, organisation: Organisation, holds: Holds) -> Planned:
    recipient = organisation.recipient(waiting, stage.rung.to)
    hold = holds.get((waiting.identity, stage.rung.code))
    if overtaken:
        return Planned(waiting, stage, OVERTAKEN, recipient, hold)
    if hold is not None:
        return Planned(waiting, stage, HELD, recipient, hold)
    return Planned(waiting, stage, GOES if recipient else NOBODY, recipient)


def holds_now(audit_ids: Iterable[int]) -> dict[tuple[Identity, str], ChaseHold]:
    """What the programme holds of these audits. One query."""
    rows = ChaseHold.objects.filter(let_go_at__isnull=True, audit__in=set(audit_ids)).select_related("by")
    return {((row.audit_id, row.subject, row.key, row.counts_from), row.stage): row for row in rows}


def misses_for(waiting: Iterable[Waiting], tick: Tick) -> list[Miss]:
    """What was late before of those whose days depend on it. At most two queries.

    What turned out exempt or was taken back does not count, nor what was late while somebody else had it.
    """
    asking = {
        rung.subject for rungs in tick.rungs.values() for rung in rungs if rung.is_on and rung.again_days is not None
    }
    late = [each for each in waiting if each.subject in asking and each.counts_from < tick.today]
    if not late:
        return []
    since = add_months(min(each.counts_from for each in late), -settings.REPEAT_MISS_MONTHS)
    people = {each.owner_id for each in late if each.owner_id}
    return _audit_misses(people, since) + _other_misses(people, since)


def _told(since: date) -> Q:
    """What managers were told of since then and well before, so that the first day of each is among it."""
    return Q(to__in=MANAGERS, due_on__gte=since - MARGIN)


def _audit_misses(people: set[int], since: date) -> list[Miss]:
    rows = Chase.objects.filter(_told(since), subject=Subject.AUDIT, audit__auditor__in=people)
    rows = rows.exclude(audit__status__in=[Status.EXEMPT, Status.WITHDRAWN])
    rows = rows.exclude(audit__handovers__at__gte=F("handled_at"))
    first = rows.order_by().values_list("audit__auditor", "audit", "counts_from").annotate(day=Min("due_on"))
    return [Miss(person, Subject.AUDIT, audit, day) for person, audit, _, day in first]


def _other_misses(people: set[int], since: date) -> list[Miss]:
    rows = Chase.objects.filter(_told(since), owner__in=people).exclude(subject=Subject.AUDIT)
    rows = rows.exclude(audit__status__in=[Status.EXEMPT, Status.WITHDRAWN])
    first = rows.order_by().values_list("owner", "subject", "audit", "key", "counts_from").annotate(day=Min("due_on"))
    return [Miss(person, subject, audit, day) for person, subject, audit, _, _, day in first]


def by_audit(waiting: Iterable[Waiting]) -> list[list[Waiting]]:
    """What is waited for, together where it is of one audit; the audit with the oldest date first."""
    groups: dict[int, list[Waiting]] = {}
    for each in waiting:
        groups.setdefault(each.audit.pk, []).append(each)
    return sorted(groups.values(), key=lambda group: (min(each.counts_from for each in group), group[0].audit.pk))


def misses_made(planned: Iterable[Planned]) -> list[Miss]:
    """What these stages, once recorded, are to whoever is late again."""
    return [
        Miss(each.waiting.owner_id, each.waiting.subject, each.waiting.audit.pk, each.stage.day)
        for each in planned
        if each.waiting.owner_id is not None and each.stage.rung.to in MANAGERS
    ]
