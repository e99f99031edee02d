"""The meeting of auditor and worker (A3): offer times, agree on one, move it, call it off.

Who offers is the auditor; whose answer sets the time is the worker, or the team manager where no worker can be asked.
A meeting that is moved or called off stays as it was, with the reason. Every function locks the audit first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from audits import messages_meeting as mails
from audits.meeting_place import PlaceNamesChild, is_whole_name, name_in
from audits.meeting_times import MeetingError, check_times, read, stored
from audits.messages import about
from audits.models import Audit, Involvement, Meeting, MeetingGuest
from people import activity
from people.line_management import working
from people.models import User

STANDING = (Meeting.State.OFFERED, Meeting.State.AGREED)
SHORTEST_REASON = 5
OVER = "This meeting was moved or called off meanwhile. Look at how it stands now."
HELD = "This meeting took place, so it cannot be called off."
NOT_YOURS = "Only those who were invited can answer."
WHY_OVERTAKEN = {
    "submit": "The audit was submitted.",
    "exempt": "The audit need not be done.",
    "withdraw": "The audit was taken back.",
}
WHY_HANDED_OVER = "The audit was given to another auditor."


def whom_to_meet(audit: Audit, *, today: date) -> User | None:
    """Whose answer sets the time: the worker, or where none works here (any more) the team manager; else None."""
    found = (person for person in (audit.worker, audit.team_manager) if person and working(person, today=today))
    return next((person for person in found if person.pk != audit.auditor_id), None)


def co_workers(audit: Audit, *, today: date) -> list[User]:
    """Who else works with the child now and may be invited (L5): people on the case's list of involvements today."""
    current = Involvement.objects.filter(case=audit.case_id, user__isnull=False)
    current = current.exclude(ends__lt=today).exclude(starts__gt=today)
    host = whom_to_meet(audit, today=today)
    without = {audit.auditor_id, audit.supervisor_id, host.pk if host else None} - {None}
    return list(User.objects.working_on(today).filter(pk__in=current.values("user")).exclude(pk__in=without))


def standing_meeting(audit: Audit, *, at: datetime) -> Meeting | None:
    """The meeting of an audit that is offered, or agreed and still to come; None where there is none."""
    found = audit.meetings.filter(state__in=STANDING).first()
    return None if found is None or took_place(found, at=at) else found


def took_place(meeting: Meeting, *, at: datetime) -> bool:
    """Whether it was agreed on and its time has come: nothing about it can be moved or called off any more."""
    agreed = meeting.state in {Meeting.State.AGREED, Meeting.State.HELD}
    return agreed and meeting.starts_at is not None and meeting.starts_at <= at


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered: times, how long, how and where; `message` is for those invited, in the portal only."""

    times: Sequence[datetime]
    how: str
    place: str
    minutes: int = 60
    message: str = ""
    called_so: bool = False  # a word of the child's name in the place is what the place is called


def offer(
    audit: Audit,
    what: Offer,
    *,
    co_workers_asked: Collection[int] = (),
    reason: str = "",
    by: User,
    at: datetime,
    today: date,
) -> Meeting:
    """Offer times for the meeting, and invite everybody to it; an earlier one that stands is moved, with the reason.

    The supervisor of a learner is invited as a matter of course (P4). Returns the meeting. Raises MeetingError for
    somebody who is not the auditor, an audit that is finished, nobody to meet, times that cannot be, a reason missing.
    """
    with transaction.atomic():
        locked = _locked(audit.pk)
        _demand_auditor(locked, by)
        host = whom_to_meet(locked, today=today)
        if host is None:
            raise MeetingError("No worker and no team manager is recorded for this case, so nobody can be invited.")
        check_times(what.times, minutes=what.minutes, at=at)
        _refuse_name(locked, what)
        guests = _guests_of(locked, host, co_workers_asked, today=today)
        before = _replace(locked, reason=reason, at=at)
        meeting = _create(locked, what, guests, by=by, at=at)
        _tell_of_offer(meeting, before, at=at)
        activity.record("offered times for a meeting", target=about(locked), by=by, at=at, meeting=meeting.pk)
    return meeting


def _create(audit: Audit, what: Offer, guests: list[tuple[User, str]], *, by: User, at: datetime) -> Meeting:
    meeting = Meeting.objects.create(
        audit=audit,
        how=what.how,
        place=what.place.strip(),
        message=what.message.strip(),
        minutes=what.minutes,
        times=stored(what.times),
        sequence=_next_sequence(audit),
        offered_by=by,
        offered_at=at,
    )
    MeetingGuest.objects.bulk_create(MeetingGuest(meeting=meeting, person=person, part=part) for person, part in guests)
    return meeting


def _guests_of(audit: Audit, host: User, asked: Collection[int], *, today: date) -> list[tuple[User, str]]:
    """Everybody invited: the worker, the learner's supervisor, and those of the co-workers who were ticked."""
    others = [person for person in co_workers(audit, today=today) if person.pk in set(asked)]
    supervisor = audit.supervisor
    if supervisor is not None and supervisor.pk != host.pk and working(supervisor, today=today):
        others.insert(0, supervisor)
    return [(host, MeetingGuest.Part.WORKER), *((person, MeetingGuest.Part.CO_WORKER) for person in others)]


