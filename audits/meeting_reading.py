"""What the pages say about meetings: where the booking stands, what waits on whom, what the form takes from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q

from audits.deadlines import london_date
from audits.meeting_times import DaysAway, doubts, read, time_words
from audits.meetings import STANDING, took_place
from audits.models import UNFINISHED, Audit, Meeting, MeetingGuest
from audits.pages import Content
from people.form_fields import day_in_words
from people.models import Absence, Holiday, User

State, Answer, Part = Meeting.State, MeetingGuest.Answer, MeetingGuest.Part
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Booking:
    """How far the booking of a meeting is, for the auditor's task list: `page` is the address to go on at."""

    hint: str
    status: str
    words: str
    page: str = "audits:meetings"


NOT_BOOKED = Booking(
    "Offer some times; the worker chooses one and gets the blank form.",
    "not_started",
    "Not yet booked",
    "audits:book_meeting",
)


def booking(audit: Audit, *, at: datetime) -> Booking:
    """Where the meeting of an audit stands. One query."""
    found = MeetingGuest.objects.filter(meeting__audit=audit, part=Part.WORKER).select_related("meeting", "person")
    hosts = list(found.order_by("-meeting_id"))
    standing = [each for each in hosts if each.meeting.state in STANDING]
    held = [each for each in hosts if each.meeting.state == State.HELD]
    host = next(iter([*standing, *held, *hosts]), None)
    return _booking(host.meeting, host, at=at) if host else NOT_BOOKED


