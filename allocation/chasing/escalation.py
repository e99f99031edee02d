"""What a person may follow of what is late, and whether somebody was late before (E2, E3)."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from allocation.chasing.ladder import MANAGERS, rungs
from allocation.chasing.planning import Tick, misses_for
from allocation.chasing.stages import is_again
from allocation.chasing.waiting import Waiting
from allocation.models import Chase, Subject
from audits.deadlines import Holidays, end_of_london_day
from audits.models import Audit
from people.models import User
from people.roles import Permission


def was_late_before(audit: Audit, *, holidays: Holidays) -> bool:
    """Whether managers were told about another audit of this auditor within REPEAT_MISS_MONTHS before this one.

    Audits that turned out exempt or were taken back do not count, nor what was late while somebody else had it.
    """
    waiting = Waiting(audit, Subject.AUDIT, "", audit.auditor_id, audit.due_on, audit.allocated_at)
    tick = Tick(end_of_london_day(audit.due_on), date.max, holidays, rungs())
    return is_again(waiting, misses_for([waiting], tick), holidays=holidays)


def late_audits_for(user: User, *, today: date) -> QuerySet[Audit]:
    """The late audits whose progress a person may follow: those of people they manage or were told about.

    Those who run the programme follow every late audit. Progress only: the rows say nothing about a child.
    """
    late = Audit.objects.overdue(today).select_related("auditor__line_manager", "auditor__team")
    return followed_by(user, late).order_by("due_on", "reference")


def followed_by(user: User, audits: QuerySet[Audit]) -> QuerySet[Audit]:
    """Those of these audits whose progress a person follows."""
    if user.can(Permission.MANAGE_CYCLES):
        return audits
    managed = Audit.objects.by_people_managed_by(user).values("pk")
    told = Chase.objects.filter(recipient=user, subject=Subject.AUDIT, to__in=MANAGERS, held=False).values("audit")
    return audits.filter(Q(pk__in=managed) | Q(pk__in=told))