def _refuse_name(audit: Audit, what: Offer) -> None:
    """The place goes into calendars and mail, so no part of the child's name may stand there, unless it is called so.

    Looked for is the name on record and the one on the audit's own page. Raises MeetingError or PlaceNamesChild.
    """
    typed = audit.pages.filter(page="overview").values_list("content__child_name", flat=True).first()
    for name in (audit.case.child_name, str(typed or "")):
        found = name_in(what.place, name)
        if found and is_whole_name(found, name):
            raise MeetingError("Leave the name out: this goes into calendars and email.", field="place")
        if found and not what.called_so:
            raise PlaceNamesChild(found)


def _replace(audit: Audit, *, reason: str, at: datetime) -> Meeting | None:
    """End the meeting that stands, because other times are offered; None where none stands.

    One that took place stays as it was and is followed by another. Raises MeetingError where it was agreed
    and the reason is missing.
    """
    standing = audit.meetings.select_for_update().filter(state__in=STANDING).first()
    if standing is None:
        return None
    if took_place(standing, at=at):
        standing.state = Meeting.State.HELD
        standing.save(update_fields=["state"])
        return None
    if standing.state == Meeting.State.AGREED:
        reason = _demand_reason(reason)
    return _end(standing, Meeting.State.MOVED, reason.strip() or _why_replaced(standing), at=at)


def _why_replaced(offered: Meeting) -> str:
    host = offered.guests.filter(part=MeetingGuest.Part.WORKER).select_related("person").first()
    if host is not None and host.answer == MeetingGuest.Answer.NOT_COMING:
        return f"None of the times suited {host.person.name}."
    return "Other times were offered before one was chosen."


def _next_sequence(audit: Audit) -> int:
    """The number of the next calendar entry of an audit: larger than any before, as calendars want it of the same id.

    A meeting that is moved keeps the id of its entry; the one after a meeting that took place has an id of its own.
    """
    last = audit.meetings.order_by("-sequence").values_list("sequence", flat=True).first()
    return 0 if last is None else last + 1


def _tell_of_offer(meeting: Meeting, before: Meeting | None, *, at: datetime) -> None:
    """Mail to everybody invited, and to those who were invited to the meeting before and are not any more."""
    entry = _cancelled(before, at=at)
    mails.offered(meeting, before=entry, at=at)
    if before is None:
        return
    invited = meeting.guests.values_list("person", flat=True)
    left_out = before.guests.exclude(person__in=list(invited)).select_related("person")
    mails.dropped(before, [guest.person for guest in left_out], at=at, calendar=entry)
    if entry:
        mails.off_calendar(before, meeting.offered_by, at=at, calendar=entry)


