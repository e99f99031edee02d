"""Replace a case from the reserve, take one back, give one to the next auditor in line: nothing is picked by hand.

What would happen is worked out first, in a plan that the page shows; the change works it out again under the month's
lock and refuses where it would come out otherwise than the person was shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists

from allocation.changes.handover import (
    change_auditor,
    cycle_of,
    due_on_for,
    had_it_before,
    in_line,
    lock_audits,
    month_is_over,
    why_not_move,
)
from allocation.eligibility.auditor_pool import NO_SUPERVISOR, NOT_SIGNED_OFF, supervisor_of, why_not_available
from allocation.eligibility.candidates import Candidate, candidates
from allocation.eligibility.pool import why_out
from allocation.eligibility.ties import Ties, ties_of
from allocation.models import Allocation, Cycle, Draw, Handover, Origin
from allocation.month_lock import CycleError, demand_reason, in_words, locked
from allocation.months.publishing import Act, give, lock_cases, next_number, tell_everybody
from allocation.record.weights import weight_in_draw
from audits import setting_aside
from audits.allocating import Giving
from audits.models import AT_RANDOM, SET_ASIDE, Audit, Case, Status
from audits.workflow import WorkflowError
from people import activity
from people.line_management import working
from people.models import Absence, User
from people.wording import lowered

ANOTHER = "Another choice would be made now than the one you were shown. Look at it again."


@dataclass(frozen=True)
class ReservePlan:
    """What comes from the reserve in place of a case, and which cases before it in line do not, with the reason."""

    why_not: str = ""  # why nothing can come in its place, in a sentence
    instead: Audit | None = None  # what came in its place before
    case: Case | None = None
    auditor: User | None = None
    supervisor: User | None = None
    due_on: date | None = None
    passed_over: tuple[tuple[Case, str], ...] = ()
    behind: int = 0  # how many wait behind it


@dataclass(frozen=True)
class GivingPlan:
    """Who gets an audit next, and who else was looked at, in order."""

    why_not: str = ""
    chosen: Candidate | None = None
    due_on: date | None = None
    others_free: tuple[Candidate, ...] = ()
    bound: tuple[Candidate, ...] = ()
    had_it: int = field(default=0)  # how many were left out because they had it before


# ------------------------------------------------------------------ from the reserve


def plan_replacement(audit: Audit, *, today: date) -> ReservePlan:
    """What replace_case would do now. The same auditor gets the next case of the same stratum that they may take.

    Where they cannot audit any more, or are exempt, the next case goes to the first auditor in line who is free.
    """
    allocation = _allocation_of(audit)
    cycle = cycle_of(audit)
    if allocation is None:
        return ReservePlan(why_not=f"Audit {audit.reference} was not given out by a draw, so it has no reserve.")
    if hasattr(allocation, "replaced_by"):
        instead = allocation.replaced_by.audit
        return ReservePlan(f"Audit {instead.reference} came in the place of audit {audit.reference}.", instead)
    if refusal := _why_no_reserve(audit, cycle, today=today):
        return ReservePlan(why_not=refusal)
    left = _left_in_reserve(allocation)
    out = why_out(cycle, [case.pk for case in left], today=today)
    ties = ties_of(cycle, [case.pk for case in left])
    stays = _still_audits(audit, cycle, today=today)
    passed_over: list[tuple[Case, str]] = []
    for number, case in enumerate(left, 1):
        why, auditor, supervisor = _match(audit, cycle, case, out, ties, stays=stays, today=today)
        if not why:
            due_on = due_on_for(_as_if_due(audit, cycle), today=today)
            return ReservePlan("", None, case, auditor, supervisor, due_on, tuple(passed_over), len(left) - number)
        passed_over.append((case, why))
    words = "No case waits in the reserve" if not left else "No case in the reserve can take its place"
    return ReservePlan(why_not=f"{words} for this one.", passed_over=tuple(passed_over))


def _why_no_reserve(audit: Audit, cycle: Cycle, *, today: date) -> str:
    if not (audit.is_unfinished or audit.status == Status.EXEMPT):
        return f"Audit {audit.reference} is {audit.get_status_display().lower()}, so nothing comes in its place."
    if audit.selection not in AT_RANDOM:
        kind = audit.get_selection_display().lower()
        return f"The reserve is for cases drawn at random; this one ({kind}) has none behind it."
    if cycle.status != Cycle.Status.PUBLISHED:
        return f"{in_words(cycle)} is closed, so no other case can be added to it."
    if month_is_over(cycle.month, cycle.due_on, today=today):
        return f"{in_words(cycle)} is over, so no other case is added to it."
    return ""


def _allocation_of(audit: Audit) -> Allocation | None:
    rows = Allocation.objects.select_related("draw__cycle", "replaced_by__audit").defer("draw__inputs")
    return rows.filter(audit=audit).first()


def _left_in_reserve(allocation: Allocation) -> list[Case]:
    """The reserve of the allocation's stratum in the order of the tickets, without what has been given out since."""
    draw: Draw = allocation.draw
    ids = [int(each["case_id"]) for each in draw.result["reserve"] if each["stratum"] == allocation.stratum]
    given = set(Allocation.objects.filter(draw=draw, case__in=ids).values_list("case", flat=True))
    rows = Case.objects.select_related("team__service", "worker").in_bulk([pk for pk in ids if pk not in given])
    return [rows[pk] for pk in ids if pk in rows]


