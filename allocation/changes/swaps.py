"""Swaps between peers: whom an auditor can ask, asking, accepting, declining and taking back (P7).

Both pairs are checked when somebody asks and again, under the month's lock, when somebody accepts: the first who
accepts wins, and whatever else was asked about either audit lapses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from allocation.changes import swap_messages
from allocation.changes.handover import change_auditor, cycle_of, in_line, lock_audits, own_part, why_not_move
from allocation.changes.quotas import places_of
from allocation.eligibility.auditor_pool import AuditorPool, AvailableAuditor, auditor_pool
from allocation.eligibility.rota import rota_groups
from allocation.eligibility.ties import Ties, ties_of
from allocation.messages import month_in_words
from allocation.models import Cycle, Handover, QuotaChange, Swap
from allocation.month_lock import CycleError, lock_month, locked
from audits.deadlines import add_months
from audits.models import Audit, Case, Status
from people import activity
from people.models import User

Kind, State = Swap.Kind, Swap.State
MONTHS_AHEAD = 12
NOT_FREE = "They or their team are bound to this case, or worked on it lately"
EXEMPT = "They are exempt from an audit this month, and have none to exchange"
NOTHING_TO_GIVE = "They have nothing to give in return: no audit that is not begun, and no place in a coming month"


@dataclass(frozen=True)
class Peer:
    """Somebody who can take an audit, and what they can give for it."""

    person: User
    held: int  # audits they have this month
    exchanges: tuple[Audit, ...]  # theirs that this auditor may take
    back_in: date | None  # the month in which they could give one of their places; None: they cannot
    asked: Swap | None  # what they were asked already about this audit

    def offers(self, kind: str, their_audit: Audit | None) -> bool:
        """Whether this is among what they can give."""
        if kind == Kind.NEXT_MONTH:
            return self.back_in is not None and their_audit is None
        return their_audit is not None and their_audit in self.exchanges


@dataclass(frozen=True)
class Peers:
    """Whom an auditor can ask, and how many others cannot be asked for which reason."""

    eligible: tuple[Peer, ...]
    not_eligible: tuple[tuple[str, int], ...]

    def of(self, person: User) -> Peer | None:
        """What one of them can give; None for somebody who cannot be asked."""
        return next((peer for peer in self.eligible if peer.person.pk == person.pk), None)


# ------------------------------------------------------------------ whom to ask


def why_not_ask(audit: Audit, *, by: User, today: date) -> str:
    """Why this person cannot ask anybody to swap this audit, in a sentence; empty where they can."""
    if audit.auditor_id != by.pk:
        return "Only its auditor can ask for a swap."
    return why_not_move(audit, kind=Handover.Kind.SWAP, today=today)


def peers(audit: Audit, *, today: date) -> Peers:
    """Whom the auditor of an audit can ask to swap, and with what: only peers who are free for it now.

    A constant number of queries, whatever the number of peers.
    """
    cycle = cycle_of(audit)
    pool = auditor_pool(cycle, today=today)
    line = in_line(audit, today=today)
    free = [candidate for candidate in line if not candidate.bound]
    theirs = _audits_to_take(audit, cycle, pool, {each.person.pk for each in free}, today=today)
    back_in = _places_to_give(audit, cycle, [each.person for each in free if not each.exempt])
    asked = {swap.peer_id: swap for swap in Swap.objects.filter(audit=audit, state=State.ASKED)}
    found = {
        each.person.pk: Peer(
            person=each.person,
            held=each.held,
            exchanges=tuple(theirs.get(each.person.pk, ())),
            back_in=back_in.get(each.person.pk),
            asked=asked.get(each.person.pk),
        )
        for each in free
    }
    able = [peer for peer in found.values() if peer.exchanges or peer.back_in]
    eligible = tuple(sorted(able, key=lambda peer: (not peer.exchanges, peer.person.name, peer.person.pk)))
    exempt = sum(1 for each in free if each.exempt and not found[each.person.pk].exchanges)
    others = Counter({NOT_FREE: len(line) - len(free), EXEMPT: exempt})
    others += Counter({NOTHING_TO_GIVE: len(found) - len(eligible) - exempt})
    others += Counter(why for person, why in pool.kept_out if person.pk != audit.auditor_id)
    return Peers(eligible, tuple((why, count) for why, count in others.most_common() if count))


def _audits_to_take(
    audit: Audit, cycle: Cycle, pool: AuditorPool, peers: Iterable[int], *, today: date
) -> Mapping[int, list[Audit]]:
    """The audits of these people, by person's id, that nobody has begun and that the auditor of this one may take."""
    mine = next((each for each in pool.available if each.person.pk == audit.auditor_id), None)
    if mine is None:
        return {}
    rows = Audit.objects.in_month(audit.month).filter(auditor__in=peers, status=Status.ALLOCATED, due_on__gte=today)
    rows = rows.filter(case__in=Case.objects.open_on(today).filter(restricted=False))
    audits = list(rows.select_related("team", "case").order_by("due_on", "reference"))
    ties = ties_of(cycle, [each.case_id for each in audits])
    found: dict[int, list[Audit]] = {}
    for each in audits:
        if _may_take(mine, each, ties[each.case_id]):
            found.setdefault(each.auditor_id, []).append(each)
    return found


