"""When an audit is chased and who is told: before and on the due date the auditor, after it the managers (E1–E3)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest

from allocation.models import AuditRequest, Chase, Handover
from audits.deadlines import Holidays, add_months, add_working_days, is_working_day, next_working_day
from audits.models import Audit, Status
from people.line_management import manager_above, working
from people.models import User
from people.roles import Permission

Stage = Chase.Stage
TO_THE_AUDITOR = (Stage.BEFORE, Stage.ON_DUE_DATE)
TO_A_MANAGER = (Stage.LINE_MANAGER, Stage.NEXT_MANAGER)


class DueStage(NamedTuple):
    """A stage of chasing and the London day on which it falls."""

    stage: str
    day: date


def line_manager_day(due_on: date, *, holidays: Holidays) -> date:
    """The day on which the line manager is told: the next working day after the due date."""
    return next_working_day(due_on, holidays=holidays)


def with_told_at(audits: QuerySet[Audit]) -> QuerySet[Audit]:
    """Each audit with `told_at`: when its auditor was last told the due date, by mail.

    That is when it was given out, taken over from another auditor, or given the present due date as an extension.
    """
    extended = AuditRequest.objects.filter(
        audit=OuterRef("pk"), kind="extension", state="agreed", wanted_due_on=OuterRef("due_on")
    )
    handed_over = Handover.objects.filter(audit=OuterRef("pk"))
    return audits.annotate(
        told_at=Greatest(
            F("allocated_at"),
            Subquery(extended.order_by("-settled_at").values("settled_at")[:1]),
            Subquery(handed_over.order_by("-at").values("at")[:1]),
        )
    )


def stages_of(audit: Audit, *, told_on: date, again: bool, holidays: Holidays) -> list[DueStage]:
    """Every stage of an audit with its day, in order.

    A due date on a day off is reminded of on the working day before. `again` (the auditor was late with another
    audit lately) tells the next manager on the same day as the line manager (source 000 §2.16); otherwise that
    manager is told after ESCALATE_WORKING_DAYS_AFTER working days. An auditor who was told of the due date on the
    day of a reminder or later gets no such reminder (see with_told_at).
    """
    due_on = audit.due_on
    before = add_working_days(due_on, -settings.REMIND_WORKING_DAYS_BEFORE, holidays=holidays)
    on_time = due_on if is_working_day(due_on, holidays=holidays) else add_working_days(due_on, -1, holidays=holidays)
    late = line_manager_day(due_on, holidays=holidays)
    still_late = add_working_days(due_on, settings.ESCALATE_WORKING_DAYS_AFTER, holidays=holidays)
    reminders = [DueStage(Stage.BEFORE, before), DueStage(Stage.ON_DUE_DATE, on_time)]
    return [
        *(reminder for reminder in reminders if told_on < reminder.day),
        DueStage(Stage.LINE_MANAGER, late),
        DueStage(Stage.NEXT_MANAGER, late if again else max(late, still_late)),
    ]


def was_late_before(audit: Audit, *, holidays: Holidays) -> bool:
    """Whether a line manager was told about another audit of this auditor within REPEAT_MISS_MONTHS before this one.

    Audits that turned out exempt or were taken back do not count, nor what was late while somebody else had it.
    """
    late = line_manager_day(audit.due_on, holidays=holidays)
    earlier = Chase.objects.filter(
        stage=Stage.LINE_MANAGER,
        audit__auditor=audit.auditor_id,
        due_on__lt=late,
        due_on__gte=add_months(late, -settings.REPEAT_MISS_MONTHS),
    )
    earlier = earlier.exclude(audit__handovers__at__gte=F("handled_at"))
    return earlier.exclude(audit=audit).exclude(audit__status__in=[Status.EXEMPT, Status.WITHDRAWN]).exists()


def who_is_told(audit: Audit, stage: str, *, today: date) -> User | None:
    """The person a stage goes to; None only where there is not even a principal social worker (R19).

    An auditor who has left cannot be reminded: the line manager is, instead.
    """
    auditor = audit.auditor
    if stage in TO_THE_AUDITOR and working(auditor, today=today):
        return auditor
    level = 2 if stage == Stage.NEXT_MANAGER else 1
    return manager_above(auditor, level=level, today=today)


def late_audits_for(user: User, *, today: date) -> QuerySet[Audit]:
    """The late audits whose progress a person may follow: those of people they manage or were told about.

    Those who run the programme follow every late audit. Progress only: the rows say nothing about a child.
    """
    late = Audit.objects.overdue(today).select_related("auditor__line_manager", "auditor__team")
    if user.can(Permission.MANAGE_CYCLES):
        return late.order_by("due_on", "reference")
    managed = Audit.objects.by_people_managed_by(user).values("pk")
    told = Chase.objects.filter(recipient=user, stage__in=TO_A_MANAGER).values("audit")
    return late.filter(Q(pk__in=managed) | Q(pk__in=told)).order_by("due_on", "reference")
