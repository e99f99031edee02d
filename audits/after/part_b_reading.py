"""Part B as it is read: what was found with what each side answered, how the sides stand, what was sent back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from audits.after.dispute_findings import Finding
from audits.after.grade_changes import OVERALL
from audits.after.part_b_record import OTHER, action_code, needs_worker
from audits.after.part_b_returns import may_send_back
from audits.models import Audit, PartB, Side, SmartAction, Status
from people.models import User

LABEL = {Side.WORKER: "Worker", Side.MANAGER: "Team manager"}
IN_ORDER = (Side.WORKER, Side.MANAGER)


@dataclass(frozen=True)
class Answer:
    """What one side wrote to one finding or action, signed."""

    who: str
    text: str


@dataclass
class Card:
    """A finding or an action with what was answered; `box` is the reader's own, where they have one to fill."""

    code: str
    title: str
    finding: Finding | None = None
    action: SmartAction | None = None
    answers: list[Answer] = field(default_factory=list)
    box: Any = None

    @property
    def is_good(self) -> bool:
        """Whether it is a section that needs no answer: the overall grade always stands first."""
        grade = self.finding.grade if self.finding else None
        return self.code != OVERALL and grade is not None and grade.point.is_good

    @property
    def is_written(self) -> bool:
        """Whether anything stands in the reader's box, or was answered."""
        return bool(self.answers or (self.box and (self.box.value() or self.box.errors)))

    @property
    def not_met(self) -> list[Finding]:
        """The standards of a section that were answered with no."""
        return [each for each in self.finding.standards if each.answer == "No"] if self.finding else []


@dataclass(frozen=True)
class Stand:
    """How one side stands."""

    side: Side
    label: str
    signed_by: str
    signed_at: datetime | None
    comment: str
    supervision_on: date | None
    is_needed: bool
    was_sent_back: bool
    may_send_back: bool


@dataclass(frozen=True)
class Round:
    """A part that was sent back: what was signed, by whom, and what was asked for."""

    number: int
    side: str
    signed_by: str
    signed_at: datetime
    asked: str
    asked_by: str
    asked_at: datetime
    comment: str
    supervision_on: date | None
    answers: list[Answer]  # `who` is what was answered


def answers_of(part_b: PartB, actions: list[SmartAction]) -> dict[str, list[Answer]]:
    """What is signed as things stand, by the code of the finding or action; the worker first. One query."""
    found: dict[str, list[Answer]] = {}
    rows = sorted(part_b.responses.all(), key=lambda row: IN_ORDER.index(Side(row.side)))
    for row in rows:
        found.setdefault(row.code, []).append(Answer(LABEL[Side(row.side)], row.text))
    for action in actions:
        if action.response:
            found.setdefault(action_code(action.number), []).append(Answer(LABEL[Side.MANAGER], action.response))
    return found


def cards(part_b: PartB, findings: list[Finding], actions: list[SmartAction]) -> tuple[list[Card], list[Card]]:
    """A card for each finding, what is not good first, and one for each action. One query."""
    said = answers_of(part_b, actions)
    first = sorted(findings, key=lambda each: (each.code != OVERALL, bool(each.grade and each.grade.point.is_good)))
    found = [Card(each.code, each.label, finding=each, answers=said.get(each.code, [])) for each in first]
    codes = [(action_code(each.number), each) for each in actions]
    to_do = [Card(code, f"Action {a.number}", action=a, answers=said.get(code, [])) for code, a in codes]
    return found, to_do


def stands(audit: Audit, part_b: PartB, rounds: list[Round], *, user: User, today: date) -> list[Stand]:
    """Both sides as they stand, the worker first."""
    back = {each.side for each in rounds}
    return [
        Stand(
            side=side,
            label=LABEL[side],
            signed_by=getattr(getattr(part_b, f"{side}_signed_by"), "name", ""),
            signed_at=getattr(part_b, f"{side}_signed_at"),
            comment=getattr(part_b, f"{side}_comment"),
            supervision_on=part_b.supervision_on if side == Side.MANAGER else None,
            is_needed=side == Side.MANAGER or needs_worker(audit, today=today),
            was_sent_back=LABEL[side] in back,
            may_send_back=may_send_back(audit, part_b, side=side, user=user, today=today),
        )
        for side in IN_ORDER
    ]


def rounds_of(part_b: PartB, titles: dict[str, str]) -> list[Round]:
    """What was sent back, the first round first; `titles` of findings by their codes. One query."""
    return [
        Round(
            number=row.round,
            side=LABEL[Side(row.side)],
            signed_by=row.signed_by.name,
            signed_at=row.signed_at,
            asked=row.comment,
            asked_by=row.by.name,
            asked_at=row.at,
            comment=row.signed["comment"],
            supervision_on=_day(row.signed.get("supervision_on")),
            answers=_answers(row.signed, titles),
        )
        for row in part_b.returns.select_related("by", "signed_by")
    ]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _answers(signed: dict[str, Any], titles: dict[str, str]) -> list[Answer]:
    found = [Answer(titles.get(code, code), text) for code, text in signed["responses"].items()]
    in_order = sorted(signed["actions"].items(), key=lambda item: int(item[0]))
    return found + [Answer(f"Action {number}", text) for number, text in in_order]


def next_step(audit: Audit, part_b: PartB, *, side: Side, has_actions: bool, today: date) -> str:
    """What happens when this side signs, in a sentence."""
    other = OTHER[side]
    waits = getattr(part_b, f"{other}_signed_at") is None
    if other == Side.WORKER and not needs_worker(audit, today=today):
        waits = False
    if waits:
        return f"Then Part B waits for {_the(other)}, who can read your part and send it back with a comment."
    if has_actions:
        return "Then Part B is finished, and the audit goes on with its actions until each is done and verified."
    return "Then Part B is finished, and the audit is closed: it set no actions."


def _the(side: Side) -> str:
    return "the worker" if side == Side.WORKER else "the team manager"


def waits_for(audit: Audit, sides: list[Stand]) -> str:
    """Whose signature is missing, in words; empty where none is."""
    missing = [_the(each.side) for each in sides if each.is_needed and each.signed_at is None]
    return " and ".join(missing) if audit.status == Status.WITH_TEAM else ""
