"""The answers of those who were told, in the demo council's past, that an audit has to be acted on at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from audits.after import urgent_notices
from audits.after.urgent_notices import NoticeError
from audits.models import Audit, NoticeRecipient

STEPS = (
    "I see the child this afternoon with the duty worker, and write to the auditor tonight.",
    "I have moved two visits of the worker to others, and chair a planning meeting tomorrow at 9:30.",
)
Later = Callable[[datetime, Callable[[datetime], None]], None]


def plan(audit: Audit, at: datetime, *, later: Later, all_answer: bool) -> None:
    """Worker and team manager answer within hours of the submission; the worker of this month’s has not yet."""
    told = NoticeRecipient.objects.filter(notice__audit=audit, must_acknowledge=True).select_related("notice", "person")
    for number, row in enumerate(told.order_by("-pk") if all_answer else told.order_by("-pk")[:1]):
        later(at + timedelta(hours=2 + number), lambda when, row=row, step=STEPS[number % 2]: _answer(row, step, when))  # type: ignore[misc]  # bound now


def _answer(row: NoticeRecipient, step: str, at: datetime) -> None:
    try:
        urgent_notices.acknowledge(row.notice, step=step, by=row.person, at=at)
    except NoticeError:  # answered by then
        return
