"""Publish a draw: every audit is made and everybody told, or nothing happens at all; and the recorded override."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from allocation import draw_record, messages, pool
from allocation.models import Allocation, Cycle, Draw
from allocation.month_lock import CycleError, demand_reason, in_words, locked
from audits.allocating import AllocatingError, allocate
from audits.models import Audit, Case, Selection
from audits.models import Status as AuditStatus
from people import activity
from people.form_fields import day_in_words
from people.line_management import team_manager_of, working
from people.models import User
from people.roles import Permission

Status = Cycle.Status
SET_ASIDE = (AuditStatus.EXEMPT, AuditStatus.WITHDRAWN)
PAIRS_NAMED = 3  # in a refusal


@dataclass(frozen=True)
class Act:
    """Who publishes, and when."""

    by: User
    at: datetime
    today: date


def publish(cycle: Cycle, *, by: User, at: datetime, today: date) -> list[Allocation]:
    """Publish the latest draw (L5): audits, allocations and every mail in one transaction, once (R22).

    Every pair is checked again at this moment. Raises CycleError for a cycle that is published already or has no
    draw, a due date that has passed, and pairs that are no longer allowed: then it asks for another draw.
    """
    act = Act(by, at, today)
    with transaction.atomic():
        cycle = locked(cycle)
        _check_publishable(cycle, today=today)
        draw = cycle.draws.order_by("-number")[0]
        pairs = _pairs(draw)
        _refuse_broken_pairs(cycle, pairs, today=today)
        allocations = Allocation.objects.bulk_create(_allocations(cycle, draw, pairs, act))
        for allocation in allocations:
            tell_everybody(allocation.audit, at=at, today=today)
        cycle.status, cycle.published_by, cycle.published_at = Status.PUBLISHED, by, at
        cycle.save(update_fields=["status", "published_by", "published_at"])
        given = {"number": draw.number, "audits": len(allocations)}
        activity.record("published the draw", target=messages.about_cycle(cycle), by=by, at=at, **given)
    return allocations


def _check_publishable(cycle: Cycle, *, today: date) -> None:
    month = in_words(cycle)
    if cycle.published_at is not None:
        local = timezone.localtime(cycle.published_at)
        when = f"{day_in_words(local.date())} at {local:%H:%M}"
        raise CycleError(f"{month} is already published, by {cycle.published_by} on {when}.")
    if cycle.status != Status.PROPOSED:
        raise CycleError(f"There is no draw to publish for {month}. Draw first.")
    if cycle.due_on is not None and cycle.due_on <= today:
        raise CycleError(f"The due date of {month} has passed, so the draw cannot be published.")


def _pairs(draw: Draw) -> list[tuple[Case, User]]:
    """The cases and auditors of a draw in ticket order. Raises CycleError where it is empty."""
    ids = draw_record.pairs_of(draw)
    if not ids:
        raise CycleError("This draw gave no case to anybody, so there is nothing to publish. Draw again.")
    cases = Case.objects.select_related("team__service", "worker").in_bulk([case for case, _ in ids])
    auditors = User.objects.in_bulk([auditor for _, auditor in ids])
    return [(cases[case], auditors[auditor]) for case, auditor in ids]


def broken_pairs(cycle: Cycle, pairs: Iterable[tuple[Case, User]], *, today: date) -> list[str]:
    """Why pairs of a draw are no longer allowed, a sentence each; empty where all still are."""
    pairs = list(pairs)
    case_ids = [case.pk for case, _ in pairs]
    out, ties = pool.why_out(cycle, case_ids, today=today), pool.ties_of(cycle, case_ids)
    found = []
    for case, auditor in pairs:
        if case.pk in out:
            found.append(f"Case {case.reference} can no longer be audited: {out[case.pk].lower()}.")
        elif not working(auditor, today=today):
            found.append(f"{auditor} no longer works here (case {case.reference}).")
        elif why := ties[case.pk].reasons(auditor):
            found.append(f"{auditor} can no longer audit case {case.reference}: {auditor} {why[0]}.")
    return found


def _refuse_broken_pairs(cycle: Cycle, pairs: list[tuple[Case, User]], *, today: date) -> None:
    broken = broken_pairs(cycle, pairs, today=today)
    if broken:
        more = f" And {len(broken) - PAIRS_NAMED} more." if len(broken) > PAIRS_NAMED else ""
        raise CycleError(f"Things have changed since the draw. {' '.join(broken[:PAIRS_NAMED])}{more} Draw again.")


def _next_number(cycle: Cycle) -> int:
    """The number after the highest of this month's audits."""
    references = Audit.objects.filter(month=cycle.month).values_list("reference", flat=True)
    return max((int(reference.rsplit("-", 1)[-1]) for reference in references), default=0) + 1


def _allocations(cycle: Cycle, draw: Draw, pairs: list[tuple[Case, User]], act: Act) -> list[Allocation]:
    first = _next_number(cycle)
    return [
        Allocation(
            draw=draw,
            case=case,
            auditor=auditor,
            audit=_allocate(cycle, case, auditor, number=number, selection=Selection.RANDOM, act=act),
        )
        for number, (case, auditor) in enumerate(pairs, start=first)
    ]