def _may_take(mine: AvailableAuditor, audit: Audit, ties: Ties) -> bool:
    person, supervisor = mine.person, mine.supervisor
    return not ties.reasons(person, supervisor) and not own_part(audit, person, supervisor=supervisor)


def _places_to_give(audit: Audit, cycle: Cycle, people: Iterable[User]) -> dict[int, date]:
    """In which month each of these people could give a place, by person's id; without those who cannot.

    One query more for each month in question, of which there are few: no more than a year has.
    """
    months = _coming(cycle)
    by_month: dict[date, list[User]] = {}
    for person in people:
        month = _first_of_both(months, (audit.auditor, person))
        if month is not None and _stays(audit.auditor, month) and _stays(person, month):
            by_month.setdefault(month, []).append(person)
    found: dict[int, date] = {}
    for month, those in by_month.items():
        found |= {pk: month for pk, places in places_of(month, those).items() if places}
    return found


def month_of_return(cycle: Cycle, *, both: Iterable[User]) -> date | None:
    """The month in which a place can be given back: the next, not paused, not drawn yet, in which both audit (P3).

    Where months go to one rota group in turn, a month that is not opened yet goes to the group whose turn it will be.
    None where every month of the next year is settled, or goes to a rota group in which one of them is not.
    """
    return _first_of_both(_coming(cycle), both)


def _coming(cycle: Cycle) -> list[tuple[date, list[str]]]:
    """The months of the next year that are not settled, each with its rota groups; empty: everybody, or not known."""
    known = {each.month: each for each in Cycle.objects.filter(month__gt=cycle.month)}
    turns = rota_groups() if len(cycle.groups) == 1 else []
    last = cycle
    found: list[tuple[date, list[str]]] = []
    for month in (add_months(cycle.month, number) for number in range(1, MONTHS_AHEAD + 1)):
        now = known.get(month) or Cycle(month=month, groups=_next_turn(turns, last))
        if now.status != Cycle.Status.PAUSED:  # a pause takes nobody's turn
            last = now
        if now.status == Cycle.Status.OPEN:
            found.append((month, now.groups))
    return found


def _next_turn(turns: Sequence[str], last: Cycle) -> list[str]:
    """The rota group after that of a month, where groups take turns; empty where they do not, or nobody can say."""
    if len(last.groups) != 1 or last.groups[0] not in turns:
        return []
    return [turns[(turns.index(last.groups[0]) + 1) % len(turns)]]


def _first_of_both(months: Iterable[tuple[date, list[str]]], both: Iterable[User]) -> date | None:
    wanted = {person.audit_group for person in both}
    return next((month for month, groups in months if not groups or wanted <= set(groups)), None)


def _stays(person: User, month: date) -> bool:
    """Whether somebody still works here when that month ends, as far as is known."""
    return person.leave_date is None or person.leave_date >= add_months(month, 1)


# ------------------------------------------------------------------ asking and answering


def ask(
    audit: Audit,
    *,
    peer: User,
    kind: str,
    their_audit: Audit | None = None,
    message: str = "",
    by: User,
    at: datetime,
    today: date,
) -> Swap:
    """Ask a peer to swap; nothing changes until they accept. Several may be asked at once, each for one thing.

    Raises CycleError for somebody else's audit, one that is begun, finished or past its due date, a peer who cannot
    take it or give that for it, and one who has been asked already.
    """
    with transaction.atomic():
        locked(cycle_of(audit))
        audit = lock_audits(audit.pk)[audit.pk]
        if why := why_not_ask(audit, by=by, today=today):
            raise CycleError(why)
        found = peers(audit, today=today).of(peer)
        if found is None or not found.offers(kind, their_audit):
            raise CycleError(f"{peer} can no longer swap this with you. Look at the list again.", field="offer")
        if found.asked is not None:
            raise CycleError(f"You have asked {peer} already. Take that back first.", field="offer")
        swap = Swap.objects.create(
            kind=kind,
            audit=audit,
            asked_by=by,
            peer=peer,
            their_audit=their_audit,
            message=message.strip(),
            asked_at=at,
        )
        swap_messages.swap_asked(swap, at=at)
        _record("asked for a swap", swap, by=by, at=at)
    return swap