def _still_audits(audit: Audit, cycle: Cycle, *, today: date) -> bool:
    """Whether the auditor could do another case in its place: works here until it is due, is not away or exempt, and
    may audit with the month's template."""
    person, until = audit.auditor, max(audit.due_on, today)
    stays = working(person, today=today) and (person.leave_date is None or person.leave_date > until)
    away = Absence.objects.filter(user=person, starts__lte=today, ends__gte=until).exists()
    able = stays and not away and audit.status != Status.EXEMPT
    return able and not _not_competent(cycle, person, today=today)


def _not_competent(cycle: Cycle, person: User, *, today: date) -> bool:
    """Whether the person is not signed off, nor learning with somebody who can go along, where the rules ask it (P4).

    Their places and rota group do not matter here: the case comes in the place of one that they have.
    """
    if cycle.template_version is None:
        return False
    not_signed_off = NOT_SIGNED_OFF.format(template=cycle.template_version.template.name)
    return not {NO_SUPERVISOR, not_signed_off}.isdisjoint(why_not_available(cycle, person, today=today))


def _match(
    audit: Audit,
    cycle: Cycle,
    case: Case,
    out: dict[int, str],
    ties: dict[int, Ties],
    *,
    stays: bool,
    today: date,
) -> tuple[str, User | None, User | None]:
    """Why a case of the reserve cannot be taken, or who takes it, with the supervisor of somebody still learning."""
    if case.pk in out:
        return lowered(out[case.pk]), None, None
    if stays:
        supervisor = supervisor_of(cycle, audit.auditor, today=today)
        bound = ties.get(case.pk, Ties()).reasons(audit.auditor, supervisor)
        return (f"{audit.auditor} {bound[0]}" if bound else ""), audit.auditor, supervisor
    line = candidates(cycle, case, today=today, leave_out=[audit.auditor_id])
    free = next((each for each in line if each.is_free), None)
    return ("", free.person, free.supervisor) if free else ("no auditor is free for it", None, None)


def _as_if_due(audit: Audit, cycle: Cycle) -> Audit:
    """The audit with the later of its own due date and the month's, for the date of what replaces it."""
    return Audit(due_on=max(audit.due_on, cycle.due_on or audit.due_on))


def replace_case(
    audit: Audit, *, reason: str, by: User, at: datetime, today: date, expected: int | None = None
) -> Allocation:
    """Take a case back and give the next of the reserve in its place; an exempt audit stays exempt.

    `expected` is the case that the person was shown. Those passed over stand in the activity with the reason. Raises
    CycleError without a reason, where the reserve has nothing (then `drop` takes it back), where another case would
    come now, and for an audit that is submitted or set aside.
    """
    reason = demand_reason(reason, "for replacing this case")
    act = Act(by, at, today)
    with transaction.atomic():
        cycle = locked(cycle_of(audit))
        _lock_reserve(audit)
        audit = lock_audits(audit.pk)[audit.pk]
        plan = plan_replacement(audit, today=today)
        if plan.case is None or plan.auditor is None:
            instead = " Take the audit back without a replacement." if audit.is_unfinished else ""
            raise CycleError(f"{plan.why_not}{instead}")
        if expected is not None and expected != plan.case.pk:
            raise CycleError(ANOTHER)
        before = _allocation_of(audit)
        assert before is not None  # the plan says so
        _set_aside(audit, reason=reason, act=act)
        made = _give_instead(cycle, before, plan, reason=reason, act=act)
        detail = {
            "instead": made.audit.reference,
            "passed over": [[case.reference, why] for case, why in plan.passed_over],
        }
        activity.record("replaced from the reserve", target=f"audit:{audit.reference}", by=by, at=at, **detail)
    return made


