"""Publish a draw: every audit is made and everybody told, or nothing happens at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from allocation import messages
from allocation.eligibility.auditor_pool import AvailableAuditor, auditor_pool, standings
from allocation.eligibility.frozen_head import with_head
from allocation.eligibility.pool import supervisors_of, why_out
from allocation.eligibility.ties import ties_of
from allocation.models import Allocation, Cycle, Draw, Origin, Override
from allocation.month_lock import CycleError, in_words, locked
from allocation.months import design, earlier_months, full_places
from allocation.months.against import ByHand, against, looked_at_again
from allocation.record.design_facts import changed_since_draw
from allocation.record.weights import strata_by_hand
from audits.allocating import AllocatingError, Giving, allocate_many
from audits.models import Audit, Case, Selection
from people import activity, mail
from people.form_fields import day_in_words
from people.line_management import team_managers_of, working
from people.models import User
from people.wording import lowered

Status = Cycle.Status
PAIRS_NAMED = 3  # in a refusal
RANDOM_LOT = "random"


@dataclass(frozen=True)
class Act:
    """Who publishes, and when."""

    by: User
    at: datetime
    today: date


@dataclass(frozen=True)
class Planned:
    """A case that publishing gives to an auditor: drawn, or by an override."""

    case: Case
    auditor: User
    selection: str
    lot: str = RANDOM_LOT
    stratum: str = ""
    weight: Decimal | None = None
    override: Override | None = None


def publish(cycle: Cycle, *, by: User, at: datetime, today: date, past: str = "") -> list[Allocation]:
    """Publish the latest draw (L5): audits, allocations and every mail in one transaction, once (R22).

    Every pair is checked again at this moment. Raises CycleError for a cycle that is published already or has no
    draw, a due date that has passed or become a day off, and pairs that are no longer allowed: then it asks for another
    draw; and where earlier months are not published yet, unless `past` is the mark of those (see earlier_months).
    However many audits there are, it takes the same number of statements.
    """
    act = Act(by, at, today)
    with transaction.atomic():
        cycle = locked(cycle)
        _check_publishable(cycle, today=today)
        _check_earlier(cycle, past=past, today=today)
        draw = with_head(cycle.draws.order_by("-number"))[0]
        lock_cases(_cases_of(draw))
        plan = planned(draw)
        if not plan:
            raise CycleError("This draw gave no case to anybody, so there is nothing to publish. Draw again.")
        _refuse_broken(cycle, plan, today=today)
        allocations = _give_out(cycle, draw, plan, act)
        tell_all([allocation.audit for allocation in allocations], at=at, today=today)
        cycle.status, cycle.published_by, cycle.published_at = Status.PUBLISHED, by, at
        cycle.save(update_fields=["status", "published_by", "published_at"])
        given = {"number": draw.number, "audits": len(allocations), "overrides": sum(bool(p.override) for p in plan)}
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
    if day_off := design.due_on_day_off(cycle):
        raise CycleError(f"{day_off} Choose another day, then draw again.", field="due_on")


def _check_earlier(cycle: Cycle, *, past: str, today: date) -> None:
    waiting = earlier_months.not_published_before(cycle, today=today)
    if waiting and past != earlier_months.mark(waiting):
        raise CycleError(f"{earlier_months.in_a_sentence(waiting)}. Tick that you mean it.", field="past")


def lock_cases(case_ids: Collection[int]) -> None:
    """Lock these cases to the end of the transaction, always in the same order, after the month and before any check.

    A month's lock keeps its own work apart; this keeps two months from giving the same case out at the same time.
    """
    rows = Case.objects.select_for_update(no_key=True).filter(pk__in=case_ids).order_by("pk")
    list(rows.values_list("pk", flat=True))


def _cases_of(draw: Draw) -> set[int]:
    by_hand = draw.overrides.filter(taken_back_at__isnull=True).values_list("case", flat=True)
    return {*by_hand, *(int(pair["case_id"]) for pair in draw.result["pairs"])}


def planned(draw: Draw) -> list[Planned]:
    """What publishing a draw gives out: its pairs in ticket order, then its overrides.

    Three queries, and three more where a draw of one child per family has overrides.
    """
    drawn: list[dict[str, Any]] = draw.result["pairs"]
    overrides = list(draw.overrides.filter(taken_back_at__isnull=True))
    case_ids = [int(pair["case_id"]) for pair in drawn] + [each.case_id for each in overrides]
    people = [int(pair["auditor_id"]) for pair in drawn] + [each.auditor_id for each in overrides]
    cases = Case.objects.select_related("team__service", "worker").in_bulk(case_ids)
    auditors = User.objects.select_related("team").in_bulk(people)
    strata = strata_by_hand(draw, {each.case_id: each.selection for each in overrides})
    return [
        *(_drawn(draw, pair, cases[int(pair["case_id"])], auditors[int(pair["auditor_id"])]) for pair in drawn),
        *(
            Planned(
                cases[each.case_id],
                auditors[each.auditor_id],
                each.selection,
                override=each,
                **strata[each.case_id],
            )
            for each in overrides
        ),
    ]


def _drawn(draw: Draw, pair: dict[str, Any], case: Case, auditor: User) -> Planned:
    lot = pair["lot"]
    selection = random_selection(draw.cycle) if lot == RANDOM_LOT else Selection.RE_AUDIT
    return Planned(case, auditor, selection, lot, pair["stratum"], _weight(pair["weight"]))


def _weight(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def random_selection(cycle: Cycle) -> str:
    """What a case drawn at random counts as: of the theme where the month has a cohort (L3)."""
    return Selection.THEMATIC if cycle.cohort else Selection.RANDOM


@dataclass(frozen=True)
class Outlook:
    """What publishing would do today, or why it cannot be done."""

    audits: int
    re_audits: int
    overrides: int
    auditors: int
    supervised: int
    broken: list[str]


def outlook(cycle: Cycle, draw: Draw, *, today: date) -> Outlook:
    """What publishing a draw would do today; nothing is done. The same number of queries, whatever its size."""
    plan = planned(draw)
    supervised_by = supervisors_of(cycle, [each.auditor for each in plan], today=today)
    return Outlook(
        audits=len(plan),
        re_audits=sum(each.selection == Selection.RE_AUDIT for each in plan),
        overrides=sum(each.override is not None for each in plan),
        auditors=len({each.auditor.pk for each in plan}),
        supervised=sum(supervised_by.get(each.auditor.pk) is not None for each in plan),
        broken=broken(cycle, plan, today=today),
    )


def broken(cycle: Cycle, plan: Sequence[Planned], *, today: date) -> list[str]:
    """Why a plan is no longer allowed, a sentence for each reason; empty where it still is."""
    drawn = [each for each in plan if each.override is None]
    by_hand = [each for each in plan if each.override is not None]
    changed = [f"The month is set up differently since: {what}." for what in changed_since_draw(cycle)]
    return [
        *changed,
        *_broken_pairs(cycle, drawn, today=today),
        *_broken_overrides(cycle, by_hand, today=today),
        *_too_many_by_hand(cycle, plan, today=today),
    ]


def _broken_pairs(cycle: Cycle, drawn: Sequence[Planned], *, today: date) -> list[str]:
    case_ids = [each.case.pk for each in drawn]
    set_lots = [each.case.pk for each in drawn if each.lot != RANDOM_LOT]
    out, ties = why_out(cycle, case_ids, today=today, set_lots=set_lots), ties_of(cycle, case_ids)
    auditors = auditor_pool(cycle, today=today)
    available = {each.person.pk: each for each in auditors.available}
    kept_out = {person.pk: reason for person, reason in auditors.kept_out}
    found = []
    for each in drawn:
        reference, auditor = each.case.reference, each.auditor
        if each.case.pk in out:
            found.append(f"Case {reference} can no longer be audited: {lowered(out[each.case.pk])}.")
        elif not working(auditor, today=today):
            found.append(f"{auditor} no longer works here (case {reference}).")
        elif auditor.pk not in available:
            why = lowered(kept_out.get(auditor.pk, "is not expected to audit"))
            found.append(f"{auditor} can no longer be given case {reference}: {auditor} {why}.")
        elif bound := ties[each.case.pk].reasons(auditor, available[auditor.pk].supervisor):
            found.append(f"{auditor} can no longer audit case {reference}: {auditor} {lowered(bound[0])}.")
    return [*found, *_too_few_places(drawn, available)]


def _too_few_places(drawn: Sequence[Planned], available: dict[int, AvailableAuditor]) -> list[str]:
    """Whose places have become fewer than the cases that the draw gives them."""
    given, found = Counter(each.auditor for each in drawn), []
    for auditor, cases in given.items():
        now = available.get(auditor.pk)
        if now is not None and cases > now.places:
            places = "1 place" if now.places == 1 else f"{now.places} places"
            found.append(f"{auditor} now has {places} this month and the draw gives {cases}.")
    return found


def _broken_overrides(cycle: Cycle, by_hand: Sequence[Planned], *, today: date) -> list[str]:
    """An override goes past what its author has read, but past nothing that came up since.

    Nor past what nobody can go past.
    """
    if not by_hand:
        return []
    managers = team_managers_of({each.case.team_id for each in by_hand if each.case.team_id}, today=today)
    supervised_by = supervisors_of(cycle, [each.auditor for each in by_hand], today=today)
    stands = against(cycle, [ByHand(each.case, each.auditor, each.selection) for each in by_hand], today=today)
    found = []
    for each, now in zip(by_hand, stands, strict=True):
        case, auditor = each.case, each.auditor
        manager = managers.get(case.team_id) if case.team_id else None
        supervisor = supervised_by[auditor.pk]
        why = why_never(case, auditor, manager=manager, supervisor=supervisor, today=today)
        read = each.override.against if each.override else []
        if why:
            found.append(f"The override of case {case.reference} is no longer possible: {why}. Take it back.")
        elif new := [lowered(words) for words in now if words not in read]:
            about = f"Something has changed since the override of case {case.reference} to {auditor}"
            found.append(f"{about}: {'; '.join(new)}. Take it back and add it again.")
    return found


def _too_many_by_hand(cycle: Cycle, plan: Sequence[Planned], *, today: date) -> list[str]:
    """Whom overrides take further past their places than was read before they were made."""
    people = {each.auditor.pk: each.auditor for each in plan if each.override is not None}
    standing = standings(cycle, people.values(), today=today) if people else {}
    given = Counter(each.auditor.pk for each in plan if each.auditor.pk in people)
    read: dict[int, list[str]] = {pk: [] for pk in people}
    for each in plan:
        if each.override is not None:
            read[each.auditor.pk] += each.override.against
    places = {pk: each.places for pk, each in standing.items()}
    return [
        f"Something has changed since an override to {people[pk]}: {lowered(words)}. Take it back and add it again."
        for pk, words in full_places.not_read(given, places, read).items()
    ]


def why_never(case: Case, auditor: User, *, manager: User | None, supervisor: User | None, today: date) -> str:
    """What no override goes past, in words; empty where nothing of the kind stands against the pair."""
    reasons = [
        (case.closed_on is not None and case.closed_on <= today, "the case is closed"),
        (case.worker_id == auditor.pk, f"{auditor} is the worker of this case"),
        (manager == auditor, f"{auditor} manages the team that holds this case"),
        (not working(auditor, today=today), f"{auditor} no longer works here"),
        (
            supervisor is not None and supervisor.pk == case.worker_id,
            f"{auditor} is still learning, and {supervisor}, who supervises them, is the worker of this case",
        ),
    ]
    return next((words for holds, words in reasons if holds), "")


def _refuse_broken(cycle: Cycle, plan: Sequence[Planned], *, today: date) -> None:
    found = broken(cycle, plan, today=today)
    if found:
        more = f" And {len(found) - PAIRS_NAMED} more." if len(found) > PAIRS_NAMED else ""
        again = " Draw again." if any("Take it back" not in sentence for sentence in found) else ""
        raise CycleError(f"Things have changed since the draw. {' '.join(found[:PAIRS_NAMED])}{more}{again}")


def next_number(month: date) -> int:
    """The number after the highest of a month's audits; only under the month's lock is it still free afterwards."""
    references = Audit.objects.filter(month=month).values_list("reference", flat=True)
    return max((int(reference.rsplit("-", 1)[-1]) for reference in references), default=0) + 1


def _give_out(cycle: Cycle, draw: Draw, plan: Sequence[Planned], act: Act) -> list[Allocation]:
    supervised_by = supervisors_of(cycle, [each.auditor for each in plan], today=act.today)
    earlier = looked_at_again([each.case.pk for each in plan if each.selection == Selection.RE_AUDIT])
    due_on = cycle.due_on or act.today
    givings = [
        Giving(
            each.case,
            each.auditor,
            each.selection,
            number,
            due_on,
            reason=each.override.reason if each.override else "",
            supervisor=supervised_by.get(each.auditor.pk),
            re_audit_of=earlier.get(each.case.pk),
        )
        for number, each in enumerate(plan, start=next_number(cycle.month))
    ]
    audits = give(cycle, givings, act=act)
    return Allocation.objects.bulk_create(
        _allocation(draw, each, audit) for each, audit in zip(plan, audits, strict=True)
    )


def give(cycle: Cycle, givings: Sequence[Giving], *, act: Act) -> list[Audit]:
    """Make audits of a month, with its template and its theme's questions. Raises CycleError where one cannot be."""
    if cycle.template_version is None:
        raise CycleError(f"{in_words(cycle)} has no template.")
    try:
        return allocate_many(
            givings,
            month=cycle.month,
            template_version=cycle.template_version,
            questions=cycle.questions,
            by=act.by,
            at=act.at,
            today=act.today,
        )
    except AllocatingError as error:
        raise CycleError(str(error)) from error


