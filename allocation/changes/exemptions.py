"""Exemptions and extensions: the auditor asks, the line manager answers first, then the programme (P5, P6).

Whatever is decided is decided under the month's lock and the locks of the audit and the request, so that two people
who answer at once do not both count, and nobody is chased once an exemption is agreed (R18).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from allocation.changes import request_messages
from allocation.changes.overtaken import settle_requests
from allocation.changes.request_counts import counts_by_why as counts_by_why  # for reports
from allocation.eligibility import rules
from allocation.models import AuditRequest, RequestDecision
from allocation.models.request import AuditRequestQuerySet
from allocation.month_lock import CycleError, demand_reason, lock_month
from audits.deadlines import add_months, is_working_day
from audits.models import Audit, Involvement
from audits.workflow import WorkflowError, move
from people import activity
from people.form_fields import day_in_words
from people.holidays import holiday_set
from people.line_management import manager_above, working
from people.models import User
from people.roles import Permission, roles_with

Kind, Why, State, Stage = AuditRequest.Kind, AuditRequest.Why, AuditRequest.State, RequestDecision.Stage
MONTHS_LATER = 3  # the furthest an extension may reach: later than that is a slip of the pen, or no audit of this month
DECLARED = "declared"  # the role of an involvement that an auditor told of
SETTLED_WORDS = {State.AGREED: "agreed to", State.REFUSED: "said no to", State.WITHDRAWN: "taken back"}


@dataclass(frozen=True)
class Act:
    """Who acts, and when."""

    by: User
    at: datetime
    today: date


# ------------------------------------------------------------------ asking


def ask_exemption(audit: Audit, *, why: str, reason: str, by: User, at: datetime, today: date) -> AuditRequest:
    """Ask not to have to do an audit (P5, source 000 §2.17). Until somebody agrees it stays due as it is.

    Raises CycleError for another person's audit, one that is not unfinished, a second request, and without a reason.
    """
    return _ask(audit, kind=Kind.EXEMPTION, why=why, reason=reason, wanted_due_on=None, act=Act(by, at, today))


def ask_extension(
    audit: Audit, *, why: str, reason: str, wanted_due_on: date, by: User, at: datetime, today: date
) -> AuditRequest:
    """Ask for a later due date (P6). Raises CycleError as ask_exemption, and for a date that cannot be."""
    return _ask(audit, kind=Kind.EXTENSION, why=why, reason=reason, wanted_due_on=wanted_due_on, act=Act(by, at, today))


def _ask(audit: Audit, *, kind: str, why: str, reason: str, wanted_due_on: date | None, act: Act) -> AuditRequest:
    if why not in Why.values:
        raise CycleError("Choose the reason that fits best.", field="why")
    if kind == Kind.EXTENSION and why == Why.KNOWN:
        raise CycleError(
            "More time does not help where you or your team know the family. Ask for an exemption.", field="kind"
        )
    with transaction.atomic():
        audit = _locked_audit(audit)
        if refusal := why_not_ask(audit, by=act.by):
            raise CycleError(refusal)
        reason = demand_reason(reason, "why you ask")
        if wanted_due_on is not None:
            _refuse_date(audit, wanted_due_on, today=act.today)
        settle_requests(audit, by=act.by, at=act.at)  # what its auditor before had asked
        line_manager = first_to_answer(act.by, today=act.today)
        request = AuditRequest.objects.create(
            audit=audit,
            kind=kind,
            why=why,
            reason=reason,
            wanted_due_on=wanted_due_on,
            due_on_before=audit.due_on,
            asked_by=act.by,
            asked_at=act.at,
            line_manager=line_manager,
            state=State.WITH_LINE_MANAGER if line_manager else State.WITH_PROGRAMME,
        )
        _record(f"asked for an {request.kind}", request, act)
        _tell_who_answers(request, act)
    return request


def why_not_ask(audit: Audit, *, by: User) -> str:
    """Why this person cannot ask anything about an audit now, in a sentence; empty where they can."""
    if audit.auditor_id != by.pk:
        return "Only its auditor can ask for more time or an exemption."
    if not audit.is_unfinished:
        return f"Audit {audit.reference} is {audit.get_status_display().lower()}, so there is nothing to ask for."
    if open_request(audit) is not None:
        return "You have asked already. Wait for the answer, or take your request back first."
    return ""


def _locked_audit(audit: Audit) -> Audit:
    """The audit as it is now, locked after its month to the end of the transaction."""
    lock_month(audit.month)
    return Audit.objects.select_for_update(of=("self",)).select_related("auditor").get(pk=audit.pk)


def _refuse_date(audit: Audit, wanted: date, *, today: date) -> None:
    """Raises CycleError for a new due date not later than the present one and today, far beyond both, a day off, or one
    on which its auditor has left."""
    leaves = audit.auditor.leave_date
    if wanted <= audit.due_on:
        raise CycleError(f"The new date must be after {day_in_words(audit.due_on)}.", field="wanted_due_on")
    if wanted <= today:
        raise CycleError("The new date must be after today.", field="wanted_due_on")
    if leaves is not None and wanted >= leaves:
        words = f"{audit.auditor} leaves on {day_in_words(leaves)}, so the new date must be before that."
        raise CycleError(f"{words} What cannot be done by then needs an exemption.", field="wanted_due_on")
    if wanted > add_months(max(audit.due_on, today), MONTHS_LATER):
        late = f"more than {MONTHS_LATER} months after {'the due date' if audit.due_on >= today else 'today'}"
        raise CycleError(f"{day_in_words(wanted)} is {late}. Check the year.", field="wanted_due_on")
    if not is_working_day(wanted, holidays=holiday_set(wanted, wanted)):
        raise CycleError("The new date must be a working day.", field="wanted_due_on")


# ------------------------------------------------------------------ who answers


def first_to_answer(asker: User, *, today: date) -> User | None:
    """The line manager who answers first; None where that falls to whoever runs the programme."""
    manager = manager_above(asker, level=1, today=today)
    return None if manager is None or manager.can(Permission.MANAGE_CYCLES) else manager


def programme_people(asker: User, *, today: date) -> list[User]:
    """Those who run the programme and may answer this person's requests: everybody but the person."""
    roles = roles_with(Permission.MANAGE_CYCLES)
    return list(User.objects.working_on(today).filter(job_role__in=roles).exclude(pk=asker.pk).order_by("pk"))


