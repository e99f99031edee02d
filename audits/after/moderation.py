"""Who may moderate an audit, how far two grades lie apart, and how far apart still counts as agreed (S5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from audits.models import Audit, Grade, Moderation, ModerationTask
from audits.structure import AuditForm
from people.models import User
from people.refusal import Refused
from people.roles import JobRole, Permission

STANDARD_TOLERANCE = 0  # points of the scale; where the programme's rules say nothing
HAD_PART = "{} had a part in this audit, is of the same team, or has been told its grade."

_tolerance: list[Callable[[], int]] = []


class ModerationError(Refused):
    """Something that cannot be done with a moderation; the message says why, `field` what a form shows it beside."""


def tolerance_from(read: Callable[[], int]) -> None:
    """Where the tolerance is read from; said once, when the site starts.

    For the app above this one, which this one may not import: the rules of the programme are kept there.
    """
    _tolerance[:] = [read]


def tolerance() -> int:
    """How many points apart two grades may lie and still count as agreed."""
    return _tolerance[0]() if _tolerance else STANDARD_TOLERANCE


def may_moderate(audit: Audit, user: User) -> bool:
    """Whether this person may moderate it: a moderator by job, with no part in it or its team; graded and submitted.

    What only rows say (a mediator, somebody told its grade) is asked by `had_part`.
    """
    return user.can(Permission.MODERATE) and _is_ready(audit) and not _in_or_near(audit, user)


def may_adjudicate(audit: Audit, user: User) -> bool:
    """Whether this person may decide between auditor and moderator: a moderator or a head of service without a part."""
    by_job = user.can(Permission.MODERATE) or user.job_role == JobRole.HEAD_OF_SERVICE
    own_service = audit.service_id is not None and user.service_id == audit.service_id
    own_head = own_service and user.job_role == JobRole.HEAD_OF_SERVICE
    return by_job and _is_ready(audit) and not own_head and not _in_or_near(audit, user)


def _is_ready(audit: Audit) -> bool:
    return audit.is_submitted and audit.overall_grade_id is not None


def _in_or_near(audit: Audit, user: User) -> bool:
    named = {audit.auditor_id, audit.supervisor_id, audit.worker_id, audit.team_manager_id}
    same_team = audit.team_id is not None and user.team_id == audit.team_id
    return user.pk in named or same_team


def had_part(audit_ids: list[int]) -> dict[int, set[int]]:
    """Who took a part that only rows tell, by audit: mediators, owners of actions, those told its grade.

    Told are those who got an urgent notice or a copy. Four queries, however many audits.
    """
    rows = Audit.objects.filter(pk__in=audit_ids).order_by()
    places = (
        "disputes__mediation__mediators",
        "smart_actions__owner",
        "urgent_notices__recipients__person",
        "shares__person",
    )
    found: dict[int, set[int]] = {pk: set() for pk in audit_ids}
    for place in places:
        for pk, person in rows.filter(**{f"{place}__isnull": False}).values_list("pk", place):
            found[pk].add(person)
    return found


def points_apart(form: AuditForm, *, first: int | None, second: int) -> int:
    """How many points of the scale the second grade lies above the first (below nought: lower), by primary keys."""
    places = {grade.pk: place for place, grade in enumerate(form.grades)}  # best first
    if first not in places or second not in places:
        raise ModerationError("Choose a grade of the scale that the audit was graded on.", field="grade")
    return places[first] - places[second]


def check_grade(audit: Audit, grade: Grade) -> None:
    """Raises ModerationError for a grade of another scale than the audit's."""
    if audit.overall_grade is None or grade.scale_id != audit.overall_grade.scale_id:
        raise ModerationError("Choose a grade of the scale that the audit was graded on.", field="grade")


def waiting_for(user: User, *, today: date) -> list[ModerationTask]:
    """What waits for this person: to grade, to talk over with the auditor, to decide. At most 20, in one query.

    For whoever runs the programme also those that nobody moderates yet, and those that nobody decides yet.
    """
    state = ModerationTask.State
    mine = ModerationTask.objects.filter(moderator=user, state=state.GIVEN)
    mine |= ModerationTask.objects.filter(moderator=user, state=state.TALK, audit__moderation__talked_on__isnull=True)
    mine |= ModerationTask.objects.filter(adjudicator=user, state=state.ADJUDICATION)
    if user.can(Permission.MANAGE_CYCLES):
        mine |= ModerationTask.objects.filter(state=state.WAITING)
        mine |= ModerationTask.objects.filter(state=state.TALK, audit__moderation__talked_on__isnull=False)
    return list(mine.select_related("audit", "moderator").order_by("due_on", "pk")[:20])


def settled_part(audit: Audit, *, viewer: User) -> dict[str, Any]:
    """What the audit's page says of its moderation: the record once it is settled, and whether to lead to it.

    The auditor reads what the moderator saw as soon as it is graded, because they talk it over. Give it an audit that
    was read with its moderation and its task; one query where there is a record to show.
    """
    task: ModerationTask | None = getattr(audit, "moderation_task", None)
    record: Moderation | None = getattr(audit, "moderation", None)
    shown = record is not None and (record.settled_at is not None or viewer.pk == audit.auditor_id)
    people = ("moderator", "grade", "adjudicated_by", "adjudicated_grade")
    concerned = task is not None and viewer.pk in {task.moderator_id, task.adjudicator_id}
    return {
        "record": Moderation.objects.select_related(*people).get(audit=audit) if shown else None,
        "link": concerned or (task is not None and viewer.can(Permission.MANAGE_CYCLES)),
        "late": task is not None and task.late,
    }
