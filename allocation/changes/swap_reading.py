"""What pages show of swaps and of every change of who audits what: in words, and counted for each person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Q

from allocation.changes.handover import cycle_of
from allocation.changes.swaps import Peer, Peers, month_of_return, why_over
from allocation.messages import month_in_words
from allocation.models import Allocation, AuditRequest, Handover, Origin, QuotaChange, Swap
from allocation.month_lock import CycleError
from audits.deadlines import add_months
from audits.models import Audit, StatusChange
from people.models import User

Kind, State = Swap.Kind, Swap.State
YEAR = 12  # months
SHOWN_FIRST = 10  # people
IN_PLACE_OF = (Origin.RESERVE, Origin.AGAIN)


# ------------------------------------------------------------------ one swap


class Side(NamedTuple):
    """One person's side of a swap."""

    person: User
    gives: str
    takes: str


def give_and_take(swap: Swap, *, today: date) -> list[Side]:
    """What the one who asked and the peer each give and take, in words that say nothing of a child but the team."""
    theirs = audit_in_words(swap.audit)
    back = audit_in_words(swap.their_audit) if swap.their_audit else _place_in_words(swap)
    return [Side(swap.asked_by, theirs, back), Side(swap.peer, back, theirs)]


def audit_in_words(audit: Audit) -> str:
    """Audit 2026-11-0007, a case of the Harbour Team. Needs the audit's team."""
    return f"Audit {audit.reference}, a case of {audit.team or 'a team that is not recorded'}"


def _place_in_words(swap: Swap) -> str:
    month = month_given_back(swap)
    return f"One place in {month_in_words(month)}" if month else "One place in a coming month"


def month_given_back(swap: Swap) -> date | None:
    """The month in which a place goes back; of a swap that is done the one that was written down."""
    if swap.state == State.ACCEPTED:
        reason = f"Swap of audit {swap.audit.reference}:"
        given = QuotaChange.objects.filter(user=swap.peer, change=-1, reason__startswith=reason)
        return given.values_list("month", flat=True).first()
    try:
        return month_of_return(cycle_of(swap.audit), both=(swap.asked_by, swap.peer))
    except CycleError:
        return None


@dataclass(frozen=True)
class Asked:
    """A swap that somebody asked about their audit, with where it stands."""

    swap: Swap
    open: bool
    wants: str


def swaps_about(audit: Audit, *, today: date) -> list[Asked]:
    """What the auditor of an audit has asked of whom about it, the latest first."""
    rows = Swap.objects.filter(audit=audit, asked_by=audit.auditor_id)
    rows = rows.select_related("peer", "their_audit__team", "their_audit__case", "asked_by", "audit__case")
    return [
        Asked(
            swap,
            not why_over(swap, today=today),
            audit_in_words(swap.their_audit) if swap.their_audit else "One of their places in a coming month",
        )
        for swap in rows
    ]


# ------------------------------------------------------------------ whom to ask


@dataclass(frozen=True)
class Shown:
    """Whom an auditor can ask, as the page shows them: the first in the open, the others folded away."""

    first: tuple[Peer, ...]
    others: tuple[Peer, ...]
    named: str = ""  # what was searched for

    @property
    def found(self) -> int:
        """How many there are."""
        return len(self.first) + len(self.others)


def shown(offered: Peers, *, asker: User, name: str = "") -> Shown:
    """The asker's own team first, then their service, their rota group and everybody else; a few in the open.

    With a name, or a part of one: all whom it fits, none folded away. Needs the people's teams.
    """
    words = name.casefold().split()
    fitting = [peer for peer in offered.eligible if all(word in peer.person.name.casefold() for word in words)]
    near = sorted(
        fitting, key=lambda peer: _how_far(peer.person, asker)
    )  # a stable sort keeps those who exchange first
    first = len(near) if words else SHOWN_FIRST
    return Shown(tuple(near[:first]), tuple(near[first:]), named=name.strip())


def _how_far(person: User, asker: User) -> int:
    """0 in the same team, 1 in the same service, 2 in the same rota group, 3 elsewhere."""
    team, own = person.team, asker.team
    if team is not None and own is not None and team.pk == own.pk:
        return 0
    if team is not None and own is not None and team.service_id == own.service_id:
        return 1
    return 2 if person.audit_group and person.audit_group == asker.audit_group else 3


# ------------------------------------------------------------------ every change, and counts


class Change(NamedTuple):
    """One change of who audits what, or of what is audited."""

    at: datetime
    audit: Audit
    what: str
    who: str
    reason: str
    by: User | None
    words: str = ""  # what the auditor wrote, where whoever looks may read it


class Counted(StrEnum):
    """What is counted for each person, in words."""

    SWAPPED_AWAY = "Swapped away"
    SWAPPED_IN = "Taken in a swap"
    HANDED_OVER = "Given to somebody else"  # by whoever runs the programme
    TAKEN_OVER = "Taken over"
    CASES_REPLACED = "Cases replaced"
    GIVEN_AGAIN = "Exempt, given to somebody else"  # the case, as a new audit


@dataclass(frozen=True)
class PersonCount:
    """How often one person swapped and was replaced."""

    person: User
    numbers: Counter[Counted]


