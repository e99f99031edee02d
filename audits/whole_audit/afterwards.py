"""What came of an audit: actions, learning points, risks raised, Part B, moderation, with whom it was shared, steps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from audits.models import (
    Audit,
    ImmediateRisk,
    LearningPoint,
    Moderation,
    RiskRecipient,
    Share,
    SmartAction,
    StatusChange,
)
from audits.reading import Row
from audits.risk_recipients import MUST_ACKNOWLEDGE
from audits.sharing import how_words
from audits.structure import AuditForm, GradeChoice
from audits.whole_audit.beforehand import name_of
from audits.whole_audit.blocks import Block, Note, Part, Verdict, day, facts, moment, table
from audits.young_person import called
from people.models import User

STEP_WORDS = {
    "allocate": "Allocated",
    "start": "Begun",
    "submit": "Submitted",
    "answer": "Part B signed by all",
    "close": "Closed",
    "exempt": "Auditor exempted",
    "withdraw": "Withdrawn",
}
YES_NO = {True: "Yes", False: "No"}


def actions(found: Iterable[SmartAction], *, adult: bool) -> Part:
    """The SMART actions (003 §7, A13), each with the team's response and the evidence that it is done."""
    blocks: list[Block] = []
    for action in found:
        blocks += facts(
            _action(action, adult=adult), f"Action {action.number}" + (", needed at once" if action.immediate else "")
        )
    return Part("actions", "Actions", tuple(blocks or [Note("No actions were set.")]))


def _action(action: SmartAction, *, adult: bool) -> list[Row]:
    return [
        Row(called("What should be better for the child", adult=adult), action.outcome),
        Row("How", action.how),
        Row("Who", action.owner.name),
        Row("By when", day(action.due_on)),
        Row(called("Needed at once to keep the child safe", adult=adult), "Yes" if action.immediate else ""),
        Row("Agreed with the worker", YES_NO[action.agreed_with_worker]),
        Row("Why it was not agreed", action.why_not_agreed),
        Row("Team manager’s response", action.response),
        Row("Done", f"{day(action.done_on)}, {name_of(action.done_by)}" if action.done_on else ""),
        Row("Evidence", action.evidence),
    ]


def learning(found: Iterable[LearningPoint]) -> list[Part]:
    """What the organisation should learn (003 §7, A14)."""
    rows = [(point.what, point.how, point.who, day(point.due_on)) for point in found]
    blocks = table("", ("What", "How", "Who", "When"), rows)
    return [Part("learning", "Learning for the organisation", tuple(blocks))] if blocks else []


def risks(found: Iterable[ImmediateRisk]) -> list[Part]:
    """Concerns that the child was not safe (A16): what, when, who was told and what they did."""
    blocks: list[Block] = []
    for risk in found:
        rows = [
            Row("Concern", risk.concern),
            Row("Done already", risk.done_already),
            Row("Raised", f"{moment(risk.raised_at)}, {risk.raised_by.name}"),
        ]
        told = [
            (who.person.name, who.get_part_display(), _acknowledged(who), who.step_taken)
            for who in risk.recipients.all()
        ]
        blocks += facts(rows, f"Risk {risk.number}")
        blocks += table(f"Who was told of risk {risk.number}", ("Told", "Part", "Acknowledged", "Step taken"), told)
    return [Part("risks", "Immediate risks raised", tuple(blocks))] if blocks else []


def _acknowledged(who: RiskRecipient) -> str:
    """When, or that it is still to come; the head of service and the programme are told and need not answer."""
    return moment(who.acknowledged_at) or ("Not yet" if who.part in MUST_ACKNOWLEDGE else "Told; need not answer")


def part_b(audit: Audit) -> list[Part]:
    """Part B (S2): both comments, both signatures, the day of the supervision."""
    record = getattr(audit, "part_b", None)
    if record is None:
        return []
    signed = "Signed"
    manager = [
        Row("Comment", record.manager_comment),
        Row("Supervision on", day(record.supervision_on)),
        Row(signed, _signature(record.manager_signed_by, record.manager_signed_at)),
    ]
    worker = [
        Row("Comment", record.worker_comment),
        Row(signed, _signature(record.worker_signed_by, record.worker_signed_at)),
    ]
    blocks = [*facts(manager, "Team manager"), *facts(worker, "Worker")]
    return [Part("part_b", "Part B: the team’s response", tuple(blocks or [Note("Not answered yet.")]))]


def _signature(person: User | None, at: datetime | None) -> str:
    return f"{name_of(person)}, {moment(at)}" if at else ""


def moderation(audit: Audit, *, form: AuditForm) -> list[Part]:
    """The moderator's own grade and reason (S5); the auditor's stays where it is."""
    record: Moderation | None = getattr(audit, "moderation", None)
    if record is None:
        return []
    choice: GradeChoice | None = form.grade_by_pk(record.grade_id)
    grade = Verdict("Grade after moderation", record.grade.label, choice.colour if choice else record.grade.colour)
    same = record.grade_id == audit.overall_grade_id
    rows = [
        Row("Moderator", f"{record.moderator.name}, {moment(record.moderated_at)}"),
        Row("Beside the auditor’s grade", "The same" if same else "Different: the auditor’s grade stays on record"),
        Row("Reason", record.reason),
    ]
    return [Part("moderation", "Moderation", (grade, *facts(rows)))]


def sharing(found: Iterable[Share]) -> list[Part]:
    """With whom the audit was shared, and when (003 §8, A20)."""
    rows = [(share.name, share.part, how_words(share), day(share.shared_on), _sharer(share)) for share in found]
    blocks = table("", ("Name", "Role", "How", "When", "By"), rows)
    return [Part("sharing", "Sharing the audit", tuple(blocks))] if blocks else []


def _sharer(share: Share) -> str:
    return share.shared_by.name if share.shared_by else "The portal"


def history(changes: Iterable[StatusChange]) -> list[Part]:
    """Every step of the audit: what, when, who, why."""
    rows = [
        (
            STEP_WORDS.get(change.step, change.step.capitalize()),
            moment(change.at),
            change.by.name if change.by else "The portal",
            change.reason,
        )
        for change in changes
    ]
    blocks = table("", ("Step", "When", "By", "Reason"), rows)
    return [Part("history", "History", tuple(blocks))] if blocks else []
