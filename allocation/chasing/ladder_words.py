"""The ladder and its stages in the words that people read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from allocation.chasing.ladder import ANSWERS, MANAGERS, Rung, when_in_words
from allocation.chasing.stages import stages_of
from allocation.chasing.waiting import Waiting
from allocation.models import Chase, ChaseHold, Subject, ToWhom
from audits.deadlines import LONDON, Holidays, add_months
from audits.models import Audit
from people.form_fields import day_in_words

SUBJECTS = {
    Subject.AUDIT: ("Audits", "Until the auditor submits it."),
    Subject.PART_B: ("Part B", "Until the worker and the team manager have each signed their part."),
    Subject.ACTION: ("Actions", "Until its owner has recorded it as done."),
    Subject.NOTICE: ("Urgent audits", "Until the worker and the team manager have said what they do about it."),
    Subject.RISK: ("A child at risk", "Until the managers who were told have said what they do about it."),
    Subject.MODERATION: ("Moderations", "Until the moderator has graded the audit."),
}
SUBJECT_OF_ONE = {
    Subject.AUDIT: "The audit",
    Subject.PART_B: "Part B",
    Subject.NOTICE: "The answer to an urgent audit",
    Subject.RISK: "The answer about a child at risk",
    Subject.MODERATION: "The moderation",
}
OWNERS = {
    Subject.AUDIT: "The auditor",
    Subject.PART_B: "The worker or the team manager, whoever has not signed",
    Subject.ACTION: "The owner of the action",
    Subject.NOTICE: "Who has not answered",
    Subject.RISK: "Who has not answered",
    Subject.MODERATION: "The moderator",
}


def who_in_words(to: str, subject: str) -> str:
    """Who a rung tells."""
    if to == ToWhom.OWNER:
        return OWNERS[Subject(subject)]
    return str(ToWhom(to).label)


def who_is_told(chase_to: str, subject: str) -> str:
    """A stage in a few words, for a list."""
    late = "told" if chase_to in MANAGERS else "reminded"
    return f"{who_in_words(chase_to, subject)} {late}"


def stage_in_words(chase: Chase) -> str:
    """What a recorded stage was: for the usual stages of an audit as the reports call them."""
    if chase.subject == Subject.AUDIT and chase.stage in Chase.Stage.values:
        return str(Chase.Stage(chase.stage).label)
    about = "" if chase.subject == Subject.AUDIT else f"{Subject(chase.subject).label}: "
    return about + who_is_told(chase.to, chase.subject).lower()


def held_in_words(held: ChaseHold) -> str:
    """What is held back, e.g. Part B, due on 3 December 2026."""
    when = "told on" if held.subject in ANSWERS else "due on"
    thing = f"Action {held.key}" if held.subject == Subject.ACTION else SUBJECT_OF_ONE[Subject(held.subject)]
    return f"{thing}, {when} {day_in_words(held.counts_from)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One rung as a sentence."""

    rung: Rung
    when: str
    who: str
    again: str  # when it is at a second miss, where that differs


def lines(rungs: Iterable[Rung]) -> list[Line]:
    """Each rung in words."""
    return [
        Line(
            rung,
            when_in_words(rung.days, rung.subject),
            who_in_words(rung.to, rung.subject),
            "" if rung.again_days is None else when_in_words(rung.again_days, rung.subject),
        )
        for rung in rungs
    ]


def example(subject: str, rungs: Iterable[Rung], *, due_on: date, holidays: Holidays) -> list[tuple[date, str]]:
    """On which days whom is told, of something due on a day (for an answer: told on that day at nine)."""
    told = due_on if subject in ANSWERS else add_months(due_on, -2)
    told_at = datetime.combine(told, time(9), tzinfo=LONDON)
    waiting = Waiting(Audit(pk=0), subject, "", None, due_on, told_at)
    found = stages_of(waiting, rungs=rungs, holidays=holidays)
    return [(stage.day, who_in_words(stage.rung.to, subject)) for stage in found]
