"""The draw of a month's moderation sample: freeze, hash, seed, draw, keep for ever; then make the tasks (S5, S6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from allocation.models import Cycle, ModerationDraw
from allocation.moderating import giving, sample
from allocation.moderating.lot import Lot, lot_of, sha256_of
from allocation.month_lock import CycleError, demand_reason, in_words, locked
from allocation.record.draw_record import fresh_seed
from audits.after import moderating
from audits.deadlines import london_date
from audits.models import Audit, Grade, ModerationTask, Why
from people import activity
from people.form_fields import day_in_words
from people.models import User

State = ModerationTask.State
NOT_OPEN = "A month is moderated once it is published."


@dataclass(frozen=True)
class GradeLine:
    """A grade of the lot: how many audits have it."""

    label: str
    colour: str
    there: int


@dataclass(frozen=True)
class Outlook:
    """What a draw would do now: the lot by grade, how many are drawn, what comes besides, who could moderate."""

    lines: list[GradeLine]
    there: int
    drawn: int
    urgent: int
    best: int
    first: int
    late: int
    moderators: list[giving.Load]
    nobody: list[str]  # references that nobody could moderate


def set_day(cycle: Cycle, *, day: date, by: User, at: datetime) -> Cycle:
    """Set the moderation day of a month; until it is drawn. Raises CycleError."""
    with transaction.atomic():
        found = locked(cycle)
        _demand_published(found)
        if found.moderation_draws.exists():
            raise CycleError("The sample is drawn already, so its day stays as it is.", field="day")
        if day < found.month:
            raise CycleError("The moderation day must not be before the month begins.", field="day")
        found.moderation_on = day
        found.save(update_fields=["moderation_on"])
        activity.record("set the moderation day", target=_target(found), by=by, at=at, day=day.isoformat())
    return found


def outlook(cycle: Cycle, *, today: date) -> Outlook | None:
    """What a draw would do now; None while the month has no moderation day."""
    if cycle.moderation_on is None:
        return None
    lot = lot_of(cycle, moderation_on=cycle.moderation_on)
    wanted = {*lot.in_lot, *lot.apart}
    audits = list(Audit.objects.filter(reference__in=wanted).select_related("overall_grade"))
    could = giving.who_could(audits, today=today)
    why = [each for reasons in lot.apart.values() for each in reasons]
    return Outlook(
        lines=grade_lines(lot.in_lot),
        there=len(lot.in_lot),
        drawn=sample.size(len(lot.in_lot), percent=lot.percent),
        urgent=why.count(Why.URGENT),
        best=why.count(Why.BEST),
        first=why.count(Why.FIRST),
        late=len(lot.late),
        moderators=list(giving.loads(giving.moderators(today=today)).values()),
        nobody=sorted(audit.reference for audit in audits if not could[audit.pk]),
    )


def grade_lines(in_lot: Mapping[str, str]) -> list[GradeLine]:
    """The grades of a lot with how many audits have each, best first. One query."""
    counts: dict[str, int] = {}
    for key in in_lot.values():
        counts[key] = counts.get(key, 0) + 1
    grades = Grade.objects.select_related("scale").order_by("scale__code", "-order")
    return [
        GradeLine(grade.label, grade.colour, counts[key])
        for grade in grades
        if (key := f"{grade.scale.code}:{grade.code}") in counts
    ]


def draw(
    cycle: Cycle,
    *,
    reason: str = "",
    by: User,
    at: datetime,
    today: date,
    new_seed: Callable[[], str] = fresh_seed,
) -> ModerationDraw:
    """Draw the sample of a month and give the audits out: the inputs are frozen and hashed before the seed is drawn.

    A second draw needs a reason and keeps the first on record; whatever is not graded yet goes by the new one.
    Raises CycleError before the moderation day, where nothing came in, or for a short reason.
    """
    with transaction.atomic():
        found = locked(cycle)
        day = _demand_ready(found, today=today)
        number = found.moderation_draws.count() + 1
        reason = demand_reason(reason, "why it is drawn again") if number > 1 else ""
        lot = lot_of(found, moderation_on=day)
        if not lot.in_lot and not lot.apart:
            raise CycleError("No audit of this month has come in that could be moderated.")
        inputs = lot.document()
        frozen = sha256_of(inputs)
        seed = new_seed()
        taken = sample.draw(lot.in_lot, percent=lot.percent, seed=seed)
        document = {"percent": lot.percent, "inputs": inputs, "inputs_sha256": frozen, "seed": seed}
        who = {"number": number, "reason": reason, "drawn_at": at, "drawn_by": by}
        made = ModerationDraw.objects.create(cycle=found, result=list(taken.references), **document, **who)
        if number > 1:
            _take_out(found, taken.references, reason=reason, by=by, at=at)
        tasks = _make_tasks(lot, taken.references, at=at, today=today)
        giving.allot(tasks, by=by, at=at, today=today)
        activity.record("drew the moderation sample", target=_target(found), by=by, at=at, number=number)
    return made


def _demand_published(cycle: Cycle) -> None:
    if cycle.status not in {Cycle.Status.PUBLISHED, Cycle.Status.CLOSED}:
        raise CycleError(NOT_OPEN)


def _demand_ready(cycle: Cycle, *, today: date) -> date:
    _demand_published(cycle)
    if cycle.moderation_on is None:
        raise CycleError("Set the moderation day first.", field="day")
    if today < cycle.moderation_on:
        day = day_in_words(cycle.moderation_on)
        raise CycleError(f"The moderation day of {in_words(cycle)} is {day}. Draw on that day or later.")
    return cycle.moderation_on


def _take_out(cycle: Cycle, drawn: tuple[str, ...], *, reason: str, by: User, at: datetime) -> None:
    """What was drawn before, is not graded yet and is not drawn now: not moderated, unless for another reason."""
    rows = ModerationTask.objects.filter(audit__month=cycle.month, why__contains=[Why.RANDOM])
    for task in rows.filter(state__in=moderating.NOT_GRADED).exclude(audit__reference__in=drawn):
        task.why = [each for each in task.why if each != Why.RANDOM]
        if task.why:
            task.save(update_fields=["why"])
        else:
            moderating.drop(task, reason=f"The sample was drawn again: {reason}", by=by, at=at)


def _make_tasks(lot: Lot, drawn: tuple[str, ...], *, at: datetime, today: date) -> list[ModerationTask]:
    """A task for each audit that was drawn or is moderated anyway, with every reason that applies."""
    wanted = {**{reference: [str(Why.RANDOM)] for reference in drawn}}
    for reference, why in lot.apart.items():
        wanted[reference] = [*wanted.get(reference, []), *why]
    day = giving.due_on(today)
    audits = Audit.objects.filter(reference__in=wanted).order_by("reference")
    return [
        moderating.make(audit, why=wanted[audit.reference], late=audit.reference in lot.late, due_on=day, at=at)
        for audit in audits
    ]


def verify(draw: ModerationDraw) -> list[str]:
    """Draw again from what is on record; every difference in a sentence, none where all agrees. One query at most."""
    problems = []
    if sha256_of(draw.inputs) != draw.inputs_sha256:
        problems.append("The frozen inputs do not match their hash.")
    if draw.inputs.get("month") != f"{draw.cycle.month:%Y-%m}":
        problems.append("The frozen inputs are of another month.")
    if draw.inputs.get("percent") != draw.percent:
        problems.append("The percentage on record is not the one of the frozen inputs.")
    try:
        again = sample.draw(draw.inputs["in_lot"], percent=draw.percent, seed=draw.seed)
    except (KeyError, TypeError, ValueError, AttributeError):
        return [*problems, "The frozen inputs cannot be read."]
    if list(again.references) != draw.result:
        problems.append("Drawing again gives another sample.")
    return [*problems, *_without_task(draw)]


def _without_task(draw: ModerationDraw) -> list[str]:
    """Audits of the sample that nobody was ever asked to moderate."""
    there = set(
        ModerationTask.objects.filter(audit__reference__in=draw.result).values_list("audit__reference", flat=True)
    )
    missing = [reference for reference in draw.result if reference not in there]
    return [f"Drawn, but not up for moderation: {', '.join(missing)}."] if missing else []


def after_step(audit: Audit, step: str, *, by: User | None, at: datetime) -> None:
    """An urgent audit that comes in after its month's sample was drawn is moderated all the same, marked late (S6)."""
    if step != "submit" or audit.overall_grade is None or not audit.overall_grade.is_urgent:
        return
    if not ModerationDraw.objects.filter(cycle__month=audit.month).exists():
        return
    today = london_date(at)
    task = moderating.make(audit, why=[Why.URGENT], late=True, due_on=giving.due_on(today), at=at)
    giving.allot([task], by=None, at=at, today=today)


def _target(cycle: Cycle) -> str:
    return f"cycle:{cycle.month:%Y-%m}"
