"""Open, pause, draw, publish and close an audit month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from allocation import messages
from allocation.drawing.draw import DrawError
from allocation.eligibility.rota import next_groups
from allocation.messages import month_in_words
from allocation.models import Cycle, Draw, Theme
from allocation.month_lock import CycleError, demand_reason, in_words, lock_month, locked
from allocation.months import design
from allocation.months.publishing import publish
from allocation.record import draw_record
from allocation.record.design_facts import changed_since_draw
from audits.deadlines import (
    add_months,
    add_working_days,
    first_working_day_of_month,
    last_working_day_of_month,
    london_date,
)
from audits.models import TemplateVersion
from audits.templates_made.publishing import offered
from people import activity
from people.form_fields import day_in_words
from people.holidays import holiday_set
from people.models import User
from people.roles import Permission, roles_with

__all__ = [
    "CycleError",
    "changed_since_draw",
    "close",
    "coming_months",
    "default_due_on",
    "default_target",
    "default_template",
    "open_cycle",
    "pause",
    "pause_months",
    "propose_draw",
    "propose_monthly",
    "publish",
    "why_not_close",
]

Status = Cycle.Status
DEFAULT_TARGET = 30
CATCH_UP_WORKING_DAYS = 2  # after the first working day, should the portal have been down on it
CORE_TEMPLATE = "core-case-file"
TAKEN_UP_AGAIN = "The month was taken up again after a pause"
MONTHS_SHOWN, MONTHS_AHEAD = 3, 12  # of the months to come: shown where none is open, and the furthest


def default_due_on(month: date) -> date:
    """The last working day of a month."""
    holidays = holiday_set(month, add_months(month, 1))
    return last_working_day_of_month(month.year, month.month, holidays=holidays)


def default_template() -> TemplateVersion | None:
    """The newest version in use of the template of the last cycle, otherwise of the core template.

    None where neither is in use and there is a choice: which one a month takes is for people to say.
    """
    published = offered()
    last = Cycle.objects.filter(template_version__isnull=False).order_by("-month").first()
    if last is not None and last.template_version is not None:
        again = published.filter(template=last.template_version.template_id).first()
        if again is not None:
            return again
    core = TemplateVersion.objects.filter(template__code=CORE_TEMPLATE)
    if core.exists():
        return published.filter(template__code=CORE_TEMPLATE).first()
    only = list(published[:2])
    return only[0] if len(only) == 1 else None


def default_target() -> int:
    """The target of the last cycle."""
    last = Cycle.objects.exclude(status=Status.PAUSED).order_by("-month").first()
    return last.target if last else DEFAULT_TARGET


def open_cycle(
    *,
    month: date,
    theme: str,
    template_version: TemplateVersion | None,
    target: int,
    due_on: date,
    groups: list[str] | None = None,
    saved_theme: Theme | None = None,
    by: User | None,
    at: datetime,
    today: date,
) -> Cycle:
    """Open an audit month (L1); `groups` empty means everybody audits. A paused month is taken up again.

    A saved theme brings its cases and questions. How a new month draws (its spread, what is fair) is as in the last
    one; a month that was open before it was paused draws as it did. Raises CycleError for a month that has a cycle or
    is over, a due date that is past, before the month or a day off, a template that is not published, a theme that
    is retired, or a target outside 1 to 2,000.
    """
    month = month.replace(day=1)
    design.check_template(template_version)
    design.check_target(target)
    if add_months(month, 1) <= today:
        raise CycleError(f"{month_in_words(month)} is over. Choose this month or a later one.", field="month")
    design.check_due_on(due_on, month=month, today=today)
    with transaction.atomic():
        lock_month(month)
        cycle = _month_to_open(month)
        cycle.theme, cycle.template_version, cycle.target, cycle.due_on = theme, template_version, target, due_on
        cycle.groups, cycle.status, cycle.paused_reason = groups or [], Status.OPEN, ""
        cycle.opened_by, cycle.opened_at = by, at
        design.fill_in(cycle, theme=saved_theme)
        cycle.save()
        activity.record("opened the cycle", target=messages.about_cycle(cycle), by=by, at=at, wanted=target)
    return cycle


def _month_to_open(month: date) -> Cycle:
    """The paused cycle of a month, or a new one. Raises CycleError where the month is open already."""
    cycle = Cycle.objects.filter(month=month).first()
    if cycle is None:
        cycle = Cycle(month=month, status=Status.PAUSED)
        design.carry_on(cycle)
    elif cycle.status != Status.PAUSED:
        raise CycleError(f"{month_in_words(month)} already has a cycle.", field="month")
    elif cycle.template_version_id is None:  # paused before it was ever open
        design.carry_on(cycle)
    return cycle


def pause(*, month: date, reason: str, by: User, at: datetime) -> Cycle:
    """Pause the programme for a month (L1); reports say so. Raises CycleError without a reason, or once published."""
    month = month.replace(day=1)
    reason = demand_reason(reason, f"why {month_in_words(month)} is paused")
    with transaction.atomic():
        lock_month(month)
        cycle = Cycle.objects.filter(month=month).first() or Cycle(month=month, opened_by=by, opened_at=at)
        if cycle.status in {Status.PUBLISHED, Status.CLOSED}:
            raise CycleError(f"{month_in_words(month)} is already published, so it cannot be paused.", field="months")
        cycle.status, cycle.paused_reason, cycle.due_on = Status.PAUSED, reason, None
        cycle.save()
        activity.record("paused the month", target=messages.about_cycle(cycle), by=by, at=at, reason=reason)
    return cycle


def pause_months(months: Sequence[date], *, reason: str, by: User, at: datetime) -> list[Cycle]:
    """Pause several months for one reason: all of them, or none where one cannot be. Raises what pause raises."""
    with transaction.atomic():
        return [pause(month=month, reason=reason, by=by, at=at) for month in sorted(months)]


def propose_draw(
    cycle: Cycle,
    *,
    by: User | None,
    at: datetime,
    today: date,
    reason: str = "",
    new_seed: Callable[[], str] = draw_record.fresh_seed,
) -> Draw:
    """Draw for a cycle and propose the result (L2). Nobody is told until it is published.

    A second draw needs a reason and keeps the first (L4). Raises CycleError for that, for a cycle that is paused or
    published, a due date that has passed or become a day off, and where there are no cases or no auditors.
    """
    with transaction.atomic():
        cycle = locked(cycle)
        if cycle.status not in {Status.OPEN, Status.PROPOSED}:
            raise CycleError(f"{in_words(cycle)} is {cycle.status}, so nothing can be drawn for it.")
        _check_still_due(cycle, today=today)
        if problem := design.spread_problem(cycle):
            raise CycleError(f"{problem} Change them under “Spread”.")
        number = cycle.draws.count() + 1
        if number > 1:
            reason = demand_reason(reason, "for drawing again")
        try:
            draw = draw_record.make(cycle, number=number, reason=reason, by=by, at=at, today=today, new_seed=new_seed)
        except DrawError as error:
            raise CycleError(str(error)) from error
        cycle.status = Status.PROPOSED
        cycle.save(update_fields=["status"])
        activity.record("proposed a draw", target=messages.about_cycle(cycle), by=by, at=at, number=number)
    return draw


def _check_still_due(cycle: Cycle, *, today: date) -> None:
    if cycle.due_on is not None and cycle.due_on <= today:
        raise CycleError("The due date of this cycle has passed, so nothing can be drawn for it.")
    if day_off := design.due_on_day_off(cycle):
        raise CycleError(f"{day_off} Choose another day under “The month”, then draw.")


def why_not_close(cycle: Cycle, *, today: date) -> str:
    """Why a month cannot be closed today, in a sentence; empty where it can."""
    if cycle.status != Status.PUBLISHED:
        return "Only a published month can be closed."
    if cycle.due_on is not None and today <= cycle.due_on:
        return f"{in_words(cycle)} runs until {day_in_words(cycle.due_on)}. Close it afterwards."
    return ""


def close(cycle: Cycle, *, by: User, at: datetime, today: date) -> Cycle:
    """Close a published month after its due date. Audits that are not finished stay with their auditors.

    Raises CycleError for a month that is not published, and until the due date is over.
    """
    with transaction.atomic():
        cycle = locked(cycle)
        if why := why_not_close(cycle, today=today):
            raise CycleError(why)
        cycle.status = Status.CLOSED
        cycle.save(update_fields=["status"])
        activity.record("closed the cycle", target=messages.about_cycle(cycle), by=by, at=at)
    return cycle


def _drawing_days(today: date) -> bool:
    """Whether today is the first working day of its month or one of the next few, for a portal that was down."""
    holidays = holiday_set(today.replace(day=1), today + timedelta(days=31))
    first = first_working_day_of_month(today.year, today.month, holidays=holidays)
    return first <= today <= add_working_days(first, CATCH_UP_WORKING_DAYS, holidays=holidays)


def propose_monthly(*, at: datetime) -> Draw | None:
    """What the timetable does: in a month's first working days, open its cycle if there is none and propose a draw.

    Those who run the programme are told that it waits for them, or why it could not be made. Does nothing where the
    month is paused, drawn or published already; safe to run again and at once.
    """
    today = london_date(at)
    if not _drawing_days(today):
        return None
    month = today.replace(day=1)
    try:
        with transaction.atomic():
            return _propose_for(month, at=at, today=today)
    except CycleError as error:
        for person in who_run_the_programme(today=today):
            messages.draw_impossible(month, person=person, why=str(error), at=at)
        return None


def _propose_for(month: date, *, at: datetime, today: date) -> Draw | None:
    lock_month(month)
    cycle = Cycle.objects.filter(month=month).first()
    if cycle is None:
        cycle = open_cycle(
            month=month,
            theme="",
            template_version=default_template(),
            target=default_target(),
            due_on=default_due_on(month),
            groups=next_groups(),
            by=None,
            at=at,
            today=today,
        )
    if cycle.status != Status.OPEN:
        return None
    reason = TAKEN_UP_AGAIN if cycle.draws.exists() else ""
    draw = propose_draw(cycle, by=None, at=at, today=today, reason=reason)
    for person in who_run_the_programme(today=today):
        messages.draw_waits(cycle, person=person, at=at)
    return draw


def coming_months(cycles: Iterable[Cycle], *, today: date) -> list[tuple[date, Cycle | None]]:
    """Every month after this one up to the last that is open or paused, and at least so many; None: not opened yet."""
    known = {cycle.month: cycle for cycle in cycles}
    this_month = today.replace(day=1)
    last = max([*known, add_months(this_month, MONTHS_SHOWN)])
    months = [add_months(this_month, number) for number in range(1, MONTHS_AHEAD + 1)]
    return [(month, known.get(month)) for month in months if month <= last]


def who_run_the_programme(*, today: date) -> list[User]:
    """Everybody who may open, draw and publish cycles."""
    roles = roles_with(Permission.MANAGE_CYCLES)
    return list(User.objects.working_on(today).filter(job_role__in=roles).order_by("pk"))
