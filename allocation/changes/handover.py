"""Give an audit to another auditor: who could take it now, what stands against the others, and the change itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction

from allocation import messages
from allocation.changes import swap_messages
from allocation.changes.overtaken import end_open_business, tell_supervisor
from allocation.eligibility.auditor_pool import auditor_pool
from allocation.eligibility.candidates import Candidate, candidates
from allocation.eligibility.ties import KIND_WORDS
from allocation.models import Cycle, Handover, Swap
from allocation.month_lock import CycleError, demand_reason, locked
from allocation.months.publishing import people_told
from audits import co_auditing, meetings
from audits.deadlines import add_months, add_working_days
from audits.models import AT_RANDOM, Audit, Status
from people import activity, mail
from people.holidays import holiday_set
from people.line_management import working
from people.models import User
from people.wording import lowered

Kind = Handover.Kind
PUBLISHED = (Cycle.Status.PUBLISHED, Cycle.Status.CLOSED)
MARGIN = timedelta(days=60)
FRESH_WORKING_DAYS = 10  # what a new auditor gets where the due date is over
NOT_AN_AUDITOR = "is not expected to audit"


def cycle_of(audit: Audit) -> Cycle:
    """The month that an audit belongs to. Raises CycleError where it was given out in no published month."""
    cycle = Cycle.objects.filter(month=audit.month, status__in=PUBLISHED).first()
    if cycle is None:
        raise CycleError(f"Audit {audit.reference} belongs to no published month, so nothing can be changed here.")
    return cycle


def month_is_over(month: date, due_on: date | None, *, today: date) -> bool:
    """Whether a month has passed, and the day its audits were due: what is unfinished of it is carried over (P8)."""
    return today >= add_months(month, 1) and (due_on is None or due_on < today)


def why_case_is_out(audit: Audit, *, today: date) -> str:
    """Why nobody can go on with the case of an audit, in a sentence; empty where somebody can."""
    if audit.case.closed_on is not None and audit.case.closed_on <= today:
        return f"The case of audit {audit.reference} is closed."
    return f"The record of audit {audit.reference} is restricted now." if audit.case.restricted else ""


def may_be_replaced(audit: Audit, *, today: date) -> bool:
    """Whether the reserve of its month stands behind an audit: drawn at random, not replaced yet, the month not over.

    One query at most; which case would come, if any, is asked where it is done.
    """
    if audit.selection not in AT_RANDOM or not (audit.is_unfinished or audit.status == Status.EXEMPT):
        return False
    given_out = Cycle.objects.filter(
        status=Cycle.Status.PUBLISHED, draws__allocations__audit=audit, draws__allocations__replaced_by__isnull=True
    )
    month = given_out.values_list("month", "due_on").first()
    return month is not None and not month_is_over(*month, today=today)


def own_part(audit: Audit, person: User, *, supervisor: User | None = None, known: Collection[str] = ()) -> list[str]:
    """What a person, or who supervises them, was to an audit when it was given out, beside the ties of today.

    `known` are the words of today's ties; what they say already is not said again.
    """
    found = [words for words, today in _part_of(audit, person) if today not in known]
    if supervisor is not None:
        theirs = [words for words, _ in _part_of(audit, supervisor)]
        found += [f"has a supervisor, {supervisor}, who {words}" for words in theirs]
    return found


def _part_of(audit: Audit, person: User) -> list[tuple[str, str]]:
    """What somebody was to an audit on the day it was given out, each with the words for the same tie today."""
    in_team = audit.team_id is not None and audit.team_id == person.team_id
    found = [
        (audit.worker_id == person.pk, "was the worker of this case when it was given out", KIND_WORDS["w"]),
        (audit.team_manager_id == person.pk, "managed this case's team when it was given out", KIND_WORDS["m"]),
        (in_team, "is in the team that held this case when it was given out", KIND_WORDS["t"]),
    ]
    return [(words, today) for holds, words, today in found if holds]


def in_line(audit: Audit, *, today: date, leave_out: Collection[int] = ()) -> list[Candidate]:
    """Everybody in the month's auditor pool in the order in which the portal would choose, with what stands against.

    Those who are free come first. `leave_out` are people's ids; the auditor so far is never among them.
    """
    cycle = cycle_of(audit)
    found = candidates(cycle, audit.case, today=today, leave_out=[*leave_out, audit.auditor_id])
    judged = [_with_own_part(audit, candidate) for candidate in found]
    return sorted(judged, key=lambda candidate: bool(candidate.reasons))


def _with_own_part(audit: Audit, candidate: Candidate) -> Candidate:
    theirs = own_part(audit, candidate.person, supervisor=candidate.supervisor, known=candidate.reasons)
    return replace(candidate, reasons=[*candidate.reasons, *theirs]) if theirs else candidate


def had_it_before(audit: Audit) -> set[int]:
    """Who was given this case this month and does not have it any more: nobody gets it back without asking."""
    earlier = Audit.objects.filter(case=audit.case_id, month=audit.month)
    handed_over = Handover.objects.filter(audit__in=earlier).values_list("from_auditor", flat=True)
    return {*earlier.values_list("auditor", flat=True), *handed_over}


def why_not_move(audit: Audit, *, kind: str, today: date) -> str:
    """Why an audit cannot go to somebody else in this way, in a sentence; empty where it can."""
    if not audit.is_unfinished:
        return f"Audit {audit.reference} is {audit.get_status_display().lower()}, so it cannot go to somebody else."
    out = why_case_is_out(audit, today=today)
    if kind == Kind.REPLACEMENT:
        return f"{out} Take the audit back: nobody else is given it." if out else ""
    if audit.status != Status.ALLOCATED:
        return f"Audit {audit.reference} has been begun. Only audits that nobody has begun can be swapped."
    if audit.due_on < today:
        return f"Audit {audit.reference} is past its due date, so it cannot be swapped any more."
    if out:
        return f"The case of audit {audit.reference} has closed or is restricted. Ask your principal social worker."
    return ""


def demand_free(audit: Audit, person: User, *, today: date, exchange: bool = False) -> Candidate:
    """The person as somebody who may take this audit now. Raises CycleError with what stands against it.

    In an exchange for one of theirs an exemption from another audit is no bar: they end with as many as before.
    """
    found = next((each for each in in_line(audit, today=today) if each.person.pk == person.pk), None)
    if found is None:
        out = {each.pk: why for each, why in auditor_pool(cycle_of(audit), today=today).kept_out}
        why = out.get(person.pk, NOT_AN_AUDITOR)
        raise CycleError(f"{person} cannot take audit {audit.reference}: {lowered(why)}.")
    against = found.bound if exchange else found.reasons
    if against:
        raise CycleError(f"{person} cannot take audit {audit.reference}: {', '.join(against)}.")
    return found


def due_on_for(audit: Audit, *, today: date) -> date:
    """When a new auditor has to be done: the audit's own due date, or a fresh one where that has come."""
    if audit.due_on > today:
        return audit.due_on
    return add_working_days(today, FRESH_WORKING_DAYS, holidays=holiday_set(today, today + MARGIN))