def agree(meeting: Meeting, *, starts_at: datetime, by: User, at: datetime) -> Meeting:
    """The worker takes one of the times; everybody gets it for their calendar. The same time twice is one agreement.

    Raises MeetingError where somebody else answers, the meeting does not stand any more, or the time is over.
    """
    with transaction.atomic():
        found, guest = _invited(meeting, by, part=MeetingGuest.Part.WORKER)
        if found.state == Meeting.State.AGREED and found.starts_at == starts_at:
            return found
        if found.state != Meeting.State.OFFERED:
            raise MeetingError(OVER)
        if starts_at not in read(found.times):
            raise MeetingError("Choose one of the times that were offered.", field="choice")
        if starts_at <= at:
            raise MeetingError("This time is over. Choose a later one, or say that none of them suits.", field="choice")
        found.state, found.starts_at, found.agreed_by, found.agreed_at = Meeting.State.AGREED, starts_at, by, at
        found.save(update_fields=["state", "starts_at", "agreed_by", "agreed_at"])
        _answer(guest, coming=True, note="", at=at)
        mails.agreed(found, at=at)
        activity.record("agreed on a meeting", target=about(found.audit), by=by, at=at, meeting=found.pk)
    return found


def say_none_fits(meeting: Meeting, *, note: str, by: User, at: datetime) -> None:
    """The worker cannot come at any of the times, and says which would do. Raises MeetingError."""
    with transaction.atomic():
        found, guest = _invited(meeting, by, part=MeetingGuest.Part.WORKER)
        if found.state != Meeting.State.OFFERED:
            raise MeetingError(OVER)
        if len(note.strip()) < SHORTEST_REASON:
            raise MeetingError("Write which times would suit you.", field="note")
        if guest.answer == MeetingGuest.Answer.NOT_COMING and guest.note == note.strip():
            return  # sent twice
        _answer(guest, coming=False, note=note, at=at)
        mails.none_fits(found, guest, at=at)
        activity.record("could come at none of the times", target=about(found.audit), by=by, at=at, meeting=found.pk)


def say_whether_coming(meeting: Meeting, *, coming: bool, note: str, by: User, at: datetime) -> None:
    """A co-worker comes along, or does not, and the auditor is told. Who comes after all gets it for their calendar.

    Raises MeetingError where they were not invited or it is over.
    """
    with transaction.atomic():
        found, guest = _invited(meeting, by, part=MeetingGuest.Part.CO_WORKER)
        if found.state not in STANDING or took_place(found, at=at):
            raise MeetingError(OVER)
        before = guest.answer
        _answer(guest, coming=coming, note=note, at=at)
        if guest.answer != before:
            mails.answered(found, guest, at=at)
        if coming and before == MeetingGuest.Answer.NOT_COMING and found.state == Meeting.State.AGREED:
            mails.comes_after_all(found, by, at=at)
        activity.record("answered an invitation", target=about(found.audit), by=by, at=at, meeting=found.pk)


def ask_to_move(meeting: Meeting, *, reason: str, note: str, by: User, at: datetime) -> Meeting:
    """The worker cannot come to an agreed meeting: it is off, and the auditor is asked for other times.

    `note` says which times would do. Raises MeetingError without a reason, or where it is over.
    """
    with transaction.atomic():
        found, guest = _invited(meeting, by, part=MeetingGuest.Part.WORKER)
        if found.state != Meeting.State.AGREED or found.starts_at is None or found.starts_at <= at:
            raise MeetingError(OVER)
        _end(found, Meeting.State.MOVED, _demand_reason(reason), at=at)
        _answer(guest, coming=False, note=note, at=at)
        mails.move_asked(found, guest, at=at)
        activity.record("asked to move a meeting", target=about(found.audit), by=by, at=at, meeting=found.pk)
    return found