def counts(months: Collection[date]) -> list[PersonCount]:
    """How often each person swapped and was replaced among the audits of these months, by name. Three queries.

    The case of an exempt audit that is given again counts for both: given again from one, taken over by the other.
    """
    found: dict[int, Counter[Counted]] = defaultdict(Counter)
    for handover in Handover.objects.filter(audit__month__in=months):
        swap = handover.kind == Handover.Kind.SWAP
        found[handover.from_auditor_id][Counted.SWAPPED_AWAY if swap else Counted.HANDED_OVER] += 1
        found[handover.to_auditor_id][Counted.SWAPPED_IN if swap else Counted.TAKEN_OVER] += 1
    rows = Allocation.objects.filter(origin__in=IN_PLACE_OF, audit__month__in=months, replaces__isnull=False)
    for origin, before, to in rows.values_list("origin", "replaces__audit__auditor", "auditor"):
        if origin == Origin.RESERVE:
            found[before][Counted.CASES_REPLACED] += 1
        else:
            found[before][Counted.GIVEN_AGAIN] += 1
            found[to][Counted.TAKEN_OVER] += 1
    people = User.objects.filter(pk__in=found).order_by("name", "pk")
    return [PersonCount(person, found[person.pk]) for person in people]


class Row(NamedTuple):
    """A person's counts in twelve months, each with its words and the part of it that fell in the last month."""

    person: User
    cells: list[tuple[str, int, int]]


def by_person(month: date) -> list[Row]:
    """How often each person swapped and was replaced in the twelve months to this one. Six queries."""
    now = {each.person.pk: each.numbers for each in counts([month])}
    year = counts([add_months(month, -number) for number in range(YEAR)])
    return [
        Row(
            each.person,
            [(what.value, each.numbers[what], now.get(each.person.pk, Counter())[what]) for what in Counted],
        )
        for each in year
    ]


def changes(month: date, *, viewer: User | None = None) -> list[Change]:
    """Every change among the audits of a month, the latest first: swaps, replacements, cases given again or dropped.

    What an auditor wrote when they asked for it stands with it for a `viewer` who may read the swap or the request.
    """
    found = [*_handovers(month, viewer), *_in_place_of(month), *_dropped(month, viewer)]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _messages(month: date, viewer: User | None) -> dict[int, str]:
    """What was written to the peer, by the swap, as far as somebody may read it."""
    if viewer is None:
        return {}
    readable = Swap.objects.visible_to(viewer).filter(audit__month=month).exclude(message="")
    return dict(readable.values_list("pk", "message"))


def _asked(month: date, viewer: User | None) -> dict[int, str]:
    """Why exemptions were asked for and in what words, by the audit, as far as somebody may read it."""
    if viewer is None:
        return {}
    agreed = AuditRequest.objects.visible_to(viewer).filter(
        audit__month=month, kind=AuditRequest.Kind.EXEMPTION, state=AuditRequest.State.AGREED
    )
    return {each.audit_id: f"{each.get_why_display()}: {each.reason}" for each in agreed.order_by("settled_at", "pk")}


def _handovers(month: date, viewer: User | None) -> list[Change]:
    written = _messages(month, viewer)
    rows = Handover.objects.filter(audit__month=month)
    rows = rows.select_related("audit", "from_auditor", "to_auditor", "by", "swap")
    return [
        Change(
            each.at,
            each.audit,
            str(each.get_kind_display()),
            f"{each.from_auditor} to {each.to_auditor}",
            each.reason or (str(each.swap.get_kind_display()) if each.swap else ""),
            each.by,
            written.get(each.swap_id or 0, ""),
        )
        for each in rows
    ]


def _in_place_of(month: date) -> list[Change]:
    """What came from the reserve, or was given again; the reason stands with the new audit's first step."""
    rows = Allocation.objects.filter(audit__month=month, origin__in=IN_PLACE_OF)
    rows = rows.select_related("audit", "auditor", "replaces__audit__auditor")
    given = {
        change.audit_id: change
        for change in StatusChange.objects.filter(audit__allocation__in=rows, step="allocate").select_related("by")
    }
    found = []
    for each in rows:
        step = given[each.audit_id]
        before = each.replaces.audit if each.replaces else None
        what = f"{each.get_origin_display()}, in place of {before}" if before else str(each.get_origin_display())
        who = f"{before.auditor} to {each.auditor}" if before and before.auditor_id != each.auditor_id else None
        found.append(Change(step.at, each.audit, what, who or str(each.auditor), step.reason, step.by))
    return found


def _dropped(month: date, viewer: User | None) -> list[Change]:
    """Audits taken back or exempt; those that were replaced stand there with what came in their place."""
    asked = _asked(month, viewer)
    rows = StatusChange.objects.filter(Q(step="withdraw") | Q(step="exempt"), audit__month=month)
    rows = rows.filter(audit__allocation__replaced_by__isnull=True).select_related("audit__auditor", "by")
    return [
        Change(
            each.at,
            each.audit,
            "Taken back" if each.step == "withdraw" else "Exempt",
            str(each.audit.auditor),
            each.reason,
            each.by,
            asked.get(each.audit_id, "") if each.step == "exempt" else "",
        )
        for each in rows
    ]