def _lock_reserve(audit: Audit) -> None:
    """Keep other months from giving out what waits behind an audit while the next of it is chosen."""
    allocation = _allocation_of(audit)
    if allocation is not None:
        lock_cases([case.pk for case in _left_in_reserve(allocation)])


def _give_instead(cycle: Cycle, before: Allocation, plan: ReservePlan, *, reason: str, act: Act) -> Allocation:
    assert plan.case is not None
    assert plan.auditor is not None
    assert plan.due_on is not None
    giving = Giving(
        plan.case,
        plan.auditor,
        before.audit.selection,
        next_number(cycle.month),
        plan.due_on,
        reason=reason,
        supervisor=plan.supervisor,
    )
    weight = weight_in_draw(before.draw, stratum=before.stratum, case_id=plan.case.pk)
    return _allocate(cycle, before, giving, origin=Origin.RESERVE, weight=weight, act=act)


def _allocate(
    cycle: Cycle, before: Allocation, giving: Giving, *, origin: str, weight: Decimal | None, act: Act
) -> Allocation:
    (audit,) = give(cycle, [giving], act=act)
    made = Allocation.objects.create(
        draw=before.draw,
        case=giving.case,
        auditor=giving.auditor,
        audit=audit,
        origin=origin,
        replaces=before,
        stratum=before.stratum,
        weight=weight,
    )
    tell_everybody(audit, at=act.at, today=act.today)
    return made


# ------------------------------------------------------------------ taking back


def drop(audit: Audit, *, reason: str, by: User, at: datetime, today: date) -> Audit:
    """Take an audit back with nothing in its place. Raises CycleError without a reason, or once it is submitted."""
    reason = demand_reason(reason, "for taking it back")
    with transaction.atomic():
        locked(cycle_of(audit))
        audit = lock_audits(audit.pk)[audit.pk]
        if not audit.is_unfinished:
            raise CycleError(f"Audit {audit.reference} is {audit.get_status_display().lower()} already.")
        _set_aside(audit, reason=reason, act=Act(by, at, today))
        activity.record("took the audit back", target=f"audit:{audit.reference}", by=by, at=at)
    return Audit.objects.get(pk=audit.pk)


def _set_aside(audit: Audit, *, reason: str, act: Act) -> None:
    """Withdraw an unfinished audit and tell whom it concerned; one that is exempt stays so, everybody knows."""
    if not audit.is_unfinished:
        return
    try:
        setting_aside.set_aside(audit, "withdraw", reason=reason, by=act.by, at=act.at, today=act.today)
    except WorkflowError as error:
        raise CycleError(str(error)) from error


# ------------------------------------------------------------------ to the next in line


def plan_giving(audit: Audit, *, today: date) -> GivingPlan:
    """Who would get an audit (or, where it is exempt, its case) next: the first in line who is free for it."""
    cycle = cycle_of(audit)
    if why := _why_not_give(audit, cycle, today=today):
        return GivingPlan(why_not=why)
    had_it = had_it_before(audit)
    line = in_line(audit, today=today, leave_out=had_it)
    free = [candidate for candidate in line if not candidate.reasons]
    bound = tuple(candidate for candidate in line if candidate.reasons)
    if not free:
        why = f"Nobody among the auditors of {in_words(cycle)} is free to take audit {audit.reference}."
        return GivingPlan(why_not=why, bound=bound, had_it=len(had_it))
    due_on = due_on_for(audit if audit.is_unfinished else _as_if_due(audit, cycle), today=today)
    return GivingPlan("", free[0], due_on, tuple(free[1:]), bound, len(had_it))


