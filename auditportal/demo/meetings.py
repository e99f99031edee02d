"""Meetings in the demo: one offered and not answered yet, one agreed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from audits import meetings
from audits.deadlines import LONDON, add_working_days, london_date
from audits.models import UNFINISHED, Audit, Involvement, Meeting
from people.holidays import holiday_set
from people.line_management import working

MESSAGE = "Bring whatever you are proud of on this file. We look at it together, and I ask first what worries you."


def arrange(*, at: datetime) -> list[Meeting]:
    """Offer times about two audits of the newest month that are being written; the worker of one chooses.

    Not where the page on the meeting is filled in: there they have met. A colleague works with the child too, so that
    there is somebody to invite. Meetings that are there stay as they are.
    """
    today = london_date(at)
    found = Audit.objects.filter(status__in=UNFINISHED, meetings__isnull=True, worker__isnull=False)
    not_met = found.exclude(pages__page="meeting").select_related("auditor", "worker", "case")
    audits = not_met.order_by("-month", "-status", "reference")
    fit = [audit for audit in audits[:20] if audit.worker and working(audit.worker, today=today)]
    offered = [_offer(audit, at=at, today=today) for audit in fit[:2]]
    return [*offered[:1], *(_agree(meeting, at=at + timedelta(minutes=40)) for meeting in offered[1:])]


def _agree(meeting: Meeting, *, at: datetime) -> Meeting:
    worker = meeting.audit.worker
    assert worker is not None
    return meetings.agree(meeting, starts_at=datetime.fromisoformat(meeting.times[0]), by=worker, at=at)


def _offer(audit: Audit, *, at: datetime, today: date) -> Meeting:
    what = meetings.Offer(_times(today), Meeting.How.VIRTUAL, "The link comes in the morning", message=MESSAGE)
    return meetings.offer(audit, what, co_workers_asked=_colleague(audit, today), by=audit.auditor, at=at, today=today)


def _times(today: date) -> list[datetime]:
    """Three times on the next working days."""
    holidays = holiday_set(today, today + timedelta(days=30))
    days = [add_working_days(today, number, holidays=holidays) for number in (3, 4, 6)]
    hours = (time(10), time(14, 30), time(9, 15))
    return [datetime.combine(day, hour, tzinfo=LONDON) for day, hour in zip(days, hours, strict=True)]


def _colleague(audit: Audit, today: date) -> list[int]:
    """Somebody of the worker's team who works with the child too."""
    assert audit.worker is not None
    team = audit.worker.team
    others = team.members.exclude(pk=audit.worker.pk) if team else None
    colleague = others.filter(job_role=audit.worker.job_role).order_by("pk").first() if others is not None else None
    if colleague is None or not working(colleague, today=today):
        return []
    Involvement.objects.get_or_create(
        case=audit.case, user=colleague, role="Co-worker", defaults={"team": team, "starts": audit.case.opened_on}
    )
    return [colleague.pk]
