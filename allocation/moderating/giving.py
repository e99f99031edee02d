"""Who could moderate which audit, and giving audits out so that the loads are even (S5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from allocation.eligibility import rules
from audits.after import moderating
from audits.after.moderation import had_part, may_adjudicate, may_moderate
from audits.deadlines import add_months, add_working_days
from audits.models import Audit, ModerationTask
from people.holidays import holiday_set
from people.models import User
from people.roles import JobRole, Permission, roles_with

State = ModerationTask.State
OPEN = (State.GIVEN, State.TALK)


@dataclass(frozen=True, slots=True)
class Load:
    """Somebody who could moderate, with what they have now and what they had before."""

    person: User
    now: int
    ever: int


def due_on(today: date) -> date:
    """By when a moderation given today is to be graded: so many working days, as the rules say."""
    holidays = holiday_set(today, add_months(today, 4))
    return add_working_days(today, rules.current().moderation_days, holidays=holidays)


def moderators(*, today: date) -> list[User]:
    """Everybody who moderates and is here today, by name. One query."""
    rows = User.objects.working_on(today).filter(job_role__in=roles_with(Permission.MODERATE))
    return list(rows.exclude(pk__in=User.objects.absent_on(today).values("pk")).order_by("name", "pk"))


def loads(people: Sequence[User]) -> dict[int, Load]:
    """How much each of these people moderates now, and how much in all. One query."""
    rows = ModerationTask.objects.filter(moderator__in=people).exclude(state=State.DROPPED)
    counted = list(rows.order_by().values_list("moderator", "state").annotate(Count("pk")))
    now, ever = Counter[int](), Counter[int]()
    for moderator, state, count in counted:
        ever[moderator] += count
        now[moderator] += count if state in OPEN else 0
    return {person.pk: Load(person, now[person.pk], ever[person.pk]) for person in people}


def who_could(audits: Collection[Audit], *, today: date) -> dict[int, list[Load]]:
    """By audit who could moderate it, least loaded first. The same number of queries for any number of audits."""
    people = moderators(today=today)
    load, parts = loads(people), had_part([audit.pk for audit in audits])
    return {
        audit.pk: sorted(
            (load[each.pk] for each in people if may_moderate(audit, each) and each.pk not in parts[audit.pk]),
            key=lambda each: (each.now, each.ever, each.person.name, each.person.pk),
        )
        for audit in audits
    }


def who_could_decide(task: ModerationTask, *, today: date) -> list[User]:
    """Third persons who could decide: heads of other services and moderators without a part. By name."""
    roles = [*roles_with(Permission.MODERATE), JobRole.HEAD_OF_SERVICE]
    people = User.objects.working_on(today).filter(job_role__in=roles).exclude(pk=task.moderator_id)
    told = had_part([task.audit_id])[task.audit_id]
    free = [each for each in people if may_adjudicate(task.audit, each) and each.pk not in told]
    return sorted(free, key=lambda each: (each.name, each.pk))


def allot(tasks: Sequence[ModerationTask], *, by: User | None, at: datetime, today: date) -> list[ModerationTask]:
    """Give out those that wait, each to whoever could and has least; those with the least choice first.

    What nobody could moderate goes on waiting, where the programme sees it. Returns what was given.
    """
    waiting = {task.audit_id: task for task in tasks if task.state == State.WAITING}
    audits = list(Audit.objects.filter(pk__in=waiting).select_related("case", "overall_grade"))
    could = who_could(audits, today=today)
    day, more = due_on(today), Counter[int]()
    given = []
    for audit in sorted(audits, key=lambda each: (len(could[each.pk]), each.reference)):
        if could[audit.pk]:
            least = min(could[audit.pk], key=lambda each: (each.now + more[each.person.pk], each.ever, each.person.pk))
            given.append(moderating.give(waiting[audit.pk], to=least.person, due_on=day, by=by, at=at))
            more[least.person.pk] += 1
    return given


def ask_for(audit: Audit, *, by: User, at: datetime, today: date) -> ModerationTask:
    """Have an audit moderated by hand, whatever the draw said. Raises ModerationError where it is up for it already."""
    task = moderating.ask_by_hand(audit, due_on=due_on(today), by=by, at=at)
    allot([task], by=by, at=at, today=today)
    return ModerationTask.objects.get(pk=task.pk)