def _why_not_give(audit: Audit, cycle: Cycle, *, today: date) -> str:
    if audit.is_unfinished:
        return why_not_move(audit, kind=Handover.Kind.REPLACEMENT, today=today)
    if audit.status != Status.EXEMPT:
        return f"Audit {audit.reference} is {audit.get_status_display().lower()}, so nobody else can be given it."
    allocation = _allocation_of(audit)
    if allocation is None:
        return f"Audit {audit.reference} was not given out by a draw, so its case cannot be given out again here."
    if hasattr(allocation, "replaced_by"):
        return f"It has been given out again already, as audit {allocation.replaced_by.audit.reference}."
    if cycle.status != Cycle.Status.PUBLISHED:
        return f"{in_words(cycle)} is closed, so its case cannot be given out again."
    out = why_out(cycle, [audit.case_id], today=today, set_lots=_set_lot(audit))
    if audit.case_id in out:
        return f"Case {audit.case.reference} can no longer be audited: {lowered(out[audit.case_id])}."
    return ""


def can_be_given_again(audit: Audit) -> bool:
    """Whether this is an exempt audit of a published month whose case nobody has, so that somebody could get it.

    One query of an exempt audit, none of others; whether the case can still be audited is asked where it is done.
    """
    if audit.status != Status.EXEMPT:
        return False
    others = Audit.objects.filter(case=audit.case_id, month=audit.month).exclude(status__in=SET_ASIDE)
    drawn = Allocation.objects.filter(audit=audit, replaced_by__isnull=True)
    return drawn.filter(~Exists(others), draw__cycle__status=Cycle.Status.PUBLISHED).exists()


def _set_lot(audit: Audit) -> list[int]:
    """The case where it need not rest after its last audit, because it was not drawn at random."""
    return [] if audit.selection in AT_RANDOM else [audit.case_id]


def give_to_next(
    audit: Audit, *, reason: str, by: User, at: datetime, today: date, expected: int | None = None
) -> Audit:
    """Give an unfinished audit to the first auditor in line who is free; what was typed stays. Returns it.

    `expected` is the person that was shown. Raises CycleError without a reason, where nobody is free, where somebody
    else would be first now, and for an audit that is submitted or set aside.
    """
    with transaction.atomic():
        locked(cycle_of(audit))
        audit = lock_audits(audit.pk)[audit.pk]
        if not audit.is_unfinished:
            raise CycleError(f"Audit {audit.reference} is {audit.get_status_display().lower()}.")
        chosen = _chosen(plan_giving(audit, today=today), expected)
        kind = Handover.Kind.REPLACEMENT
        return change_auditor(audit, to=chosen.person, kind=kind, reason=reason, by=by, at=at, today=today)


def give_again(audit: Audit, *, reason: str, by: User, at: datetime, today: date, expected: int | None = None) -> Audit:
    """Give the case of an exempt audit to the first auditor in line who is free, as a new audit; the old one stays.

    An unfinished audit is handed over as it is. Returns the audit that somebody has to do now. Raises CycleError as
    give_to_next does, and where the case can no longer be audited or was given out again already.
    """
    if audit.is_unfinished:
        return give_to_next(audit, reason=reason, by=by, at=at, today=today, expected=expected)
    reason = demand_reason(reason, "for giving it out again")
    with transaction.atomic():
        cycle = locked(cycle_of(audit))
        lock_cases([audit.case_id])
        audit = lock_audits(audit.pk)[audit.pk]
        plan = plan_giving(audit, today=today)
        chosen = _chosen(plan, expected)
        before = _allocation_of(audit)
        assert before is not None  # the plan says so
        giving = _again(audit, plan, chosen, reason)
        made = _allocate(cycle, before, giving, origin=Origin.AGAIN, weight=before.weight, act=Act(by, at, today))
        detail = {"instead": made.audit.reference, "to": chosen.person.pk}
        activity.record("gave the case out again", target=f"audit:{audit.reference}", by=by, at=at, **detail)
    return made.audit


def _again(audit: Audit, plan: GivingPlan, chosen: Candidate, reason: str) -> Giving:
    assert plan.due_on is not None  # somebody was chosen
    return Giving(
        audit.case,
        chosen.person,
        audit.selection,
        next_number(audit.month),
        plan.due_on,
        reason=reason,
        supervisor=chosen.supervisor,
        re_audit_of=audit.re_audit_of,
    )


def _chosen(plan: GivingPlan, expected: int | None) -> Candidate:
    if plan.chosen is None:
        raise CycleError(plan.why_not)
    if expected is not None and expected != plan.chosen.person.pk:
        raise CycleError(ANOTHER)
    return plan.chosen