def change_auditor(
    audit: Audit,
    *,
    to: User,
    kind: str,
    by: User | None,
    at: datetime,
    today: date,
    swap: Swap | None = None,
    reason: str = "",
) -> Audit:
    """Give an audit to somebody else, who must be free to take it; what was typed stays. Returns it as it now is.

    A swap moves only what nobody has begun and is not past its due date; a replacement, with a reason, moves any
    unfinished audit, and gives a fresh due date where the old one has come. Everybody concerned is told; open
    requests about the audit and other swaps asked for it end. Raises CycleError where it is not allowed.
    """
    if kind == Kind.REPLACEMENT:
        reason = demand_reason(reason, "for giving it to somebody else")
    with transaction.atomic():
        locked(cycle_of(audit))
        now = lock_audits(audit.pk)[audit.pk]
        if why := why_not_move(now, kind=kind, today=today):
            raise CycleError(why)
        exchange = swap is not None and swap.their_audit_id is not None
        taker = demand_free(now, to, today=today, exchange=exchange)
        before, with_before = now.auditor, now.supervisor
        now.auditor, now.supervisor = taker.person, taker.supervisor
        now.due_on = due_on_for(now, today=today) if kind == Kind.REPLACEMENT else now.due_on
        now.save(update_fields=["auditor", "supervisor", "due_on", *co_auditing.forget(now), "updated_at"])
        handover = Handover.objects.create(
            audit=now, from_auditor=before, to_auditor=to, kind=kind, swap=swap, reason=reason, by=by, at=at
        )
        end_open_business(now, by=by, at=at, keep=swap)
        meetings.overtake(now, why=meetings.WHY_HANDED_OVER, by=by, at=at)
        _tell(handover, change=_record(handover), at=at, today=today)
        if with_before is not None and with_before != now.supervisor:
            tell_supervisor(now, with_before, by=by, at=at)
    return now


def _record(handover: Handover) -> int:
    """Write a handover into the activity; returns the number of its row."""
    detail = {"from": handover.from_auditor_id, "to": handover.to_auditor_id, "kind": str(handover.kind)}
    about = f"audit:{handover.audit.reference}"
    done = activity.record("gave the audit to another auditor", target=about, by=handover.by, at=handover.at, **detail)
    return done.pk


def lock_audits(*ids: int | None) -> dict[int, Audit]:
    """These audits as they are now, locked to the end of the transaction, always in the same order."""
    rows = Audit.objects.select_for_update(of=("self",)).filter(pk__in=[each for each in ids if each is not None])
    rows = rows.select_related(
        "auditor", "supervisor", "worker", "team_manager", "case__team", "case__worker"
    ).order_by("pk")
    return {audit.pk: audit for audit in rows}


def _tell(handover: Handover, *, change: int, at: datetime, today: date) -> None:
    """The new auditor; the old one, unless the mail about the accepted swap says so; the worker and the manager."""
    swap, before = handover.swap, handover.from_auditor
    audit = handover.audit
    swap_messages.now_yours(handover, at=at)
    if audit.supervisor is not None:
        mail.queue_many([messages.case_supervised(audit, supervisor=audit.supervisor, at=at, change=change)])
    asked = swap is not None and swap.asked_by_id == before.pk
    if working(before, today=today) and not asked:
        swap_messages.no_longer_yours(handover, at=at)
    for person in people_told(audit, today=today):
        if person.pk != before.pk:
            swap_messages.auditor_changed(handover, person=person, at=at)
