"""Cases that a person keeps out of draws, for a reason that no import knows (C4)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from allocation.models import CaseHold
from allocation.month_lock import CycleError
from audits.models import Case
from people import activity
from people.form_fields import day_in_words
from people.models import User


@transaction.atomic
def hold(case: Case, *, why: str, note: str, until: date | None, by: User, at: datetime) -> CaseHold:
    """Keep a case out of draws until the end of a day, or until somebody ends it where there is no day.

    An audit that is under way goes on. Raises CycleError where it is held for this reason already, where the day is
    past, or where "another reason" is not explained.
    """
    today = timezone.localdate(at)
    locked = Case.objects.select_for_update().get(pk=case.pk)
    note = note.strip()
    if until is not None and until < today:
        raise CycleError("The last day must be today or later.", field="until")
    if why == CaseHold.Why.OTHER and not note:
        raise CycleError("Say in the note what the reason is.", field="note")
    _end_lapsed(locked, why, by=by, at=at)
    held = CaseHold.objects.create(case=locked, why=why, note=note, until=until, by=by, at=at)
    _record("kept case out of draws", held, by=by, at=at)
    return held


@transaction.atomic
def end(held: CaseHold, *, by: User, at: datetime) -> CaseHold:
    """Let a case into draws again. Raises CycleError where somebody has ended it already."""
    current = CaseHold.objects.select_for_update().get(pk=held.pk)
    if current.ended_at is not None:
        raise CycleError("Somebody has ended this already.")
    current.ended_by, current.ended_at = by, at
    current.save(update_fields=["ended_by", "ended_at"])
    _record("let case into draws again", current, by=by, at=at)
    return current


def others_running(held: CaseHold, *, today: date) -> list[CaseHold]:
    """What else keeps the same case out today. One query."""
    return list(CaseHold.objects.running_on(today).filter(case=held.case_id).exclude(pk=held.pk))


def _end_lapsed(case: Case, why: str, *, by: User, at: datetime) -> None:
    """Close a hold for the same reason whose last day is past. Raises CycleError where it still runs."""
    earlier = CaseHold.objects.filter(case=case, why=why, ended_at__isnull=True).first()
    if earlier is None:
        return
    if earlier.until is None or earlier.until >= timezone.localdate(at):
        until = f" until {day_in_words(earlier.until)}" if earlier.until else ""
        raise CycleError(f"This case is kept out for this reason already{until}. End that first.", field="why")
    end(earlier, by=by, at=at)


def _record(verb: str, held: CaseHold, *, by: User, at: datetime) -> None:
    """Why and the note stay with the hold: they are for fewer eyes than the activity."""
    activity.record(verb, target=f"case:{held.case.reference}", by=by, at=at)
