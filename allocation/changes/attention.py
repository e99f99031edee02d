"""What needs attention in a published month: audits whose case or auditor has changed since, found by asking again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from allocation.changes.handover import PUBLISHED, month_is_over, own_part
from allocation.eligibility import rules
from allocation.eligibility.auditor_pool import NO_SUPERVISOR, NOT_SIGNED_OFF
from allocation.eligibility.ties import KIND_WORDS, Ties, ties_of
from allocation.models import Allocation, Competency, Cycle, Origin, Override
from allocation.month_lock import CycleError, lock_month
from audits.models import AT_RANDOM, SET_ASIDE, UNFINISHED, Audit, Status
from people import activity
from people.form_fields import day_in_words
from people.line_management import working
from people.models import Absence, Activity, User
from people.wording import lowered

LEFT = "left the audit as it is"
BY_HAND = "gave a case by override"
CASE_CLOSED = "The case is closed"
CASE_RESTRICTED = "The record is restricted now"
NOBODY_HAS_IT = "Its auditor is exempt, and nobody else has this case"
RECENT = (KIND_WORDS["a"], KIND_WORDS["k"])  # says nothing about an audit of an earlier month, which is meant itself


class Do(StrEnum):
    """What the portal offers first."""

    REPLACE = "replace"  # the case, from the reserve
    TAKE_BACK = "take back"
    GIVE = "give"  # the audit to another auditor


@dataclass(frozen=True)
class Attention:
    """An audit that somebody should look at: why, what is offered first, and whether it was left as it is before."""

    audit: Audit
    reasons: tuple[str, ...]  # sentences
    do: Do
    earlier: bool = False  # of a month before the one that is looked at
    carried_over: bool = False  # of a month that is closed or over
    left: bool = False


@dataclass(frozen=True)
class _Known:
    """What decides, read once for all the audits."""

    today: date
    ties: dict[int, Ties]
    accepted: dict[str, set[str]]  # by reference, what was read when the case was given by hand, in lower case
    left: dict[str, set[str]]  # by reference, the reasons that somebody chose to leave
    competency_required: bool  # whether the programme asks for it now
    competencies: dict[tuple[int, int], Competency]  # by the ids of person and template


def needs_attention(cycle: Cycle, *, today: date) -> list[Attention]:
    """The audits of a month that need attention, then those of months before it, then those left as they are.

    The same number of queries, whatever the number of audits.
    """
    audits = _audits(cycle, today=today)
    known = _read(cycle, audits, today=today)
    suspects = [audit for audit in audits if _look(audit, cycle, known) is not None]
    known = _with_what_was_said(known, suspects) if suspects else known
    found = [each for audit in suspects if (each := _look(audit, cycle, known)) is not None]
    return sorted(found, key=lambda each: (each.left, each.earlier, each.audit.reference))


@dataclass(frozen=True)
class Waiting:
    """How many audits of a month and those before it wait for somebody to look at them."""

    cycle: Cycle  # whose page lists them
    count: int


def waiting(*, today: date) -> Waiting | None:
    """How many audits wait for a decision, of the newest month given out and all before it; None where there is none.

    The page of that month lists them all.
    """
    cycle = Cycle.objects.filter(status__in=PUBLISHED).order_by("-month").first()
    return None if cycle is None else waiting_in(cycle, today=today)


def waiting_in(cycle: Cycle, *, today: date) -> Waiting:
    """How many audits of a month and those before it wait for a decision."""
    return Waiting(cycle, sum(not each.left for each in needs_attention(cycle, today=today)))


def _audits(cycle: Cycle, *, today: date) -> list[Audit]:
    """Unfinished audits up to this month, and exempt ones of months not closed yet whose case nobody has now.

    Each with the day until which its auditor is away, if they are today, and how its own month stands.
    """
    others = Audit.objects.filter(case=OuterRef("case"), month=OuterRef("month")).exclude(status__in=SET_ASIDE)
    given_again = Allocation.objects.filter(replaces__audit=OuterRef("pk"))
    own_month = Cycle.objects.filter(month=OuterRef("month"))
    not_closed = Exists(own_month.filter(status=Cycle.Status.PUBLISHED))
    nobody_has_it = Q(status=Status.EXEMPT) & not_closed & ~Exists(others) & ~Exists(given_again)
    wanted = Q(month__lte=cycle.month) & (Q(status__in=UNFINISHED) | nobody_has_it)
    away = Absence.objects.filter(user=OuterRef("auditor"), starts__lte=today, ends__gte=today).order_by("-ends")
    rows = Audit.objects.filter(wanted).select_related(
        "case", "auditor", "supervisor", "team", "allocation", "template_version__template"
    )
    rows = rows.annotate(
        away_until=Subquery(away.values("ends")[:1]),
        month_status=Subquery(own_month.values("status")),
        month_due_on=Subquery(own_month.values("due_on")),
    )
    return list(rows.order_by("month", "reference"))


def _read(cycle: Cycle, audits: Sequence[Audit], *, today: date) -> _Known:
    unfinished = [audit for audit in audits if audit.is_unfinished]
    current = rules.current()
    supervised = any(audit.supervisor_id for audit in unfinished)
    return _Known(
        today=today,
        ties=ties_of(cycle, [audit.case_id for audit in unfinished], rules=current),
        accepted={},
        left={},
        competency_required=current.competency_required,
        competencies=_competencies(unfinished) if supervised or current.competency_required else {},
    )


def _with_what_was_said(known: _Known, audits: Sequence[Audit]) -> _Known:
    """What is known, with what people said about these audits. Two queries at most."""
    said = _said_about(audits)
    return replace(known, accepted=_accepted(audits, said), left=_detail(said, LEFT, "reasons"))


def _competencies(audits: Iterable[Audit]) -> dict[tuple[int, int], Competency]:
    """How far the auditors are with the templates, and whether whoever supervises them is signed off. One query."""
    theirs = Competency.objects.filter(
        user=OuterRef("supervisor"), template=OuterRef("template"), state=Competency.State.SIGNED_OFF
    )
    rows = Competency.objects.filter(user__in={audit.auditor_id for audit in audits}).select_related("supervisor")
    rows = rows.annotate(with_signed_off=Exists(theirs))
    return {(record.user_id, record.template_id): record for record in rows}


def _said_about(audits: Iterable[Audit]) -> list[Activity]:
    about = [f"audit:{audit.reference}" for audit in audits]
    return list(Activity.objects.filter(target__in=about, verb__in=[LEFT, BY_HAND]))


def _detail(said: Iterable[Activity], verb: str, name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for each in said:
        if each.verb == verb:
            found[each.target.removeprefix("audit:")] |= set(each.detail.get(name, []))
    return found


def _accepted(audits: Iterable[Audit], said: Iterable[Activity]) -> dict[str, set[str]]:
    """What stood against pairs that a person gave by hand, and was read then: it is no news.

    Only while the auditor is the one it was given to; of the next one nothing was read.
    """
    by_hand = {
        (audit.allocation.draw_id, audit.case_id, audit.auditor_id): audit.reference
        for audit in audits
        if hasattr(audit, "allocation")
        and audit.allocation.origin == Origin.OVERRIDE
        and audit.allocation.auditor_id == audit.auditor_id
    }
    against = _detail(said, BY_HAND, "against")
    found = {reference: against[reference] for reference in by_hand.values()}
    cases = [case for _, case, _ in by_hand]
    for override in Override.objects.filter(case__in=cases, taken_back_at__isnull=True):
        reference = by_hand.get((override.draw_id, override.case_id, override.auditor_id))
        if reference is not None:
            found[reference] |= set(override.against)
    return {reference: {words.lower() for words in against} for reference, against in found.items()}


def _look(audit: Audit, cycle: Cycle, known: _Known) -> Attention | None:
    of_case = _of_case(audit, known.today)
    of_auditor = _of_auditor(audit, cycle, known) if audit.is_unfinished else [NOBODY_HAS_IT]
    reasons = (*of_case, *of_auditor)
    if not reasons:
        return None
    carried_over = _is_carried_over(audit, known.today)
    replaceable = audit.selection in AT_RANDOM and not carried_over
    if of_case and not replaceable and not audit.is_unfinished:
        return None  # nobody has to do it, and nobody could
    do = Do.GIVE if not of_case else (Do.REPLACE if replaceable else Do.TAKE_BACK)
    left = set(reasons) <= known.left.get(audit.reference, set())
    return Attention(audit, reasons, do, audit.month < cycle.month, carried_over, left)


def _is_carried_over(audit: Audit, today: date) -> bool:
    """Whether the audit's own month is closed or over, so that nothing is added to it any more."""
    status, due_on = getattr(audit, "month_status", None), getattr(audit, "month_due_on", None)
    return status != Cycle.Status.PUBLISHED or month_is_over(audit.month, due_on, today=today)