def _allocation(draw: Draw, each: Planned, audit: Audit) -> Allocation:
    return Allocation(
        draw=draw,
        case=each.case,
        auditor=each.auditor,
        audit=audit,
        origin=Origin.OVERRIDE if each.override else Origin.DRAW,
        stratum=each.stratum,
        weight=each.weight,
        override_reason=each.override.reason if each.override else "",
    )


def people_told(audit: Audit, *, today: date) -> list[User]:
    """The worker and the team manager of an audit, once each, without those who have left and without the auditor."""
    people = [person for person in (audit.worker, audit.team_manager) if person and working(person, today=today)]
    return list({person.pk: person for person in people if person.pk != audit.auditor_id}.values())


def tell_everybody(audit: Audit, *, at: datetime, today: date) -> None:
    """Queue the mail about a new audit, as tell_all does."""
    tell_all([audit], at=at, today=today)


def tell_all(audits: Iterable[Audit], *, at: datetime, today: date) -> None:
    """Queue the mail about new audits: to the auditor with the due date, a supervisor, the worker, the manager (L5)."""
    drafts = []
    for audit in audits:
        drafts.append(messages.case_given(audit, at=at))
        if audit.supervisor is not None:
            drafts.append(messages.case_supervised(audit, supervisor=audit.supervisor, at=at))
        told = people_told(audit, today=today)
        drafts += [messages.case_will_be_audited(audit, person=person, at=at) for person in told]
    mail.queue_many(drafts)
