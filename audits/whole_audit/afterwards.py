"""What came of an audit: actions, learning points, risks raised, Part B, with whom it was shared, steps."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from audits.acknowledging import still_waited_for
from audits.after.action_findings import answered_by
from audits.models import (
    ActionStep,
    ImmediateRisk,
    LearningPoint,
    RiskRecipient,
    Share,
    SmartAction,
    StatusChange,
)
from audits.reading import Row
from audits.risk_recipients import MUST_ACKNOWLEDGE
from audits.sharing import how_words
from audits.structure import AuditForm
from audits.whole_audit.beforehand import name_of
from audits.whole_audit.blocks import Block, Note, Part, day, facts, moment, table
from audits.young_person import called

STEP_WORDS = {
    "allocate": "Allocated",
    "start": "Begun",
    "submit": "Submitted",
    "answer": "Part B signed by all",
    "disagree": "Disagreed with",
    "second round": "Disagreed with a second time",
    "take back": "Disagreement taken back",
    "settle": "Review session came to one view",
    "mediate": "Handed to mediation",
    "decide": "Decided in mediation",
    "close": "Closed",
    "exempt": "Auditor exempted",
    "withdraw": "Withdrawn",
}
TOLD = (ActionStep.Kind.SENT_BACK, ActionStep.Kind.MOVED, ActionStep.Kind.GIVEN)  # the others stand in the action
YES_NO = {True: "Yes", False: "No"}


def with_people(rows: QuerySet[SmartAction]) -> QuerySet[SmartAction]:
    """These actions with everybody whom a document names."""
    steps = Prefetch("steps", ActionStep.objects.select_related("by"))
    return rows.select_related("owner", "done_by", "verified_by", "helped_by").prefetch_related(steps)


def actions(found: Iterable[SmartAction], *, form: AuditForm, adult: bool) -> Part:
    """The SMART actions (003 §7, A13), each with the team's response and the evidence that it is done."""
    blocks: list[Block] = []
    for action in found:
        blocks += facts(
            _action(action, form=form, adult=adult),
            f"Action {action.number}" + (", needed at once" if action.immediate else ""),
        )
    return Part("actions", "Actions", tuple(blocks or [Note("No actions were set.")]))


def _action(action: SmartAction, *, form: AuditForm, adult: bool) -> list[Row]:
    return [
        Row(called("What should be better for the child", adult=adult), action.outcome),
        Row("How", action.how),
        Row("Which findings it answers", answered_by(action, form=form)),
        Row("Who", action.owner.name),
        Row("By when", day(action.due_on)),
        Row("First set for", day(action.first_due_on)),
        Row(called("Needed at once to keep the child safe", adult=adult), "Yes" if action.immediate else ""),
        Row("Agreed with the worker", YES_NO[action.agreed_with_worker]),
        Row("Why it was not agreed", action.why_not_agreed),
        Row("Team manager’s response", action.response),
        Row("Done", f"{day(action.done_on)}, {name_of(action.done_by)}" if action.done_on else ""),
        Row("Evidence", action.evidence if action.done_on else ""),
        Row("Verified", f"{day(action.verified_on)}, {name_of(action.verified_by)}" if action.verified_on else ""),
        Row("What was seen", action.verify_note),
        Row(called("Did it help the child?", adult=adult), _helped(action)),
        Row("What shows it", action.helped_note),
        *(_step(step) for step in action.steps.all() if step.kind in TOLD),
    ]


def _step(step: ActionStep) -> Row:
    between = f" From {step.before} to {step.after}." if step.before else ""
    return Row(step.get_kind_display(), f"{moment(step.at)}, {step.by.name}.{between} {step.note}")


def _helped(action: SmartAction) -> str:
    if action.helped_on is None:
        return ""
    return f"{action.get_helped_display()}; {day(action.helped_on)}, {name_of(action.helped_by)}"


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
        waiting = still_waited_for(risk.recipients.all(), duty=MUST_ACKNOWLEDGE)
        told = [
            (who.person.name, _told_as(who), _acknowledged(who, waiting), who.step_taken)
            for who in risk.recipients.all()
        ]
        blocks += facts(rows, f"Risk {risk.number}")
        blocks += table(f"Who was told of risk {risk.number}", ("Told", "Part", "Acknowledged", "Step taken"), told)
    return [Part("risks", "Immediate risks raised", tuple(blocks))] if blocks else []


def _told_as(who: RiskRecipient) -> str:
    if who.stands_for is None:
        return who.get_part_display()
    return f"{who.get_part_display()}, because {who.stands_for.person.name} had not answered"


def _acknowledged(who: RiskRecipient, waiting: list[RiskRecipient]) -> str:
    """When, or that it is still to come; the head of service and the programme are told and need not answer."""
    return moment(who.acknowledged_at) or ("Not yet" if who in waiting else "Told; need not answer")


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