def accept(swap: Swap, *, by: User, at: datetime, today: date) -> Swap:
    """Take the audit, and give what was asked for it: both change hands, or nothing does.

    Raises CycleError where the swap is answered already or somebody else was first, where an audit has been begun,
    and where either of the two may no longer take what they would get.
    """
    with transaction.atomic():
        cycle = locked(cycle_of(swap.audit))
        lock_audits(swap.audit_id, swap.their_audit_id)
        swap = _still_asked(swap, today=today)
        if by.pk != swap.peer_id:
            raise CycleError("Only the person who was asked can accept.")
        swap = _answer(swap, State.ACCEPTED, at=at)
        given = [(swap.audit, swap.peer), (swap.their_audit, swap.asked_by)]
        for audit, to in given:
            if audit is not None:
                change_auditor(audit, to=to, kind=Handover.Kind.SWAP, swap=swap, by=by, at=at, today=today)
        back_in = None if swap.their_audit else _quota_follows(swap, cycle, by=by, at=at)
        swap_messages.swap_accepted(swap, back_in=month_in_words(back_in) if back_in else "", at=at)
        _record("accepted a swap", swap, by=by, at=at)
    return swap


def _quota_follows(swap: Swap, cycle: Cycle, *, by: User, at: datetime) -> date:
    """A place of the peer goes to the one who asked, in the month when their turn comes again (P7)."""
    both = (swap.asked_by, swap.peer)
    month = month_of_return(cycle, both=both)
    if month is not None:
        lock_month(month)
        month = month_of_return(cycle, both=both)
    if month is None or not places_of(month, [swap.peer])[swap.peer_id]:
        raise CycleError(f"{swap.peer} has no place left to give in the coming months.")
    if not _stays(swap.asked_by, month):
        raise CycleError(f"{swap.asked_by} leaves before {month_in_words(month)} is over, and could not take one.")
    reason = f"Swap of audit {swap.audit.reference}: {swap.peer} takes it for {swap.asked_by}"
    for person, change in ((swap.asked_by, 1), (swap.peer, -1)):
        QuotaChange.objects.create(month=month, user=person, change=change, reason=reason, by=by, at=at)
    return month


def decline(swap: Swap, *, by: User, at: datetime, today: date) -> Swap:
    """Say no. Raises CycleError for anybody but the peer, and where it is answered already."""
    with transaction.atomic():
        locked(cycle_of(swap.audit))
        swap = _still_asked(swap, today=today)
        if by.pk != swap.peer_id:
            raise CycleError("Only the person who was asked can decline.")
        swap = _answer(swap, State.DECLINED, at=at)
        swap_messages.swap_declined(swap, at=at)
        _record("declined a swap", swap, by=by, at=at)
    return swap


def take_back(swap: Swap, *, by: User, at: datetime, today: date) -> Swap:
    """Take back what one asked. Raises CycleError for anybody else, and where it is answered already."""
    with transaction.atomic():
        locked(cycle_of(swap.audit))
        swap = _still_asked(swap, today=today)
        if by.pk != swap.asked_by_id:
            raise CycleError("Only the person who asked can take it back.")
        swap = _answer(swap, State.WITHDRAWN, at=at)
        _record("took back a swap", swap, by=by, at=at)
    return swap


def _still_asked(swap: Swap, *, today: date) -> Swap:
    """The swap as it is now, locked. Raises CycleError where it is answered, or where an audit has moved on."""
    rows = Swap.objects.select_for_update(of=("self",)).select_related(
        "audit__case", "their_audit__case", "asked_by", "peer"
    )
    now = rows.get(pk=swap.pk)
    if why := why_over(now, today=today):
        raise CycleError(why)
    return now


def why_over(swap: Swap, *, today: date) -> str:
    """Why nobody can answer a swap any more, in a sentence; empty where it waits for an answer."""
    if swap.state == State.LAPSED:
        return "This swap is no longer possible: one of the audits has changed hands or is not to be done any more."
    if swap.state != State.ASKED:
        return f"This swap was {swap.get_state_display().lower()} already."
    audits = [(swap.audit, swap.asked_by), (swap.their_audit, swap.peer)]
    for audit, owner in audits:
        if audit is None:
            continue
        if audit.auditor_id != owner.pk:
            return f"Audit {audit.reference} is no longer with {owner}, so this swap is over."
        if why := why_not_move(audit, kind=Handover.Kind.SWAP, today=today):
            return why
    return ""


def why_not_accept(swap: Swap, *, today: date) -> str:
    """Why a swap that waits could not be accepted now, in a sentence; empty where it could."""
    if why := why_over(swap, today=today):
        return why
    found = peers(swap.audit, today=today).of(swap.peer)
    if found is None or not found.offers(swap.kind, swap.their_audit):
        return "Something has changed since you were asked, and one of you may no longer take the other’s audit."
    return ""


def _answer(swap: Swap, state: str, *, at: datetime) -> Swap:
    swap.state, swap.answered_at = state, at
    swap.save(update_fields=["state", "answered_at"])
    return swap


def _record(verb: str, swap: Swap, *, by: User, at: datetime) -> None:
    detail = {"swap": swap.pk, "peer": swap.peer_id, "kind": str(swap.kind)}
    activity.record(verb, target=f"audit:{swap.audit.reference}", by=by, at=at, **detail)