def why_not_there(request: AuditRequest, *, today: date) -> str:
    """Why the line manager cannot answer today, so that the programme may in their place; empty where they can."""
    manager = request.line_manager
    if manager is None:
        return "nobody is recorded as line manager"
    if not working(manager, today=today):
        return f"{manager} no longer works here"
    away = manager.absences.filter(starts__lte=today, ends__gte=today).order_by("-ends").first()
    return f"{manager} is away until {day_in_words(away.ends)}" if away else ""


def who_answers(request: AuditRequest, *, today: date) -> list[User]:
    """Everybody who may answer a request today; nobody once it is settled or no longer needed."""
    if why_over(request):
        return []
    programme = programme_people(request.asked_by, today=today)
    if request.state == State.WITH_PROGRAMME:
        return programme
    manager = request.line_manager
    here = [manager] if manager is not None and working(manager, today=today) else []
    return [*here, *programme] if why_not_there(request, today=today) else here


def may_answer(request: AuditRequest, user: User, *, today: date) -> bool:
    """Whether this person may answer a request today."""
    return not why_not_answer(request, user, today=today)


def why_over(request: AuditRequest) -> str:
    """Why there is nothing left to answer, in a sentence; empty while it waits for an answer."""
    if request.state == State.WITHDRAWN:
        return "This request was taken back."
    if request.state == State.OVERTAKEN:
        return _overtaken_by(request.audit, request.asked_by_id)
    if not request.is_open:
        last = request.decisions.select_related("by").last()
        return f"{last.by if last else 'Somebody'} has already {SETTLED_WORDS[State(request.state)]} this request."
    still_theirs = request.audit.is_unfinished and request.audit.auditor_id == request.asked_by_id
    return "" if still_theirs else _overtaken_by(request.audit, request.asked_by_id)


