"""Publish a draw: every audit is made and everybody told, or nothing happens at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from allocation import messages
from allocation.auditor_pool import auditor_pool
from allocation.design_facts import changed_since_draw
from allocation.models import Allocation, Cycle, Draw, Origin, Override
from allocation.month_lock import CycleError, in_words, locked
from allocation.pool import why_out
from allocation.ties import ties_of
from audits.allocating import AllocatingError, Giving, allocate_many
from audits.models import Audit, Case, Selection
from people import activity, mail
from people.form_fields import day_in_words
from people.line_management import team_managers_of, working
from people.models import User

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


def publish(cycle: Cycle, *, by: User, at: datetime, today: date) -> list[Allocation]:
    """Publish the latest draw (L5): audits, allocations and every mail in one transaction, once (R22).

    Every pair is checked again at this moment. Raises CycleError for a cycle that is published already or has no
    draw, a due date that has passed, and pairs that are no longer allowed: then it asks for another draw. However
    many audits there are, it takes the same number of statements.
    """
    act = Act(by, at, today)
    with transaction.atomic():
        cycle = locked(cycle)
        _check_publishable(cycle, today=today)
        draw = cycle.draws.order_by("-number")[0]
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


def planned(draw: Draw) -> list[Planned]:
    """What publishing a draw gives out: its pairs in ticket order, then its overrides. Three queries."""
    drawn: list[dict[str, Any]] = draw.result["pairs"]
    overrides = list(draw.overrides.filter(taken_back_at__isnull=True))
    case_ids = [int(pair["case_id"]) for pair in drawn] + [each.case_id for each in overrides]
    people = [int(pair["auditor_id"]) for pair in drawn] + [each.auditor_id for each in overrides]
    cases = Case.objects.select_related("team__service", "worker").in_bulk(case_ids)
    auditors = User.objects.select_related("team").in_bulk(people)
    return [
        *(_drawn(draw, pair, cases[int(pair["case_id"])], auditors[int(pair["auditor_id"])]) for pair in drawn),
        *(_by_hand(draw, each, cases[each.case_id], auditors[each.auditor_id]) for each in overrides),
    ]


def _drawn(draw: Draw, pair: dict[str, Any], case: Case, auditor: User) -> Planned:
    lot = pair["lot"]
    selection = random_selection(draw.cycle) if lot == RANDOM_LOT else Selection.RE_AUDIT
    return Planned(case, auditor, selection, lot, pair["stratum"], _weight(pair["weight"]))


def _by_hand(draw: Draw, override: Override, case: Case, auditor: User) -> Planned:
    stratum = stratum_by_hand(draw, selection=override.selection, case_id=case.pk)
    return Planned(case, auditor, override.selection, override=override, **stratum)


def stratum_by_hand(draw: Draw, *, selection: str, case_id: int) -> dict[str, Any]:
    """The stratum and weight of a case given by hand: only where it came up in the draw it stands for others."""
    if selection not in {Selection.RANDOM, Selection.THEMATIC}:
        return {}
    return stratum_of_passed_over(draw, str(case_id))


def stratum_of_passed_over(draw: Draw, case_id: str) -> dict[str, Any]:
    """The stratum of a case that was passed over, with the weight that cases of this stratum have in the draw."""
    rows = [row for row in draw.result["passed_over"] if row["case_id"] == case_id]
    key = rows[0].get("stratum", "") if rows else ""
    weights = [row["weight"] for row in draw.result["strata"] if row["key"] == key]
    return {"stratum": key, "weight": _weight(weights[0] if weights else "")}


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
    supervised_by = supervisors(cycle, today=today)
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
    return [*changed, *_broken_pairs(cycle, drawn, today=today), *_broken_overrides(by_hand, today=today)]


def _broken_pairs(cycle: Cycle, drawn: Sequence[Planned], *, today: date) -> list[str]:
    case_ids = [each.case.pk for each in drawn]
    set_lots = [each.case.pk for each in drawn if each.lot != RANDOM_LOT]
    out, ties = why_out(cycle, case_ids, today=today, set_lots=set_lots), ties_of(cycle, case_ids)
    auditors = auditor_pool(cycle, today=today)
    supervisors = {each.person.pk: each.supervisor for each in auditors.available}
    kept_out = {person.pk: reason for person, reason in auditors.kept_out}
    found = []
    for each in drawn:
        reference, auditor = each.case.reference, each.auditor
        if each.case.pk in out:
            found.append(f"Case {reference} can no longer be audited: {_lower(out[each.case.pk])}.")
        elif not working(auditor, today=today):
            found.append(f"{auditor} no longer works here (case {reference}).")
        elif auditor.pk not in supervisors:
            why = _lower(kept_out.get(auditor.pk, "is not expected to audit"))
            found.append(f"{auditor} can no longer be given case {reference}: {auditor} {why}.")
        elif bound := ties[each.case.pk].reasons(auditor, supervisors[auditor.pk]):
            found.append(f"{auditor} can no longer audit case {reference}: {auditor} {_lower(bound[0])}.")
    return found


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _broken_overrides(by_hand: Sequence[Planned], *, today: date) -> list[str]:
    """An override may go past the rules, but not past what nobody can go past."""
    managers = team_managers_of({each.case.team_id for each in by_hand if each.case.team_id}, today=today)
    found = []
    for each in by_hand:
        case, auditor = each.case, each.auditor
        reasons = [
            (case.closed_on is not None and case.closed_on <= today, "the case is closed"),
            (case.worker_id == auditor.pk, f"{auditor} is the worker of this case"),
            (managers.get(case.team_id or 0) == auditor, f"{auditor} manages the team that holds this case"),
            (not working(auditor, today=today), f"{auditor} no longer works here"),
        ]
        why = [words for holds, words in reasons if holds]
        if why:
            found.append(f"The override of case {case.reference} is no longer possible: {why[0]}. Take it back.")
    return found


def _refuse_broken(cycle: Cycle, plan: Sequence[Planned], *, today: date) -> None:
    found = broken(cycle, plan, today=today)
    if found:
        more = f" And {len(found) - PAIRS_NAMED} more." if len(found) > PAIRS_NAMED else ""
        again = " Draw again." if any("Take it back." not in sentence for sentence in found) else ""
        raise CycleError(f"Things have changed since the draw. {' '.join(found[:PAIRS_NAMED])}{more}{again}")


def next_number(month: date) -> int:
    """The number after the highest of a month's audits; only under the month's lock is it still free afterwards."""
    references = Audit.objects.filter(month=month).values_list("reference", flat=True)
    return max((int(reference.rsplit("-", 1)[-1]) for reference in references), default=0) + 1


def looked_at_again(case_ids: Collection[int]) -> dict[int, Audit]:
    """The last completed audit of each of these cases, which are to be audited again, by case."""
    done = Audit.objects.completed().filter(case__in=case_ids).order_by("submitted_at", "pk") if case_ids else []
    return {audit.case_id: audit for audit in done}


def supervisors(cycle: Cycle, *, today: date) -> dict[int, User | None]:
    """Everybody who can be given a case of this month, by id, with the supervisor of those who are still learning."""
    return {each.person.pk: each.supervisor for each in auditor_pool(cycle, today=today).available}


def _give_out(cycle: Cycle, draw: Draw, plan: Sequence[Planned], act: Act) -> list[Allocation]:
    supervised_by = supervisors(cycle, today=act.today)
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