def _of_case(audit: Audit, today: date) -> list[str]:
    closed = audit.case.closed_on is not None and audit.case.closed_on <= today
    return [CASE_CLOSED] * closed + [CASE_RESTRICTED] * (audit.case.restricted and not closed)


def _of_auditor(audit: Audit, cycle: Cycle, known: _Known) -> list[str]:
    person, supervisor = audit.auditor, audit.supervisor
    gone = _gone(person, audit, known)
    if not gone and supervisor is not None and not working(supervisor, today=known.today):
        gone = f"has a supervisor, {supervisor}, who no longer works here"
    ties = known.ties.get(audit.case_id, Ties())
    bound = ties.reasons(person, supervisor)
    bound += own_part(audit, person, supervisor=supervisor, known=bound)
    bound += [] if gone else _of_competency(audit, known)
    if audit.month < cycle.month:
        bound = [words for words in bound if not words.endswith(RECENT)]
    accepted = known.accepted.get(audit.reference, set())
    news = [words for words in bound if words.lower() not in accepted]
    return [f"{person} {words}" for words in [*([gone] if gone else []), *news]]


def _of_competency(audit: Audit, known: _Known) -> list[str]:
    """What is in the way where somebody may not audit with this template now (P4), going on from the name.

    Where the rule is off, only that a learner has another supervisor than the one who goes along with this audit.
    """
    template = audit.template_version.template
    record = known.competencies.get((audit.auditor_id, template.pk))
    required = known.competency_required
    if record is not None and record.state == Competency.State.LEARNING:
        return _of_supervision(audit, record, known)
    may = not required or (record is not None and record.state == Competency.State.SIGNED_OFF)
    return [] if may else [lowered(NOT_SIGNED_OFF.format(template=template.name))]


