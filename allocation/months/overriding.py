"""The recorded override: a person gives a case to an auditor in spite of a rule, before or after publishing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import QuerySet

from allocation import messages
from allocation.eligibility import pool
from allocation.eligibility.auditor_pool import standings
from allocation.eligibility.frozen_head import with_head
from allocation.models import Allocation, Cycle, Draw, Origin, Override
from allocation.month_lock import CycleError, demand_reason, in_words, locked
from allocation.months import full_places, publishing
from allocation.months.against import ByHand, against, looked_at_again
from allocation.months.publishing import Act
from allocation.record.weights import stratum_by_hand
from audits.allocating import Giving
from audits.deadlines import is_working_day
from audits.models import Audit, Case, Selection
from audits.models import Status as AuditStatus
from people import activity
from people.form_fields import day_in_words
from people.holidays import holiday_set
from people.line_management import team_manager_of, working
from people.models import User
from people.roles import Permission

Status = Cycle.Status
SET_ASIDE = (AuditStatus.EXEMPT, AuditStatus.WITHDRAWN)
AS_DRAWN = "as_drawn"  # counts as the draw meant it: only where the case came up and nobody could take it
BY_CHOICE = (Selection.TARGETED, Selection.COMPLAINT)


class StandsAgainst(CycleError):
    """What stands against a pair has not been read yet: the reasons, and the mark that says they have been."""

    def __init__(self, reasons: list[str], *, mark: str) -> None:
        super().__init__("Read what stands against it, then tick the box.", field="read")
        self.reasons = reasons
        self.mark = mark


@dataclass(frozen=True)
class Wanted:
    """The pair that somebody wants, why, and what the case counts as."""

    case: Case
    auditor: User
    reason: str
    selection: str
    read: str  # the mark of the StandsAgainst that was raised first
    due_on: date | None  # only where the month's own due date has passed


def override(
    cycle: Cycle,
    *,
    case: Case,
    auditor: User,
    reason: str,
    by: User,
    at: datetime,
    today: date,
    selection: str = Selection.TARGETED,
    read: str = "",
    due_on: date | None = None,
) -> Override | Allocation:
    """Give a case by hand, with a reason on record, even where a rule stands against it (L2).

    While the draw is only proposed it is written down and published with it; in a published month the audit is made
    at once. Raises CycleError without a reason, in any other month, for somebody who does not audit, a case that is
    given out already or closed, and always where the auditor is the case's worker or manages its team; StandsAgainst
    where something stands against the pair whose mark is not in `read`. `selection` is what the case counts as
    (random only where its ticket came up), `due_on` is asked for where that of the published month has passed.
    """
    reason = demand_reason(reason, "for this override")
    wanted, act = Wanted(case, auditor, reason, selection, read, due_on), Act(by, at, today)
    with transaction.atomic():
        cycle = locked(cycle)
        if why := why_nothing_can_be_added(cycle):
            raise CycleError(why)
        draw = with_head(cycle.draws.order_by("-number"))[0]
        publishing.lock_cases([case.pk])
        wanted = replace(wanted, case=Case.objects.select_related("team__service", "worker").get(pk=case.pk))
        _refuse(cycle, draw, wanted, act=act)
        stands = _read_first(cycle, draw, wanted, today=act.today)
        if cycle.status == Status.PROPOSED:
            return _write_down(draw, wanted, stands=stands, act=act)
        return _give(cycle, draw, wanted, stands=stands, act=act)


def why_nothing_can_be_added(cycle: Cycle) -> str:
    """Why no case can be given by hand in this month, in a sentence; empty where one can."""
    if cycle.status in {Status.PROPOSED, Status.PUBLISHED}:
        return ""
    state = "is closed" if cycle.status == Status.CLOSED else "has no draw yet"
    return f"{in_words(cycle)} {state}, so nothing can be added to it."


def _refuse(cycle: Cycle, draw: Draw, wanted: Wanted, *, act: Act) -> None:
    """Raises CycleError where the pair is out of the question, whatever the reason."""
    _refuse_auditor(wanted.case, wanted.auditor, today=act.today)
    _refuse_supervisor(cycle, wanted, today=act.today)
    _refuse_case(cycle, draw, wanted.case, today=act.today)
    _refuse_selection(draw, wanted)


def _refuse_auditor(case: Case, auditor: User, *, today: date) -> None:
    audits = auditor.can(Permission.AUDIT) or bool(auditor.audits_as_rule)
    if not (audits and working(auditor, today=today)):
        raise CycleError(f"{auditor} does not audit.", field="auditor")
    if case.worker_id == auditor.pk:
        raise CycleError(
            f"{auditor} is the worker of case {case.reference}, and nobody audits their own work.", field="auditor"
        )
    if team_manager_of(case.team_id, today=today) == auditor:
        raise CycleError(
            f"{auditor} manages the team that holds case {case.reference}, and would answer their own audit.",
            field="auditor",
        )


def _refuse_supervisor(cycle: Cycle, wanted: Wanted, *, today: date) -> None:
    """A learner's supervisor reads the case with them, so it cannot be the supervisor's own work either (P4)."""
    case, auditor = wanted.case, wanted.auditor
    supervisor = pool.supervisors_of(cycle, [auditor], today=today)[auditor.pk]
    if supervisor is not None and supervisor.pk == case.worker_id:
        raise CycleError(
            f"{auditor} is still learning, and {supervisor}, who supervises them, is the worker of case "
            f"{case.reference}.",
            field="auditor",
        )


def _refuse_case(cycle: Cycle, draw: Draw, case: Case, *, today: date) -> None:
    if case.closed_on is not None and case.closed_on <= today:
        raise CycleError(f"Case {case.reference} is closed.", field="case")
    if cycle.status == Status.PROPOSED:
        _refuse_drawn_already(draw, case)
    _refuse_given_already(cycle, draw, case)


def _refuse_drawn_already(draw: Draw, case: Case) -> None:
    auditors = [int(pair["auditor_id"]) for pair in draw.result["pairs"] if pair["case_id"] == str(case.pk)]
    auditors += draw.overrides.filter(case=case, taken_back_at__isnull=True).values_list("auditor", flat=True)
    if auditors:
        who = User.objects.get(pk=auditors[0])
        raise CycleError(f"Case {case.reference} already goes to {who} in draw {draw.number}.", field="case")


def _refuse_given_already(cycle: Cycle, draw: Draw, case: Case) -> None:
    """An audit that was taken back makes room for another, but a draw gives a case only once."""
    if Audit.objects.filter(case=case, month=cycle.month).exclude(status__in=SET_ASIDE).exists():
        raise CycleError(f"Case {case.reference} was already given to somebody in {in_words(cycle)}.", field="case")
    given = Allocation.objects.filter(draw=draw, case=case).select_related("audit").first()
    if given is not None:
        raise CycleError(
            f"Case {case.reference} was given out in {in_words(cycle)} as audit {given.audit.reference}, which is "
            f"{given.audit.get_status_display().lower()}. A draw gives a case once, so it must wait for another month.",
            field="case",
        )


def _refuse_selection(draw: Draw, wanted: Wanted) -> None:
    if wanted.selection not in {AS_DRAWN, *BY_CHOICE}:
        raise CycleError("Choose what the case counts as.", field="selection")
    if wanted.selection == AS_DRAWN and not came_up(draw, wanted.case.pk):
        raise CycleError(
            f"Case {wanted.case.reference} did not come up in draw {draw.number}, so it cannot count as drawn. "
            "Say why it was chosen.",
            field="selection",
        )


def came_up(draw: Draw, case_id: int) -> str:
    """The lot in which a case's ticket came up without an auditor for it; empty where it did not come up.

    Giving such a case by hand is no choice of a case. That goes for the next ones too where a draw stopped short of
    its target because nobody could take them: its record names as many as are missing. Any other that waits in the
    reserve did not come up: whoever picks it by hand chooses it.
    """
    result, key = draw.result, str(case_id)
    passed_over = {each["case_id"]: each["lot"] for each in result["passed_over"]}
    blocked = key in (result["shortfall"] or {}).get("blocking_cases", ())
    drawn = any(pair["case_id"] == key for pair in result["pairs"])
    return passed_over.get(key) or (publishing.RANDOM_LOT if blocked and not drawn else "")


def _mark(wanted: Wanted, reasons: list[str]) -> str:
    """Stands for these reasons about this pair, so that a tick for one pair does not count for another."""
    return sha256("\n".join([str(wanted.case.pk), str(wanted.auditor.pk), *reasons]).encode()).hexdigest()


def _read_first(cycle: Cycle, draw: Draw, wanted: Wanted, *, today: date) -> list[str]:
    """What stands against the pair, once it was read. Raises StandsAgainst before."""
    pair = ByHand(wanted.case, wanted.auditor, _counts_as(draw, wanted))
    (stands,) = against(cycle, [pair], today=today)
    stands += _past_places(cycle, draw, wanted, today)
    if stands and wanted.read != (mark := _mark(wanted, stands)):
        raise StandsAgainst(stands, mark=mark)
    return stands


def _past_places(cycle: Cycle, draw: Draw, wanted: Wanted, today: date) -> list[str]:
    """That the auditor has no place left for the case, in a sentence; empty where they have."""
    auditor = wanted.auditor
    places = standings(cycle, [auditor], today=today)[auditor.pk].places
    words = full_places.past_places(full_places.has_now(cycle, draw, auditor.pk), places)
    return [words] if words else []


def _counts_as(draw: Draw, wanted: Wanted) -> str:
    if wanted.selection != AS_DRAWN:
        return wanted.selection
    random = came_up(draw, wanted.case.pk) == publishing.RANDOM_LOT
    return publishing.random_selection(draw.cycle) if random else Selection.RE_AUDIT


def _write_down(draw: Draw, wanted: Wanted, *, stands: list[str], act: Act) -> Override:
    made = Override.objects.create(
        draw=draw,
        case=wanted.case,
        auditor=wanted.auditor,
        selection=_counts_as(draw, wanted),
        reason=wanted.reason,
        against=stands,
        by=act.by,
        at=act.at,
    )
    detail = {"number": draw.number, "case": wanted.case.pk, "auditor": wanted.auditor.pk, "against": stands}
    about = messages.about_cycle(draw.cycle)
    activity.record("added an override to the draw", target=about, by=act.by, at=act.at, **detail)
    return made


def of_cycle(cycle: Cycle) -> QuerySet[Override]:
    """Every override of a month's draws, taken back or not."""
    found = Override.objects.filter(draw__cycle=cycle)
    return found.select_related("draw__cycle", "case", "auditor", "by").defer("draw__inputs")


