"""Change who is reminded when: the council's own rungs, checked as the database does, and back to the standard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from allocation.as_shown import ChangedMeanwhile
from allocation.chasing import ladder
from allocation.chasing.ladder import ANSWERS, Rung, order
from allocation.chasing.organisation import Organisation
from allocation.chasing.planning import OVERTAKEN, Planned, Tick, due_of, everything_near, misses_for, tick_at
from allocation.chasing.reminders import chase_row
from allocation.models import Chase, ChaseStep, Subject, ToWhom
from allocation.month_lock import CycleError
from people import activity
from people.models import User

EARLIEST, LATEST = -30, 60
MOST_RUNGS = 8


def marks(rungs: Iterable[Rung]) -> str:
    """What a page showed of a subject's rungs, as a text that it posts back."""
    shown = (
        (r.code, str(r.days), r.to, "" if r.again_days is None else str(r.again_days), str(int(r.is_on))) for r in rungs
    )
    return " ".join(":".join(each) for each in shown)


def change(subject: str, wanted: Sequence[Mapping[str, Any]], *, shown: str, by: User, at: datetime) -> list[Rung]:
    """Give a subject these rungs from now on; each has days, to, again_days, is_on and the code of the rung it was.

    What the new days have passed already is not chased afterwards. Raises CycleError for rungs that cannot be, and
    ChangedMeanwhile where somebody else has changed them since the page was shown.
    """
    with transaction.atomic():
        _one_at_a_time()
        everything = ladder.rungs()
        before = everything.get(subject, [])
        if shown != marks(before):
            raise ChangedMeanwhile(
                "While you had this page open, somebody changed who is reminded. Nothing of yours is saved. The page "
                "shows how it is now: look at it, then make your change again."
            )
        rungs = _coded(subject, wanted, before)
        if problem := what_is_wrong(subject, rungs):
            raise CycleError(problem)
        if [_values(rung) for rung in rungs] != [_values(rung) for rung in before]:
            _store(everything | {subject: rungs}, subject, by=by, at=at)
    return rungs


def back_to_standard(subject: str, *, by: User, at: datetime) -> list[Rung]:
    """Give a subject the standard rungs again."""
    with transaction.atomic():
        _one_at_a_time()
        rungs = sorted(ladder.standard(subject), key=order)
        _store(ladder.rungs() | {subject: rungs}, subject, by=by, at=at)
    return rungs


def what_is_wrong(subject: str, rungs: Sequence[Rung]) -> str:
    """Why these rungs cannot be, in a sentence; empty where they can."""
    for rung in rungs:
        days = [rung.days, *([] if rung.again_days is None else [rung.again_days])]
        if not all(EARLIEST <= each <= LATEST for each in days):
            return f"Days go from {-EARLIEST} working days before to {LATEST} working days after."
        if rung.to != ToWhom.OWNER and min(days) < 1:
            return "Managers are told only of what is late: choose at least 1 working day after."
        if subject in ANSWERS and min(days) < 1:
            return "They are told at once. Choose from which working day after that somebody is reminded: 1 or more."
        if rung.again_days is not None and rung.side < 1:
            return "A second miss can only bring forward what goes out after the due day."
        if rung.again_days is not None and rung.again_days > rung.days:
            return "At a second miss somebody is told sooner, not later."
    twice = [pair for pair, count in Counter((rung.days, rung.to) for rung in rungs).items() if count > 1]
    if twice:
        return "The same person is named twice for the same day. Change or take out one of the two."
    return ""


def _coded(subject: str, wanted: Iterable[Mapping[str, Any]], before: Sequence[Rung]) -> list[Rung]:
    """The wanted rungs; one that still tells the same person on the same side of the due day keeps its code."""
    known, used = {rung.code: rung for rung in before}, {rung.code for rung in before}
    taken = set(Chase.objects.filter(subject=subject).order_by().values_list("stage", flat=True).distinct()) | used
    found = []
    for each in wanted:
        rung = Rung(each["code"], subject, each["days"], each["to"], each["again_days"], each["is_on"])
        was = known.get(rung.code)
        if was is None or (was.to, was.side) != (rung.to, rung.side):
            code = _new_code(subject, rung.to, taken)
            taken.add(code)
            rung = Rung(code, subject, rung.days, rung.to, rung.again_days, rung.is_on)
        found.append(rung)
    return sorted(found, key=order)


def _new_code(subject: str, to: str, taken: set[str]) -> str:
    names = (f"{subject}-{to}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in names if name not in taken)


def _values(rung: Rung) -> tuple[Any, ...]:
    return rung.code, rung.days, rung.to, rung.again_days, rung.is_on


def _store(rungs: Mapping[str, Sequence[Rung]], subject: str, *, by: User, at: datetime) -> None:
    """Write the whole ladder, and record as superseded what only the new days make due of what is past."""
    tick = tick_at(at)
    due_before = {(each.waiting.identity, each.code) for each in _past(tick)}
    ChaseStep.objects.all().delete()
    ChaseStep.objects.bulk_create(
        ChaseStep(
            code=rung.code,
            subject=rung.subject,
            days=rung.days,
            to=rung.to,
            again_days=rung.again_days,
            is_on=rung.is_on,
        )
        for each in Subject.values
        for rung in rungs.get(each, [])
    )
    activity.record("changed who is reminded when", target="chases:ladder", by=by, at=at, subject=subject)
    organisation = Organisation.on(tick.today)
    late = [each for each in _past(tick_at(at)) if (each.waiting.identity, each.code) not in due_before]
    rows = [chase_row(each, at=at, owner=organisation.owner(each.waiting)) for each in late]
    Chase.objects.bulk_create(rows, ignore_conflicts=True)


def pass_over(*, at: datetime) -> int:
    """Record everything that is due at this moment as superseded, without telling anybody; returns how much it was.

    For a portal that begins to chase what had lain there before, or that was restored from a backup of days ago.
    """
    tick = tick_at(at)
    organisation = Organisation.on(tick.today)
    rows = [chase_row(each, at=at, owner=organisation.owner(each.waiting)) for each in _past(tick, today=True)]
    return len(Chase.objects.bulk_create(rows, ignore_conflicts=True))


def _past(tick: Tick, *, today: bool = False) -> list[Planned]:
    """The stages that are due of earlier days (or of today as well) and are not handled."""
    waiting, wide = everything_near(tick)
    misses = misses_for(waiting, wide)
    return [
        Planned(each, stage, OVERTAKEN, None)
        for each in waiting
        for stage in due_of(each, misses, wide)
        if today or stage.day < wide.today
    ]


def _one_at_a_time() -> None:
    """Two people who change the ladder at once do so one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('chase ladder'))")
