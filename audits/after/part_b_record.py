"""What every step of Part B stands on: its row under the audit's lock, its two sides, what has to be answered."""

from __future__ import annotations

from datetime import date

from audits.after.grade_changes import OVERALL
from audits.models import ANSWERING, Audit, PartB, SectionGrade, Side, Status
from audits.permissions import Relation, relations
from audits.structure import GradeChoice, form_of
from people.models import User
from people.refusal import Refused

SIDE_OF = {Relation.WORKER: Side.WORKER, Relation.TEAM_MANAGER: Side.MANAGER}
OTHER = {Side.WORKER: Side.MANAGER, Side.MANAGER: Side.WORKER}
WHOSE = {Side.WORKER: "the worker’s part", Side.MANAGER: "the team manager’s part"}
BEING_SETTLED = "A disagreement about this audit is being settled. Part B is signed after that: what you typed is kept."
CLOSED = "Part B of this audit is finished."


class PartBError(Refused):
    """A step of Part B that cannot be taken; the message says what to do, `field` is what a form shows it beside."""


def needs_worker(audit: Audit, *, today: date) -> bool:
    """Whether the worker signs too: not where the case has none or the worker has left."""
    worker = audit.worker
    return worker is not None and worker.is_active and (worker.leave_date is None or worker.leave_date > today)


def lock(audit: Audit) -> tuple[Audit, PartB]:
    """The audit's row, locked, and its Part B; inside a transaction."""
    locked = Audit.objects.select_for_update(of=("self",)).select_related("worker", "template_version").get(pk=audit.pk)
    part_b, _ = PartB.objects.get_or_create(audit=locked)
    return locked, part_b


def side_of(audit: Audit, user: User) -> Side | None:
    """Which part of a submitted audit is this person's to write, or None."""
    if not audit.is_submitted:
        return None
    return next((side for relation, side in SIDE_OF.items() if relation in relations(audit, user)), None)


def is_signed(part_b: PartB, side: Side) -> bool:
    """Whether a side is signed as things stand."""
    return getattr(part_b, f"{side}_signed_at") is not None


def refuse_unless_open(audit: Audit, *, drafting: bool = False) -> None:
    """Raises PartBError where nothing can be signed now; a draft can be saved while a disagreement is settled."""
    if audit.status not in ANSWERING:
        raise PartBError(CLOSED)
    if audit.status != Status.WITH_TEAM and not drafting:
        raise PartBError(BEING_SETTLED)


def graded(audit: Audit) -> dict[str, GradeChoice]:
    """The findings that are answered: the overall grade and every graded section, by code, as they now stand.

    One query.
    """
    form = form_of(audit.template_version_id)
    rows = SectionGrade.objects.filter(audit=audit).values_list("section__code", "final_grade_id", "grade_id")
    found = [(OVERALL, audit.grade_now_id)] + [(code, final or first) for code, final, first in rows]
    choices = ((code, form.grade_by_pk(pk)) for code, pk in found)
    return {code: choice for code, choice in choices if choice is not None}


def must_answer(audit: Audit) -> list[str]:
    """The codes of the findings that the team manager has to answer: those that are not good. One query."""
    return [code for code, choice in graded(audit).items() if not choice.point.is_good]


def action_code(number: int) -> str:
    """Under which code the worker answers an action."""
    return f"action-{number}"
