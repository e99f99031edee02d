"""The ladder: how many working days before or after something is due who is told of it (E1–E4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from allocation.models import Chase, ChaseStep, Subject, ToWhom

Stage = Chase.Stage
ANSWERS = (Subject.NOTICE, Subject.RISK)  # their days count from the day on which somebody was told
MANAGERS = (ToWhom.LINE_MANAGER, ToWhom.NEXT_MANAGER, ToWhom.HEAD_OF_SERVICE, ToWhom.PROGRAMME)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: so many working days after the due day (below nought: before it) somebody is told."""

    code: str
    subject: str
    days: int
    to: str
    again_days: int | None = None  # instead of `days`, at the second miss in REPEAT_MISS_MONTHS
    is_on: bool = True

    @property
    def side(self) -> int:
        """-1 before the due day, 0 on it, 1 after it."""
        return (self.days > 0) - (self.days < 0)


def _rung(subject: str, code: str, days: int, to: str, again: int | None = None) -> Rung:
    return Rung(code, subject, days, to, again)


def standard(subject: str | None = None) -> list[Rung]:
    """The rungs where the council has none of its own, of one subject or of all. Few emails: each can be acted on.

    Audits are chased as they always were (000 §2.16). An acknowledgement goes to the head of service after one working
    day (R13), never before those told were asked to answer.
    """
    owner, line, above = ToWhom.OWNER, ToWhom.LINE_MANAGER, ToWhom.NEXT_MANAGER
    head, programme = ToWhom.HEAD_OF_SERVICE, ToWhom.PROGRAMME
    rungs = [
        _rung(Subject.AUDIT, Stage.BEFORE, -settings.REMIND_WORKING_DAYS_BEFORE, owner),
        _rung(Subject.AUDIT, Stage.ON_DUE_DATE, 0, owner),
        _rung(Subject.AUDIT, Stage.LINE_MANAGER, 1, line),
        _rung(Subject.AUDIT, Stage.NEXT_MANAGER, settings.ESCALATE_WORKING_DAYS_AFTER, above, 1),
        _rung(Subject.PART_B, "part_b-before", -2, owner),
        _rung(Subject.PART_B, "part_b-on", 0, owner),
        _rung(Subject.PART_B, "part_b-line_manager", 1, line),
        _rung(Subject.PART_B, "part_b-next_manager", 5, above),
        _rung(Subject.ACTION, "action-before", -3, owner),
        _rung(Subject.ACTION, "action-after", 1, owner),
        _rung(Subject.ACTION, "action-line_manager", 3, line),
        _rung(Subject.ACTION, "action-next_manager", 10, above),
        _rung(Subject.NOTICE, "notice-head", 1, head),
        _rung(Subject.NOTICE, "notice-programme", 2, programme),
        _rung(Subject.RISK, "risk-head", 1, head),
        _rung(Subject.RISK, "risk-programme", 2, programme),
        _rung(Subject.MODERATION, "moderation-before", -2, owner),
        _rung(Subject.MODERATION, "moderation-after", 1, owner),
        _rung(Subject.MODERATION, "moderation-programme", 3, programme),
    ]
    return [rung for rung in rungs if subject in (None, rung.subject)]


def rungs() -> dict[str, list[Rung]]:
    """Every rung by its subject, those switched off too: the council's own, or the standard ones. One query."""
    return by_subject([from_row(row) for row in ChaseStep.objects.all()] or standard())


def by_subject(found: Iterable[Rung]) -> dict[str, list[Rung]]:
    """Rungs by their subject, in the order in which they come."""
    grouped: dict[str, list[Rung]] = defaultdict(list)
    for rung in sorted(found, key=order):
        grouped[rung.subject].append(rung)
    return grouped


def order(rung: Rung) -> tuple[int, int]:
    """Sorts rungs as they come; on one day whom it waits for is told before any manager."""
    return rung.days, list(ToWhom).index(ToWhom(rung.to))


def from_row(row: ChaseStep) -> Rung:
    """The rung that a row of the table stands for."""
    return Rung(row.code, row.subject, row.days, row.to, row.again_days, row.is_on)


def steps(subject: str) -> list[Rung]:
    """The rungs of one subject that are on, in order. One query."""
    return [rung for rung in rungs().get(subject, []) if rung.is_on]


def when_in_words(days: int, subject: str) -> str:
    """E.g. 3 working days before; for an answer, 1 working day after they were told."""
    count = f"{abs(days)} working day{'' if abs(days) == 1 else 's'}"
    if subject in ANSWERS:
        return f"{count} after they were told"
    if days == 0:
        return "on the day it is due"
    return f"{count} {'before' if days < 0 else 'after'} it is due"