def _overtaken_by(audit: Audit, asked_by: int) -> str:
    if audit.auditor_id != asked_by:
        return "The audit has another auditor now, so this request is no longer needed."
    if audit.is_unfinished:
        return "The audit changed hands after this was asked, so this request is no longer needed."
    return f"The audit is {audit.get_status_display().lower()}, so this request is no longer needed."


def why_not_answer(request: AuditRequest, user: User, *, today: date) -> str:
    """Why this person cannot answer a request today, in a sentence; empty where they can."""
    if over := why_over(request):
        return over
    if request.asked_by_id == user.pk:
        return "Nobody answers a request of their own."
    runs_it = user.can(Permission.MANAGE_CYCLES)
    if request.state == State.WITH_PROGRAMME:
        return "" if runs_it else "It is now for the principal social worker to answer."
    if request.line_manager_id == user.pk or (runs_it and why_not_there(request, today=today)):
        return ""
    return f"{request.line_manager} answers first."


# ------------------------------------------------------------------ answering


def answer(request: AuditRequest, *, agreed: bool, comment: str, by: User, at: datetime, today: date) -> AuditRequest:
    """Say yes or no to a request. A no settles it; so does the yes that is enough (see `settles`).

    An exemption that is agreed ends the audit, an extension moves its due date. Raises CycleError for somebody who
    may not answer, a request that is settled, a no without a comment, and a wanted date that has passed meanwhile.
    """
    act = Act(by, at, today)
    with transaction.atomic():
        request = _locked(request)
        if refusal := why_not_answer(request, by, today=today):
            raise CycleError(refusal)
        comment = comment.strip() if agreed else demand_reason(comment, "for saying no", field="comment")
        stages = _stages(request, by, agreed=agreed)
        for stage in stages:
            RequestDecision.objects.create(request=request, stage=stage, agreed=agreed, comment=comment, by=by, at=at)
        _record("agreed to a request" if agreed else "said no to a request", request, act)
        if not agreed:
            _settle(request, State.REFUSED, at=at)
            request_messages.refused(request, by=by, at=at)
        elif stages[-1] == Stage.LINE_MANAGER and not settled_by_line_manager(request):
            _hand_on(request, act)
        else:
            _agree(request, stages[-1], act)
    return request


def _locked(request: AuditRequest) -> AuditRequest:
    """The request as it is now, locked after its audit and the month."""
    audit = _locked_audit(Audit.objects.get(requests=request.pk))
    found = AuditRequest.objects.select_for_update(of=("self",)).select_related("asked_by", "line_manager")
    locked = found.get(pk=request.pk)
    locked.audit = audit
    return locked


def _stages(request: AuditRequest, by: User, *, agreed: bool) -> list[str]:
    """The stages that an answer settles: both, where whoever runs the programme agrees in the line manager's place."""
    if request.state == State.WITH_PROGRAMME:
        return [Stage.PROGRAMME]
    in_their_place = by.pk != request.line_manager_id
    both = agreed and in_their_place and not settled_by_line_manager(request)
    return [Stage.LINE_MANAGER, Stage.PROGRAMME] if both else [Stage.LINE_MANAGER]


def settled_by_line_manager(request: AuditRequest) -> bool:
    """Whether a line manager's yes is enough: an extension of a few days (rules) beyond the first due date.

    Counted from the date the audit had before any extension, so that a few short ones do not make a long one.
    """
    if request.wanted_due_on is None:
        return False
    return request.wanted_due_on <= longest_by_line_manager(request.audit)


def longest_by_line_manager(audit: Audit) -> date:
    """The latest due date that a line manager may agree to alone."""
    extended = audit.requests.filter(kind=Kind.EXTENSION, state=State.AGREED).order_by("due_on_before").first()
    return (extended.due_on_before if extended else audit.due_on) + timedelta(days=rules.current().extension_days)