def _allocate(
    cycle: Cycle, case: Case, auditor: User, *, number: int, selection: str, act: Act, reason: str = ""
) -> Audit:
    if cycle.template_version is None or cycle.due_on is None:
        raise CycleError(f"{in_words(cycle)} has no template or no due date.")
    try:
        return allocate(
            case,
            auditor=auditor,
            month=cycle.month,
            selection=selection,
            template_version=cycle.template_version,
            due_on=cycle.due_on,
            number=number,
            by=act.by,
            at=act.at,
            today=act.today,
            reason=reason,
        )
    except AllocatingError as error:
        raise CycleError(str(error)) from error


def people_told(audit: Audit, *, today: date) -> list[User]:
    """The worker and the team manager of an audit, once each, without those who have left and without the auditor."""
    people = [person for person in (audit.worker, audit.team_manager) if person and working(person, today=today)]
    return list({person.pk: person for person in people if person.pk != audit.auditor_id}.values())


def tell_everybody(audit: Audit, *, at: datetime, today: date) -> None:
    """Queue the mail about a new audit: to the auditor with the due date, to the worker and the team manager (L5)."""
    messages.case_given(audit, at=at)
    for person in people_told(audit, today=today):
        messages.case_will_be_audited(audit, person=person, at=at)


class StandsAgainst(CycleError):
    """What stands against a pair has not been read yet: the reasons, and the mark that says they have been."""

    def __init__(self, reasons: list[str], *, mark: str) -> None:
        super().__init__("Read what stands against it, then tick the box.", field="read")
        self.reasons = reasons
        self.mark = mark


def _mark(case: Case, auditor: User, reasons: list[str]) -> str:
    """Stands for these reasons about this pair, so that a tick for one pair does not count for another."""
    return sha256("\n".join([str(case.pk), str(auditor.pk), *reasons]).encode()).hexdigest()


def override(
    cycle: Cycle, *, case: Case, auditor: User, reason: str, by: User, at: datetime, today: date, read: str = ""
) -> Allocation:
    """Add a pair to a published cycle by hand, with a reason on record, even where a rule stands against it (L2).

    A case that came up in the draw stays a random one; any other counts as targeted. `read` is the mark of the
    StandsAgainst that is raised first where something stands against the pair. Raises CycleError without a reason,
    for a cycle that is not published, somebody who does not audit, a case given out this month or closed, and always
    where the auditor is the case's worker or manages its team.
    """
    reason = demand_reason(reason, "for this override")
    with transaction.atomic():
        cycle = locked(cycle)
        draw = _check_override(cycle, case, auditor, today=today)
        against = pool.why_not(cycle, case, auditor, today=today)
        audit = _allocate_by_hand(cycle, case, auditor, draw=draw, reason=reason, act=Act(by, at, today))
        # Only now, and undone by it: what no tick can overcome has been refused by the allocating.
        if against and read != (mark := _mark(case, auditor, against)):
            raise StandsAgainst(against, mark=mark)
        allocation = Allocation.objects.create(
            draw=draw, case=case, auditor=auditor, audit=audit, override_reason=reason
        )
        tell_everybody(audit, at=at, today=today)
        activity.record("gave a case by override", target=f"audit:{audit.reference}", by=by, at=at, against=against)
    return allocation


def _allocate_by_hand(cycle: Cycle, case: Case, auditor: User, *, draw: Draw, reason: str, act: Act) -> Audit:
    selection = Selection.RANDOM if came_up(draw, case) else Selection.TARGETED
    number = _next_number(cycle)
    return _allocate(cycle, case, auditor, number=number, selection=selection, act=act, reason=reason)


def why_nothing_can_be_added(cycle: Cycle) -> str:
    """Why no case can be given by hand in this month, in a sentence; empty where one can."""
    if cycle.status == Status.PUBLISHED:
        return ""
    state = "is closed" if cycle.status == Status.CLOSED else "is not published"
    return f"{in_words(cycle)} {state}, so nothing can be added to it."


def _check_override(cycle: Cycle, case: Case, auditor: User, *, today: date) -> Draw:
    """The draw that a case given by hand is added to. Raises CycleError where the pair is out of the question."""
    if why := why_nothing_can_be_added(cycle):
        raise CycleError(why)
    draw = cycle.draws.order_by("-number")[0]
    _refuse_given_already(cycle, draw, case)
    audits = auditor.can(Permission.AUDIT) or bool(auditor.audits_as_rule)
    if not (audits and working(auditor, today=today)):
        raise CycleError(f"{auditor} does not audit.", field="auditor")
    if team_manager_of(case.team_id, today=today) == auditor:
        raise CycleError(
            f"{auditor} manages the team that holds case {case.reference}, and would answer their own audit.",
            field="auditor",
        )
    return draw


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


def came_up(draw: Draw, case: Case) -> bool:
    """Whether a case's ticket came up in a draw: taken, passed over, or in reserve."""
    passed_over = {each["case_id"] for each in draw.result["passed_over"]}
    taken = {each["case_id"] for each in draw.result["pairs"]}
    return str(case.pk) in passed_over | taken | set(draw.result["reserve"])
