"""What happens in a month after its draw: overrides, swaps, requests, replacements, somebody who leaves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from allocation.changes import exemptions, replacing, swaps
from allocation.models import AuditRequest, Cycle, Swap
from allocation.month_lock import CycleError
from allocation.months import overriding
from audits.models import Audit, Case, Selection, Status
from audits.models.case import CaseQuerySet
from people.models import Absence, User
from people.roles import JobRole

if TYPE_CHECKING:
    from auditportal.demo.history import History

OVERRIDDEN = (11, 6, 1)  # months ago: a case was given by hand
LEFT = 1  # months ago: somebody left with an audit in hand
SWAPPED = (12, 5, 4, 1, 0)
WHY_BY_HAND = {
    Selection.COMPLAINT: "Asked for after a complaint, and nobody else of the group knows this kind of plan.",
    Selection.TARGETED: "The service asked for a second look at how the plan was made.",
}
WHY_NOT = (
    (AuditRequest.Why.SICKNESS, "Off sick until the end of the month."),
    (AuditRequest.Why.CAPACITY, "Two posts in the team are empty and court dates cannot be moved."),
    (AuditRequest.Why.KNOWN, "A relative was on my caseload some years ago."),
)
MOVED_AWAY = "The family moved to another council."
MORE_TIME = "The worker is away until next week, and I want to meet before I grade."


def give_by_hand(history: History, cycle: Cycle, at: datetime, *, selection: str) -> None:
    """An override beside the proposed draw: an auditor and a case of a team that they worked with."""
    draw = cycle.draws.order_by("-number")[0]
    drawn = {int(pair["case_id"]) for pair in draw.result["pairs"]}
    for auditor in User.objects.filter(pk__in={int(pair["auditor_id"]) for pair in draw.result["pairs"]}):
        for case in _known_to(auditor, at).exclude(pk__in=drawn)[:3]:
            if _override(history, cycle, case, auditor, selection, at):
                return


def _known_to(auditor: User, at: datetime) -> CaseQuerySet:
    """Open cases that the auditor's team worked with in the last year, but does not hold."""
    rows = Case.objects.open_on(at.date()).filter(opened_on__lt=at.date() - timedelta(days=60))
    since = at.date() - timedelta(days=365)
    known = rows.filter(involvements__team=auditor.team_id, involvements__ends__gte=since)
    return known.exclude(team=auditor.team_id).exclude(worker=auditor).distinct().order_by("reference")


def _override(history: History, cycle: Cycle, case: Case, auditor: User, selection: str, at: datetime) -> bool:
    """Whether the pair was written down, in spite of a rule that stood against it."""
    wanted: dict[str, Any] = {
        "case": case,
        "auditor": auditor,
        "reason": WHY_BY_HAND[Selection(selection)],
        "selection": selection,
        "by": history.made.psw,
        "at": at,
        "today": at.date(),
    }
    try:
        overriding.override(cycle, **wanted)
    except overriding.StandsAgainst as against:
        overriding.override(cycle, **wanted, read=against.mark)
        return True
    except CycleError:
        return False
    return True


# ------------------------------------------------------------------ requests


def ask_exemption(history: History, audit: Audit, at: datetime) -> AuditRequest:
    """The auditor asks not to have to do it."""
    why, reason = history.rng.choice(WHY_NOT)
    return exemptions.ask_exemption(audit, why=why, reason=reason, by=audit.auditor, at=at, today=at.date())


def ask_extension(history: History, audit: Audit, at: datetime) -> AuditRequest:
    """The auditor asks for four working days more."""
    wanted = history.working_day(audit.due_on, 4)
    return exemptions.ask_extension(
        audit,
        why=AuditRequest.Why.WORKER_AWAY,
        reason=MORE_TIME,
        wanted_due_on=wanted,
        by=audit.auditor,
        at=at,
        today=at.date(),
    )


def answer(request: AuditRequest, at: datetime, *, agreed: bool = True) -> None:
    """Whoever is asked first answers, then whoever comes after, until it is settled."""
    for step in range(2):
        request.refresh_from_db()
        people = exemptions.who_answers(request, today=at.date())
        if not (request.is_open and people):
            return
        comment = "" if agreed else "The audit is short, and there are three weeks left."
        when = at + timedelta(hours=step)
        exemptions.answer(request, agreed=agreed, comment=comment, by=people[0], at=when, today=at.date())


def give_again(history: History, audit: Audit, at: datetime) -> Audit | None:
    """The case of an exempt audit for the next in line, where somebody is free."""
    reason = "The auditor is exempt; the case is still to be audited."
    exempt = Audit.objects.select_related("auditor", "case").get(pk=audit.pk)
    try:
        return replacing.give_again(exempt, reason=reason, by=history.made.psw, at=at, today=at.date())
    except CycleError:
        return None


def replace(history: History, audit: Audit, at: datetime) -> Audit | None:
    """Another case of the reserve in place of one that dropped out; where there is none, it is only taken back."""
    act: dict[str, Any] = {"reason": MOVED_AWAY, "by": history.made.psw, "at": at, "today": at.date()}
    try:
        return replacing.replace_case(audit, **act).audit
    except CycleError:
        replacing.drop(audit, **act)
        return None


# ------------------------------------------------------------------ swaps


def ask_to_swap(audits: list[Audit], at: datetime) -> Swap | None:
    """The first of these auditors who can exchange with somebody asks the first who can; None where nobody can."""
    for audit in audits:
        if swaps.why_not_ask(audit, by=audit.auditor, today=at.date()):
            continue
        for peer in swaps.peers(audit, today=at.date()).eligible:
            if peer.exchanges and not peer.asked:
                return swaps.ask(
                    audit,
                    peer=peer.person,
                    kind=Swap.Kind.EXCHANGE,
                    their_audit=peer.exchanges[0],
                    message="Yours is nearer to my base. Would you swap?",
                    by=audit.auditor,
                    at=at,
                    today=at.date(),
                )
    return None


def swap(audits: list[Audit], at: datetime) -> None:
    """Two auditors exchange audits."""
    asked = ask_to_swap(audits, at)
    if asked is not None:
        when = at + timedelta(hours=1)
        swaps.accept(asked, by=asked.peer, at=when, today=when.date())


# ------------------------------------------------------------------ leaving


def who_leaves(month_audits: list[Audit], *, at: datetime) -> User | None:
    """An auditor without a team of their own who has not begun, so that nothing else depends on them."""
    roles = (JobRole.CP_CHAIR, JobRole.IRO, JobRole.ADVANCED_PRACTITIONER, JobRole.DEPUTY_TEAM_MANAGER)
    waiting = [
        audit.auditor
        for audit in month_audits
        if audit.status == Status.ALLOCATED and audit.auditor.job_role in roles and audit.supervisor_id is None
    ]
    away = set(Absence.objects.filter(ends__gte=at.date()).values_list("user", flat=True))
    found = [person for person in waiting if person.leave_date is None and person.pk not in away]
    return min(found, key=lambda person: (roles.index(JobRole(person.job_role)), person.pk), default=None)


def leave(history: History, person: User, at: datetime) -> None:
    """On the last day, what is not finished goes to the next in line."""
    act: dict[str, Any] = {"by": history.made.psw, "at": at, "today": at.date()}
    for audit in Audit.objects.filter(auditor=person).unfinished().select_related("auditor", "case"):
        try:
            replacing.give_to_next(audit, reason="The auditor left.", **act)
        except CycleError:
            replacing.drop(audit, reason="The auditor left, and nobody is free for it.", **act)
