"""Chase what is due: decide from the things themselves, record each stage once, queue its mail in the same transaction.

May run any number of times, at once and from anywhere: a stage is recorded under the audit's row lock and a unique
key (R15). After an outage the stages that were missed collapse to the latest, the others are recorded as superseded
(R16). An audit that is being submitted or let off at this moment is left alone and looked at again next time (R18).
A new due date gives a thing its stages and their mail anew; what was missed before it stays on record.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from allocation.chasing import telling
from allocation.chasing.ladder import ANSWERS, MANAGERS
from allocation.chasing.organisation import Organisation
from allocation.chasing.planning import (
    GOES,
    HELD,
    NOBODY,
    OVERTAKEN,
    Planned,
    Tick,
    by_audit,
    due_of,
    everything_near,
    holds_now,
    in_hours,
    misses_for,
    plan,
    tick_at,
)
from allocation.chasing.stages import is_again
from allocation.chasing.waiting import Waiting
from allocation.models import Chase, Subject, ToWhom
from audits import immediate_risks
from audits.after import urgent_notices
from audits.models import Audit
from people.line_management import working
from people.models import User

logger = logging.getLogger(__name__)


def chase_due(*, at: datetime) -> int:
    """Queue every reminder and escalation that is due; returns how many went out.

    Only on working days from 08:00 to 19:00 in London. Where one audit's cannot be chased the others are, and the
    fault is raised at the end.
    """
    tick = tick_at(at)
    if not in_hours(tick):
        return 0
    waiting, tick = everything_near(tick)
    misses = misses_for(waiting, tick)
    due = [group for group in by_audit(waiting) if any(due_of(each, misses, tick) for each in group)]
    if not due:
        return 0
    return _chase_all([group[0].audit.pk for group in due], tick)


def _chase_all(audit_ids: Sequence[int], tick: Tick) -> int:
    organisation, sent, faults = Organisation.on(tick.today), 0, []
    for audit_id in audit_ids:
        try:
            sent += _chase(audit_id, tick, organisation)
        except Exception as fault:  # one that cannot be chased must not keep the others from it; raised below
            logger.exception("audit %s could not be chased", audit_id)
            faults.append(fault)
    if faults:
        raise ExceptionGroup("some audits could not be chased", faults)
    return sent


def _chase(audit_id: int, tick: Tick, organisation: Organisation) -> int:
    """Record and mail what is due for one audit and all that hangs on it; returns how many stages went out."""
    with transaction.atomic():
        if not Audit.objects.select_for_update(skip_locked=True).filter(pk=audit_id).exists():
            return 0  # somebody holds it, perhaps to submit it: next time
        # Read after the lock is held: with it, what an extension has just changed could be seen by halves.
        planned, wide = plans_of(audit_id, tick, organisation)
        for plans in planned:
            _record(plans, wide, organisation)
            _tell(plans, wide, organisation)
    return sum(each.fate == GOES for plans in planned for each in plans)


def plans_of(audit_id: int, tick: Tick, organisation: Organisation) -> tuple[list[list[Planned]], Tick]:
    """What becomes of all that is due of one audit, a list for each thing that is waited for; and the wider look."""
    waiting, wide = everything_near(tick, audit_id=audit_id)
    misses, holds = misses_for(waiting, wide), holds_now([audit_id])
    plans = [plan(each, due_of(each, misses, wide), organisation=organisation, holds=holds) for each in waiting]
    return [each for each in plans if each], wide


def _record(plans: Sequence[Planned], tick: Tick, organisation: Organisation) -> None:
    """Record the stages of one thing."""
    rows = [chase_row(each, at=tick.at, owner=organisation.owner(each.waiting)) for each in plans]
    Chase.objects.bulk_create(rows, ignore_conflicts=True)


def chase_row(each: Planned, *, at: datetime, owner: User | None) -> Chase:
    """The row of a stage: as superseded where a later one has overtaken it or nobody is there to tell."""
    audit_id, subject, key, counts_from = each.waiting.identity
    return Chase(
        audit_id=audit_id,
        subject=subject,
        key=key,
        counts_from=counts_from,
        stage=each.code,
        to=each.stage.rung.to,
        due_on=each.stage.day,
        owner=owner,
        recipient=each.recipient if each.fate in (GOES, HELD) else None,
        superseded=each.fate in (OVERTAKEN, NOBODY),
        held=each.fate == HELD,
        handled_at=at,
    )


def _tell(plans: Sequence[Planned], tick: Tick, organisation: Organisation) -> None:
    """Queue the mail of the stages of one thing that go out; whom it waits for hears before or with the managers."""
    going = [each for each in plans if each.fate == GOES]
    if not going:
        return
    waiting = going[0].waiting
    if waiting.subject in ANSWERS:
        for each in going:
            _ask_for_answer(each, tick, organisation)
        return
    owner = organisation.owner(waiting)
    for each in (each for each in going if each.stage.rung.to == ToWhom.OWNER):
        person = _recipient(each)
        telling.to_owner(waiting, code=each.code, person=person, owner=owner, at=tick.at, today=tick.today)
    _tell_managers(plans, waiting, owner, tick)


def _tell_managers(plans: Sequence[Planned], waiting: Waiting, owner: User | None, tick: Tick) -> None:
    """Managers one after the other, the nearest first: one whose own stage an outage has swallowed is told as well."""
    above = [each for each in plans if each.fate == GOES and each.stage.rung.to in MANAGERS]
    if not above:
        return
    swallowed = [each for each in plans if _is_swallowed(each)]
    told = [*(_recipient(each) for each in swallowed), *_told_so_far(waiting)]
    if owner is not None and working(owner, today=tick.today):
        people = list({person.pk: person for person in told}.values())
        code = above[-1].code
        telling.told_owner(waiting, code=code, owner=owner, told=people, at=tick.at, today=tick.today)
    again = is_again(waiting, misses_for([waiting], tick), holidays=tick.holidays)
    away = owner is not None and User.objects.absent_on(tick.today).filter(pk=owner.pk).exists()
    for each in (*swallowed, *above):
        telling.to_manager(
            waiting,
            code=each.code,
            person=_recipient(each),
            owner=owner,
            again=again,
            away=away,
            at=tick.at,
            today=tick.today,
        )


def _is_swallowed(each: Planned) -> bool:
    """Whether this was for the line manager, and nobody held it back, but it is the next manager's turn by now."""
    overtaken = each.fate == OVERTAKEN and each.hold is None and each.recipient is not None
    return overtaken and each.stage.rung.to == ToWhom.LINE_MANAGER


def _told_so_far(waiting: Waiting) -> list[User]:
    audit_id, subject, key, counts_from = waiting.identity
    rows = Chase.objects.filter(audit=audit_id, subject=subject, key=key, counts_from=counts_from, to__in=MANAGERS)
    rows = rows.filter(superseded=False, held=False).select_related("recipient").order_by("due_on", "pk")
    return [row.recipient for row in rows if row.recipient is not None]


def _ask_for_answer(each: Planned, tick: Tick, organisation: Organisation) -> None:
    """Remind who must acknowledge, or ask somebody above in their place; both is urgent mail (R13)."""
    waiting, person = each.waiting, _recipient(each)
    if each.stage.rung.to == ToWhom.OWNER:
        owner = organisation.owner(waiting)
        telling.to_owner(waiting, code=each.code, person=person, owner=owner, at=tick.at, today=tick.today)
    elif waiting.subject == Subject.NOTICE:
        urgent_notices.go_up(waiting.row, to=person, at=tick.at, today=tick.today)
    else:
        immediate_risks.go_up(waiting.row, to=person, at=tick.at, today=tick.today)


def _recipient(each: Planned) -> User:
    assert each.recipient is not None  # what goes has one
    return each.recipient