def call_off(meeting: Meeting, *, reason: str, by: User, at: datetime) -> Meeting:
    """The auditor calls the meeting off, and everybody invited is told. Raises MeetingError."""
    with transaction.atomic():
        found = _found(meeting)
        _demand_auditor(found.audit, by)
        if took_place(found, at=at):
            raise MeetingError(HELD)
        if found.state not in STANDING:
            raise MeetingError(OVER)
        _end(found, Meeting.State.CALLED_OFF, _demand_reason(reason), at=at)
        mails.called_off(found, at=at, by=by, calendar=_cancelled(found, at=at))
        activity.record("called a meeting off", target=about(found.audit), by=by, at=at, meeting=found.pk)
    return found


def overtake(audit: Audit, *, why: str, by: User | None, at: datetime) -> Meeting | None:
    """Call off what is still to come, because the audit is finished or in other hands; the portal does it.

    For callers who hold the lock of the audit. A meeting that took place stays as it is. Returns what it called off.
    """
    standing = audit.meetings.select_for_update().filter(state__in=STANDING).first()
    if standing is None or took_place(standing, at=at):
        return None
    _end(standing, Meeting.State.CALLED_OFF, why, at=at)
    mails.called_off(standing, at=at, by=by, calendar=_cancelled(standing, at=at))
    activity.record("called a meeting off", target=about(audit), by=None, at=at, meeting=standing.pk)
    return standing


def after_step(audit: Audit, step: str, *, by: User | None, at: datetime) -> None:
    """What audits.workflow.move asks for after each step: nobody keeps an invitation to an audit that is over."""
    if step in WHY_OVERTAKEN:
        overtake(audit, why=WHY_OVERTAKEN[step], by=by, at=at)


def _end(meeting: Meeting, state: str, reason: str, *, at: datetime) -> Meeting:
    meeting.state, meeting.reason, meeting.ended_at = state, reason, at
    meeting.sequence += 1
    meeting.save(update_fields=["state", "reason", "ended_at", "sequence"])
    return meeting


def _cancelled(meeting: Meeting | None, *, at: datetime) -> str:
    """The entry that takes an ended meeting out of calendars; empty where it stood in none, or is over already."""
    if meeting is None or meeting.starts_at is None or meeting.starts_at <= at:
        return ""
    return mails.calendar_file(meeting, at=at, cancelled=True)


def _answer(guest: MeetingGuest, *, coming: bool, note: str, at: datetime) -> None:
    guest.answer = MeetingGuest.Answer.COMING if coming else MeetingGuest.Answer.NOT_COMING
    guest.note, guest.answered_at = note.strip(), at
    guest.save(update_fields=["answer", "note", "answered_at"])


def _demand_reason(reason: str) -> str:
    if len(reason.strip()) < SHORTEST_REASON:
        raise MeetingError("Give the reason in a few words.", field="reason")
    return reason.strip()


def _demand_auditor(audit: Audit, by: User) -> None:
    if audit.auditor_id != by.pk:
        raise MeetingError("Only the auditor arranges the meeting.")
    if not audit.is_unfinished:
        raise MeetingError("This audit is not being written any more, so there is nothing to meet about.")


def _locked(audit_id: int) -> Audit:
    """The audit, locked to the end of the transaction, with everybody who could be invited."""
    rows = Audit.objects.select_for_update(of=("self",))
    return rows.select_related("case", "auditor", "supervisor", "worker", "team_manager").get(pk=audit_id)


def _found(meeting: Meeting) -> Meeting:
    """The meeting as it is now; its audit is locked first."""
    audit = _locked(meeting.audit_id)
    found = Meeting.objects.select_for_update(of=("self",)).select_related("offered_by").get(pk=meeting.pk)
    found.audit = audit
    return found


def _invited(meeting: Meeting, by: User, *, part: str) -> tuple[Meeting, MeetingGuest]:
    """The meeting as it is now, and the person's own invitation. Raises MeetingError where there is none."""
    found = _found(meeting)
    guest = found.guests.filter(person=by, part=part).select_related("person").first()
    if guest is None:
        raise MeetingError(NOT_YOURS)
    return found, guest
