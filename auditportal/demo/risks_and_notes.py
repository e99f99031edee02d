"""Children at risk, private notes and learning points of the demo council: a few of each, raised through the domain."""

from __future__ import annotations

from datetime import datetime, timedelta

from audits import development_notes, immediate_risks, learning_points
from audits.deadlines import add_months
from audits.models import Audit, ImmediateRisk, Status

SEEN = (
    "Nobody has seen the child alone since September, and the last note speaks of a new adult in the home.",
    "Rang the team manager at 10:15 and left a message.",
)
OPEN = (
    "The plan says that the father must not be in the home. A note of last week says that he opens the door.",
    "",
)
STEPS = (
    "The duty worker and I see the child at 14:00 today, at school. I ring the auditor afterwards.",
    "Agreed with the team manager. I hold the strategy discussion tomorrow at 9:00.",
)
NOTE = (
    "It was your first assessment before a birth, and it was careful work. The workshop on them in January would help "
    "you with the timing of the plan. Your manager knows of a colleague who would let you sit in."
)
LEARNING = (
    (
        "Fathers are missing from the plans because the form has no place for them.",
        "Add both parents’ names and views to the plan’s first page.",
        "Systems team",
    ),
    (
        "Reports from health come after the conference.",
        "Agree with the partnership that reports come three working days before.",
        "Service manager, safeguarding",
    ),
)


def add(*, at: datetime) -> list[ImmediateRisk]:
    """One risk that both managers have answered, one still open, a note, two learning points, of audits in progress."""
    being_written = list(
        Audit.objects.filter(status=Status.IN_PROGRESS).select_related("auditor", "worker").order_by("-month", "pk")[:3]
    )
    risks = []
    for audit, (concern, done_already), answered in zip(being_written, (SEEN, OPEN), (True, False), strict=False):
        risks.append(_raise(audit, concern, done_already, answered=answered, at=at))
    for audit in being_written[:1]:
        _learn(audit, at=at)
    _note(being_written, at=at)
    return risks


def _raise(audit: Audit, concern: str, done_already: str, *, answered: bool, at: datetime) -> ImmediateRisk:
    """Raised some hours ago and answered within them, or raised a while ago and open."""
    when = at - (timedelta(hours=5) if answered else timedelta(minutes=35))
    risk, told = immediate_risks.raise_risk(
        audit, concern=concern, done_already=done_already, by=audit.auditor, at=when, today=when.date()
    )
    managers = told[:2] if answered else []
    for number, (row, step) in enumerate(zip(managers, STEPS, strict=False), 1):
        immediate_risks.acknowledge(risk, step=step, by=row.person, at=when + timedelta(minutes=18 * number))
    return risk


def _learn(audit: Audit, *, at: datetime) -> None:
    today = at.date()
    for what, how, who in LEARNING:
        learning_points.add(
            audit, what=what, how=how, who=who, due_on=add_months(today, 2), by=audit.auditor, at=at, today=today
        )


def _note(audits: list[Audit], *, at: datetime) -> None:
    today = at.date()
    for audit in audits:
        if development_notes.may_write(audit, audit.auditor, today=today):
            development_notes.send(audit, text=NOTE, by=audit.auditor, at=at, today=today)
            return
