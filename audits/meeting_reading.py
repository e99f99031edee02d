"""What the pages say about meetings: where the booking stands, what waits on whom, what the form takes from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q

from audits.deadlines import london_date
from audits.meeting_times import DaysAway, clock, day_words, doubts, read, time_words
from audits.meetings import STANDING, WHY_OVERTAKEN, took_place
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
    if not audit.is_unfinished:
        return _booking_of_old(host.meeting if host else None)
    return _booking(host.meeting, host, at=at) if host else NOT_BOOKED


def _booking_of_old(meeting: Meeting | None) -> Booking:
    """Of an audit that is submitted, or need not be done any more: what was, and nothing to do."""
    if meeting is None:
        return Booking("No meeting was booked in the portal. Nothing is left to do.", "not_started", "Not booked")
    if meeting.state in {State.AGREED, State.HELD} and meeting.starts_at is not None:
        return Booking(f"Was {time_words(meeting.starts_at, meeting.minutes)}.", "done", "Done")
    if meeting.state == State.MOVED:
        return Booking("No other time was agreed on. Nothing is left to do.", "not_started", "Not booked")
    overtaken = meeting.reason in WHY_OVERTAKEN.values()
    why = f" because {meeting.reason[0].lower()}{meeting.reason[1:-1]}" if overtaken else ""
    return Booking(f"The meeting was called off{why}. Nothing is left to do.", "not_started", "Called off")


def called_off_by_submitting(audit: Audit, *, at: datetime) -> str:
    """What submitting calls off, to be said before it; empty where no meeting is to come. One query."""
    found = MeetingGuest.objects.filter(meeting__audit=audit, meeting__state__in=STANDING, part=Part.WORKER)
    host = found.select_related("meeting", "person").first()
    if host is None or took_place(host.meeting, at=at):
        return ""
    starts, name = host.meeting.starts_at, host.person.name
    if starts is None:
        return f"{name} was offered times for a meeting. Submitting calls them off, and everybody invited is told."
    when = f"{day_words(starts)} at {clock(starts)}"
    return f"A meeting with {name} is booked for {when}. Submitting calls it off, and everybody invited is told."


def was_called_off_by_submitting(audit: Audit) -> str:
    """What submitting called off, to be said after it; empty where it called nothing off. One query."""
    found = MeetingGuest.objects.filter(meeting__audit=audit, meeting__state=State.CALLED_OFF, part=Part.WORKER)
    hosts = found.filter(meeting__reason=WHY_OVERTAKEN["submit"]).select_related("meeting", "person")
    host = hosts.order_by("-meeting").first()
    if host is None:
        return ""
    starts, name = host.meeting.starts_at, host.person.name
    if starts is None:
        return f"The times for a meeting that {name} was offered were called off, and everybody invited is told."
    when = f"{day_words(starts)} at {clock(starts)}"
    return f"The meeting with {name} on {when} was called off, and everybody invited is told."


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
    """A meeting that a person is asked to, or arranged: with whom, when, and whether they have to answer."""

    meeting: Meeting
    when: str
    to_answer: bool
    with_whom: str


def invitations(user: User, *, at: datetime) -> list[Invitation]:
    """The meetings a person is asked to, and those agreed about audits they do, unless they are over. One query.

    Those they have to answer come first.
    """
    agreed = Q(meeting__state=State.AGREED, meeting__starts_at__gt=at)
    asked = Q(meeting__state=State.OFFERED, answer=Answer.NONE) | agreed & ~Q(answer=Answer.NOT_COMING)
    arranged = agreed & Q(meeting__audit__auditor=user, part=Part.WORKER)
    rows = MeetingGuest.objects.filter(asked & Q(person=user) | arranged, meeting__audit__status__in=UNFINISHED)
    rows = rows.select_related("meeting__audit", "meeting__offered_by", "person")
    found = rows.order_by("answer", F("meeting__starts_at").asc(nulls_first=True), "pk")[:SHOWN]
    return [_invitation(guest, mine=guest.person_id == user.pk) for guest in found]


def _invitation(guest: MeetingGuest, *, mine: bool) -> Invitation:
    """The guest's own, or as the auditor sees it who asked them."""
    other = guest.meeting.offered_by if mine else guest.person
    to_answer = mine and guest.answer == Answer.NONE
    return Invitation(guest.meeting, when(guest.meeting), to_answer, other.name)


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


def without_prefill(audit: Audit, content: Content, *, at: datetime) -> Content:
    """What is sent of the meeting page, without what `prefill` put into questions that nobody was asked.

    Where they did not meet, the questions about the meeting stay hidden and are sent all the same: what stands in
    them as the meeting was arranged is no answer. Anything else is kept (R1). Two queries, none where they met.
    """
    if not isinstance(content, dict) or content.get("met") != "no":
        return content
    arranged = prefill(audit, {}, at=at)
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