def _of_supervision(audit: Audit, record: Competency, known: _Known) -> list[str]:
    """What is in the way of a learner: nobody who can go along, or somebody who does not go along with this audit."""
    supervisor, required = record.supervisor, known.competency_required
    signed_off: bool = getattr(record, "with_signed_off", False)
    if supervisor is None or not working(supervisor, today=known.today) or not signed_off:
        return [lowered(NO_SUPERVISOR)] if required else []
    if audit.supervisor_id == supervisor.pk or not (required or audit.supervisor_id):
        return []
    return [f"learns with {supervisor} now, who does not go along with this audit"]


def _gone(person: User, audit: Audit, known: _Known) -> str:
    """Why somebody will not be there to do it, going on from the name; empty where they will."""
    if not working(person, today=known.today):
        return "no longer works here"
    until = max(audit.due_on, known.today)
    if person.leave_date is not None and person.leave_date <= until:
        return f"leaves on {day_in_words(person.leave_date)}, before it is due"
    away_until: date | None = getattr(audit, "away_until", None)
    return f"is away until {day_in_words(away_until)}" if away_until and away_until >= until else ""


def of_audit(audit: Audit, *, today: date) -> Attention | None:
    """What needs attention about one audit, seen from its own month; None where nothing does."""
    cycle = Cycle.objects.filter(month=audit.month).first()
    if cycle is None:
        return None
    return next((each for each in needs_attention(cycle, today=today) if each.audit.pk == audit.pk), None)


def in_a_sentence(audit: Audit, *, today: date, of_case_only: bool = False) -> str:
    """What needs attention about one audit, as a reason to begin with; empty where nothing does.

    `of_case_only` leaves out what concerns the auditor, for a reason that everybody who reads the audit can read.
    """
    found = of_audit(audit, today=today)
    reasons = [] if found is None else list(found.reasons)
    if of_case_only:
        reasons = [each for each in reasons if each in {CASE_CLOSED, CASE_RESTRICTED}]
    return f"{'. '.join(reasons)}." if reasons else ""


def leave_it(audit: Audit, *, by: User, at: datetime, today: date) -> tuple[str, ...]:
    """Leave an audit as it is in spite of what was found: written down with the reasons, and asked again for new ones.

    Returns the reasons. Raises CycleError where nothing needs attention any more.
    """
    with transaction.atomic():
        lock_month(audit.month)
        found = of_audit(audit, today=today)
        if found is None:
            raise CycleError(f"Nothing about audit {audit.reference} needs attention any more.")
        activity.record(LEFT, target=f"audit:{audit.reference}", by=by, at=at, reasons=list(found.reasons))
    return found.reasons
