"""Part B in the documents: each side's answers and signature, and every part that was sent back (S2)."""

from __future__ import annotations

from datetime import datetime

from audits.after.part_b_reading import Answer, Round, answers_of, rounds_of
from audits.after.part_b_record import action_code
from audits.models import Audit, PartB, Side, SmartAction
from audits.reading import Row
from audits.structure import AuditForm
from audits.whole_audit.beforehand import name_of
from audits.whole_audit.blocks import Block, Note, Part, day, facts, moment
from people.models import User


def part_b(audit: Audit, actions: list[SmartAction], *, form: AuditForm) -> list[Part]:
    """The team's response: answers, comments, signatures, supervision, what was sent back. Two queries."""
    record: PartB | None = getattr(audit, "part_b", None)
    if record is None:
        return []
    titles = {section.code: f"Section {section.number}, {section.short_title}" for section in form.sections}
    titles |= {"overall": "Overall grade"} | {action_code(each.number): f"Action {each.number}" for each in actions}
    said = answers_of(record, actions)
    blocks = [*_side(record, Side.MANAGER, said, titles), *_side(record, Side.WORKER, said, titles)]
    for each in rounds_of(record, titles):
        blocks += _round(each)
    return [Part("part_b", "Part B: the team’s response", tuple(blocks or [Note("Not answered yet.")]))]


def _side(record: PartB, side: Side, said: dict[str, list[Answer]], titles: dict[str, str]) -> list[Block]:
    who = side.label
    answers = [
        Row(f"To {titles.get(code, code)}", each.text)
        for code, found in sorted(said.items(), key=lambda item: _place(item[0], titles))
        for each in found
        if each.who == who
    ]
    signer, at = getattr(record, f"{side}_signed_by"), getattr(record, f"{side}_signed_at")
    rows = [
        *answers,
        Row("Comment", getattr(record, f"{side}_comment")),
        Row("Supervision on", day(record.supervision_on) if side == Side.MANAGER else ""),
        Row("Signed", _signature(signer, at)),
    ]
    return facts(rows, who)


def _place(code: str, titles: dict[str, str]) -> tuple[int, str]:
    """Overall, then the sections, then the actions, each in the order of the form."""
    in_order = ["overall", *[each for each in titles if each != "overall"]]
    return (in_order.index(code), "") if code in titles else (len(in_order), code)


def _round(each: Round) -> list[Block]:
    rows = [
        Row("Asked for", each.asked),
        Row("Sent back", f"{each.asked_by}, {moment(each.asked_at)}"),
        *[Row(f"To {answer.who}", answer.text) for answer in each.answers],
        Row("Comment", each.comment),
        Row("Supervision on", day(each.supervision_on)),
        Row("Signed", f"{each.signed_by}, {moment(each.signed_at)}"),
    ]
    return facts(rows, f"Round {each.number}: {each.side.lower()}’s part, as it was signed and then sent back")


def _signature(person: User | None, at: datetime | None) -> str:
    return f"{name_of(person)}, {moment(at)}" if at else ""