def _settle(request: AuditRequest, state: str, *, at: datetime) -> None:
    request.state, request.settled_at = state, at
    request.save(update_fields=["state", "settled_at"])


def _hand_on(request: AuditRequest, act: Act) -> None:
    """The line manager has agreed: now whoever runs the programme answers."""
    request.state = State.WITH_PROGRAMME
    request.save(update_fields=["state"])
    for person in programme_people(request.asked_by, today=act.today):
        request_messages.to_programme(request, person=person, manager=act.by, at=act.at)


def _agree(request: AuditRequest, stage: str, act: Act) -> None:
    """Settle the request, carry out what was asked for, and tell the auditor."""
    _settle(request, State.AGREED, at=act.at)  # first, so that the step it takes does not find it open
    if request.kind == Kind.EXEMPTION:
        _exempt(request, act)
    else:
        _extend(request, act)
    request_messages.agreed(request, by=act.by, at=act.at)
    if stage == Stage.LINE_MANAGER and not act.by.can(Permission.MANAGE_CYCLES):
        for person in programme_people(request.asked_by, today=act.today):
            request_messages.agreed_by_line_manager(request, person=person, manager=act.by, at=act.at)


def _exempt(request: AuditRequest, act: Act) -> None:
    """End the audit. Whoever knows the family is put down as involved, so that no draw gives them the case again."""
    try:
        request.audit = move(request.audit, "exempt", by=act.by, at=act.at, reason="Agreed on the auditor’s request.")
    except WorkflowError as error:
        raise CycleError(str(error)) from error
    if request.why == Why.KNOWN:
        Involvement.objects.get_or_create(
            case_id=request.audit.case_id,
            user=request.asked_by,
            team=None,
            professional_id="",
            role=DECLARED,
            starts=None,
        )


def _extend(request: AuditRequest, act: Act) -> None:
    audit, wanted = request.audit, request.wanted_due_on
    if wanted is None:
        raise CycleError("This request names no date.")
    _refuse_date(audit, wanted, today=act.today)
    audit.due_on = wanted
    audit.save(update_fields=["due_on", "updated_at"])


# ------------------------------------------------------------------ ending it without an answer


def take_back(request: AuditRequest, *, by: User, at: datetime) -> AuditRequest:
    """The auditor no longer asks. Raises CycleError for somebody else and for a request that is settled."""
    with transaction.atomic():
        request = _locked(request)
        if request.asked_by_id != by.pk:
            raise CycleError("Only the person who asked can take a request back.")
        if not request.is_open:
            raise CycleError(why_over(request))
        _settle(request, State.WITHDRAWN, at=at)
        activity.record("took back a request", target=_target(request), by=by, at=at, request=request.pk)
    return request


# ------------------------------------------------------------------ reading


def open_request(audit: Audit) -> AuditRequest | None:
    """The request about an audit that waits for an answer, if there is one."""
    return AuditRequest.objects.filter(audit=audit).waiting().select_related("line_manager").first()


def requests_waiting_for(user: User, *, today: date) -> AuditRequestQuerySet:
    """The requests this person may answer today, the longest waiting first. One query."""
    waiting = AuditRequest.objects.waiting_for(user, today=today)
    return waiting.select_related("audit", "asked_by", "line_manager").order_by("asked_at", "pk")


# ------------------------------------------------------------------ telling


def _target(request: AuditRequest) -> str:
    return f"audit:{request.audit.reference}"


def _record(verb: str, request: AuditRequest, act: Act) -> None:
    activity.record(verb, target=_target(request), by=act.by, at=act.at, request=request.pk)


def _tell_who_answers(request: AuditRequest, act: Act) -> None:
    """The line manager; and whoever runs the programme where there is none, or none who is there."""
    manager = request.line_manager
    if manager is not None:
        request_messages.to_line_manager(request, person=manager, at=act.at)
        if not why_not_there(request, today=act.today):
            return
    for person in programme_people(request.asked_by, today=act.today):
        request_messages.to_programme(request, person=person, manager=None, at=act.at)