def _booking(meeting: Meeting, host: MeetingGuest, *, at: datetime) -> Booking:
    name = host.person.name
    if meeting.state in {State.AGREED, State.HELD} and meeting.starts_at is not None:
        when = time_words(meeting.starts_at, meeting.minutes)
        if meeting.starts_at > at:
            return Booking(f"{when}, with {name}.", "agreed", "Agreed")
        return Booking(f"Was {when}. Write down how it went.", "done", "Done")
    if meeting.state == State.CALLED_OFF:
        return Booking("The meeting was called off. Offer new times.", "not_started", "Called off")
    if host.answer == Answer.NOT_COMING:
        return Booking(f"{name} cannot come. Offer other times.", "waiting", "Offer other times")
    if all(time <= at for time in read(meeting.times)):
        return Booking(f"{name} has not answered, and your times are over.", "waiting", "Offer other times")
    if london_date(meeting.offered_at) == london_date(at):
        return Booking(f"Sent to {name} today; no answer yet.", "waiting", "Waiting for an answer")
    since = day_in_words(london_date(meeting.offered_at))
    return Booking(f"{name} has not answered since {since}.", "waiting", "Waiting for an answer")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A meeting that a person is asked to: when, as far as that is settled, and whether they have to answer."""

    meeting: Meeting
    when: str
    to_answer: bool


def invitations(user: User, *, at: datetime) -> list[Invitation]:
    """The meetings a person is asked to, unless they are over: those they have to answer first. One query."""
    open_ = Q(meeting__state=State.OFFERED, answer=Answer.NONE) | Q(
        meeting__state=State.AGREED, meeting__starts_at__gt=at
    )
    rows = MeetingGuest.objects.filter(open_, person=user, meeting__audit__status__in=UNFINISHED)
    rows = rows.exclude(answer=Answer.NOT_COMING).select_related("meeting__audit", "meeting__offered_by")
    found = rows.order_by("answer", F("meeting__starts_at").asc(nulls_first=True), "pk")[:SHOWN]
    return [Invitation(guest.meeting, when(guest.meeting), guest.answer == Answer.NONE) for guest in found]


def when(meeting: Meeting) -> str:
    """When a meeting is, or that its time is still to be chosen."""
    if meeting.starts_at is not None:
        return time_words(meeting.starts_at, meeting.minutes)
    number = len(meeting.times)
    return "One time offered, not chosen yet" if number == 1 else f"{number} times offered, none chosen yet"


def doubts_about(times: Collection[datetime], *, audit: Audit, people: Collection[int], today: date) -> list[str]:
    """What is worth a second look before times are offered: days off, absences of those invited, the due date."""
    days = [london_date(time) for time in times]
    first, last = min(days, default=today), max(days, default=today)
    away = Absence.objects.filter(user__in=people, starts__lte=last, ends__gte=first).select_related("user")
    return doubts(
        times,
        due_on=None if audit.is_overdue(today) else audit.due_on,
        holidays=dict(Holiday.objects.filter(day__range=(first, last)).values_list("day", "name")),
        away=[DaysAway(each.user.name, each.starts, each.ends) for each in away],
    )


def prefill(audit: Audit, content: Content, *, at: datetime) -> Content:
    """The meeting page as it opens: what was agreed fills the answers that are still empty, once the meeting is over.

    Nothing is stored by this. Where anything was written about the meeting itself, the page stays as it is.
    """
    if any(content.get(name) for name in ("met", "met_on_day", "met_on_month", "met_on_year", "others", "why_not")):
        return content
    found = list(audit.meetings.prefetch_related("guests__person"))
    fill: Content = {}
    moved = [_why_moved(meeting, audit) for meeting in found if meeting.state == State.MOVED and meeting.starts_at]
    if moved and not content.get("rearranged"):
        fill["rearranged"] = "\n".join(moved)
    held = [meeting for meeting in found if took_place(meeting, at=at)]
    if held and held[-1].starts_at is not None:
        fill |= _as_it_was(held[-1], held[-1].starts_at)
    return {**content, **fill}


def without_prefill(reference: str, content: Content, *, at: datetime) -> Content:
    """What is sent of the meeting page, without what `prefill` put into questions that nobody was asked.

    Where they did not meet, the questions about the meeting stay hidden and are sent all the same: what stands in
    them as the meeting was arranged is no answer. Anything else is kept (R1). Two queries, none where they met.
    """
    if not isinstance(content, dict) or content.get("met") != "no":
        return content
    audit = Audit.objects.only("pk", "worker_id", "team_manager_id", "supervisor_id").filter(reference=reference)
    arranged = prefill(audit[0], {}, at=at) if audit else {}
    day = [name for name in content if name.startswith("met_on_")]
    same = {name for name, value in arranged.items() if content.get(name) == value}
    if not same.issuperset(day):
        same.difference_update(day)  # a day of which they typed a part
    return {name: "" if name in same else value for name, value in content.items()}


def _why_moved(meeting: Meeting, audit: Audit) -> str:
    """The auditor's own reason; of one who was asked no more than who it was: an illness is not the child's record."""
    host = next((guest for guest in meeting.guests.all() if guest.part == Part.WORKER), None)
    if host is None or host.answer != Answer.NOT_COMING:
        return meeting.reason
    return f"Moved at the {relation(host, audit).lower()}’s request."


def relation(guest: MeetingGuest, audit: Audit) -> str:
    """What somebody who is asked to a meeting is to the audit: a team manager may stand in for the worker."""
    words = {
        audit.worker_id: "Worker",
        audit.team_manager_id: "Team manager",
        audit.supervisor_id: "Auditor’s supervisor",
    }
    return words.get(guest.person_id) or str(guest.get_part_display())


def _as_it_was(agreed: Meeting, starts_at: datetime) -> Content:
    day = london_date(starts_at)
    others = [g.person.name for g in agreed.guests.all() if g.part == Part.CO_WORKER and g.answer == Answer.COMING]
    return {
        "met_on_day": str(day.day),
        "met_on_month": str(day.month),
        "met_on_year": str(day.year),
        "met_how": agreed.how,
        "others": ", ".join(others),
    }


def choices(meeting: Meeting, *, at: datetime) -> list[tuple[str, str]]:
    """The times that can still be chosen, each as it is stored and in words."""
    pairs = zip(meeting.times, read(meeting.times), strict=True)
    return [(text, time_words(time, meeting.minutes)) for text, time in pairs if time > at]