def take_back(override: Override, *, by: User, at: datetime) -> Override:
    """Take an override back before its draw is published; it stays on record.

    Raises CycleError where it is taken back or published already, or belongs to an earlier draw.
    """
    with transaction.atomic():
        cycle = locked(override.draw.cycle)
        override = (
            Override.objects.select_for_update()
            .select_related("draw", "case")
            .defer("draw__inputs")
            .get(pk=override.pk)
        )
        if override.taken_back_at is not None:
            raise CycleError("This override is taken back already.")
        if cycle.status != Status.PROPOSED or override.draw.number != cycle.draws.count():
            raise CycleError("Only an override of the draw that waits to be published can be taken back.")
        override.taken_back_at = at
        override.save(update_fields=["taken_back_at"])
        detail = {"number": override.draw.number, "case": override.case_id, "auditor": override.auditor_id}
        about = messages.about_cycle(cycle)
        activity.record("took back an override", target=about, by=by, at=at, **detail)
    return override


def needs_due_date(cycle: Cycle, *, today: date) -> bool:
    """Whether an audit given by hand today needs a due date of its own, because that of its month has passed."""
    return cycle.status == Status.PUBLISHED and cycle.due_on is not None and cycle.due_on <= today


def _due_on(cycle: Cycle, wanted: Wanted, *, today: date) -> date:
    """Raises CycleError where the month's due date has passed and no better one is given."""
    if cycle.due_on is not None and not needs_due_date(cycle, today=today):
        return cycle.due_on
    if wanted.due_on is None:
        passed = f" ({day_in_words(cycle.due_on)})" if cycle.due_on else ""
        words = f"The due date of {in_words(cycle)}{passed} has passed. Give this audit a due date of its own."
        raise CycleError(words, field="due_on")
    if wanted.due_on <= today:
        raise CycleError("The due date must be after today.", field="due_on")
    if not is_working_day(wanted.due_on, holidays=holiday_set(wanted.due_on, wanted.due_on)):
        raise CycleError("The due date must be a working day.", field="due_on")
    return wanted.due_on


def _give(cycle: Cycle, draw: Draw, wanted: Wanted, *, stands: list[str], act: Act) -> Allocation:
    selection, case_id = _counts_as(draw, wanted), wanted.case.pk
    earlier = looked_at_again([case_id]) if selection == Selection.RE_AUDIT else {}
    giving = Giving(
        wanted.case,
        wanted.auditor,
        selection,
        publishing.next_number(cycle.month),
        _due_on(cycle, wanted, today=act.today),
        reason=wanted.reason,
        supervisor=pool.supervisors_of(cycle, [wanted.auditor], today=act.today)[wanted.auditor.pk],
        re_audit_of=earlier.get(case_id),
    )
    (audit,) = publishing.give(cycle, [giving], act=act)
    stratum = stratum_by_hand(draw, selection=selection, case_id=case_id)
    allocation = Allocation.objects.create(
        draw=draw,
        case=wanted.case,
        auditor=wanted.auditor,
        audit=audit,
        origin=Origin.OVERRIDE,
        override_reason=wanted.reason,
        **stratum,
    )
    publishing.tell_everybody(audit, at=act.at, today=act.today)
    about = f"audit:{audit.reference}"
    activity.record("gave a case by override", target=about, by=act.by, at=act.at, against=stands)
    return allocation
