"""The emails about a meeting: one function per email. A reference, times and links; no child, no reason, no message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from audits.calendar_entry import CANCEL, REQUEST, Attendee, Entry, written
from audits.deadlines import london_date
from audits.meeting_times import read, time_words
from audits.messages import about
from audits.models import Audit, Meeting, MeetingGuest
from people import mail
from people.line_management import working
from people.models import OutgoingMail, User

ANSWERS = {"": "NEEDS-ACTION", "coming": "ACCEPTED", "not_coming": "DECLINED"}


def calendar_file(meeting: Meeting, *, at: datetime, cancelled: bool = False) -> str:
    """The calendar entry of a meeting that was agreed; with `cancelled` what takes it out of calendars again."""
    assert meeting.starts_at is not None
    audit, guests = meeting.audit, list(meeting.guests.select_related("person"))
    address = mail.link("audits:meeting", meeting.pk)
    return written(
        Entry(
            uid=f"audit-{audit.reference}{_which(meeting)}@{mail.MAIL_DOMAIN}",
            sequence=meeting.sequence,
            stamp=at,
            starts_at=meeting.starts_at,
            minutes=meeting.minutes,
            summary=f"Audit meeting, {audit.reference}",
            description=f"About this meeting, and the questions to look at before: {address}",
            location=meeting.place or str(meeting.get_how_display()),
            address=address,
            organiser=Attendee(meeting.offered_by.name, meeting.offered_by.email),
            attendees=[
                Attendee(meeting.offered_by.name, meeting.offered_by.email, answer="ACCEPTED"),
                *(_attendee(guest) for guest in guests),
            ],
            method=CANCEL if cancelled else REQUEST,
        )
    )


def _which(meeting: Meeting) -> str:
    """What tells a meeting's entry from those of the ones that took place before: "-2" for the second, else "".

    A meeting that only moved keeps its entry, and so what stands in calendars moves with it.
    """
    before = Meeting.objects.filter(audit=meeting.audit_id, state=Meeting.State.HELD, pk__lt=meeting.pk).count()
    return f"-{before + 1}" if before else ""


def _attendee(guest: MeetingGuest) -> Attendee:
    optional = guest.part == MeetingGuest.Part.CO_WORKER
    return Attendee(guest.person.name, guest.person.email, optional=optional, answer=ANSWERS[guest.answer])


def offered(meeting: Meeting, *, before: str = "", at: datetime) -> None:
    """Tell everybody invited which times are offered; `before` is the cancelled entry of the meeting it replaces."""
    for guest in _guests(meeting, at=at):
        _queue(
            "meeting_offered",
            meeting,
            guest.person,
            subject=f"Choose a time to talk about audit {meeting.audit.reference}"
            if guest.part == MeetingGuest.Part.WORKER
            else f"You are invited to talk about audit {meeting.audit.reference}",
            at=at,
            calendar=before,
            chooses=guest.part == MeetingGuest.Part.WORKER,
            times=[time_words(time, meeting.minutes) for time in read(meeting.times)],
            moved=bool(before),
            form_link=_form_link("audits:template", meeting.audit),
            questions_link=_form_link("audits:before_you_meet", meeting.audit),
        )


def _form_link(name: str, audit: Audit) -> str:
    version = audit.template_version
    return mail.link(name, version.template.code, version.number)


def agreed(meeting: Meeting, *, at: datetime) -> None:
    """Tell auditor and guests, but those who cannot come, when they meet, with the entry for their calendars."""
    entry = calendar_file(meeting, at=at)
    guests = [guest.person for guest in _guests(meeting, at=at) if guest.answer != MeetingGuest.Answer.NOT_COMING]
    for person in [meeting.offered_by, *guests]:
        _queue_agreed(meeting, person, at=at, calendar=entry)


def comes_after_all(meeting: Meeting, person: User, *, at: datetime) -> None:
    """Send a guest who had said no the entry for their calendar, each time they say yes to a meeting that is agreed."""
    _queue_agreed(meeting, person, at=at, calendar=calendar_file(meeting, at=at), again=at)


def _queue_agreed(
    meeting: Meeting, person: User, *, at: datetime, calendar: str, again: datetime | None = None
) -> None:
    assert meeting.starts_at is not None
    subject = f"Agreed: meeting about audit {meeting.audit.reference}"
    when = time_words(meeting.starts_at, meeting.minutes)
    _queue("meeting_agreed", meeting, person, subject=subject, at=at, calendar=calendar, again=again, when=when)


def answered(meeting: Meeting, guest: MeetingGuest, *, at: datetime) -> None:
    """Tell the auditor that somebody who was asked along comes, or cannot come."""
    coming = guest.answer == MeetingGuest.Answer.COMING
    subject = f"{guest.person.name} {'comes' if coming else 'cannot come'}: meeting about audit "
    _to_auditor("meeting_answer", meeting, guest, subject=subject, at=at, again=at, coming=coming)


def none_fits(meeting: Meeting, guest: MeetingGuest, *, at: datetime) -> None:
    """Tell the auditor that none of the times suits; each answer anew, for each may say which times would."""
    _to_auditor("meeting_no_time", meeting, guest, subject="None of your times suits: audit ", at=at, again=at)


def move_asked(meeting: Meeting, guest: MeetingGuest, *, at: datetime) -> None:
    """Tell the auditor, and the others who were invited, that the agreed meeting does not take place as it stood."""
    entry = calendar_file(meeting, at=at, cancelled=True)
    _to_auditor("meeting_move_asked", meeting, guest, subject="Your meeting has to move: audit ", at=at, calendar=entry)
    others = [each.person for each in _guests(meeting, at=at) if each.pk != guest.pk]
    _off(meeting, others, at=at, calendar=entry)
    _queue_off_calendar(meeting, guest.person, at=at, calendar=entry)


def _to_auditor(name: str, meeting: Meeting, guest: MeetingGuest, *, subject: str, at: datetime, **more: Any) -> None:
    audit = meeting.audit
    _queue(
        name,
        meeting,
        meeting.offered_by,
        subject=f"{subject}{audit.reference}",
        at=at,
        guest=guest.person,
        link=mail.link("audits:meetings", audit.reference),
        **more,
    )


def called_off(meeting: Meeting, *, at: datetime, by: User | None, calendar: str) -> None:
    """Tell guests and auditor, but whoever did it, that a meeting does not take place.

    `calendar` takes it out of calendars again; whoever did it gets that too, where there is one.
    """
    people = [meeting.offered_by, *(guest.person for guest in _guests(meeting, at=at))]
    _off(meeting, [person for person in people if by is None or person.pk != by.pk], at=at, calendar=calendar)
    if calendar and by is not None and by.pk in {person.pk for person in people}:
        _queue_off_calendar(meeting, by, at=at, calendar=calendar)


def dropped(meeting: Meeting, people: Iterable[User], *, at: datetime, calendar: str) -> None:
    """Tell those who were invited to an earlier meeting, and are not to the one that takes its place."""
    _off(meeting, people, at=at, calendar=calendar)


def off_calendar(meeting: Meeting, person: User, *, at: datetime, calendar: str) -> None:
    """Send whoever ended a meeting the entry that takes it out of their own calendar."""
    _queue_off_calendar(meeting, person, at=at, calendar=calendar)


def _queue_off_calendar(meeting: Meeting, person: User, *, at: datetime, calendar: str) -> None:
    subject = f"For your calendar: the meeting about audit {meeting.audit.reference} is off"
    _queue("meeting_off_calendar", meeting, person, subject=subject, at=at, calendar=calendar)


def _off(meeting: Meeting, people: Iterable[User], *, at: datetime, calendar: str) -> None:
    today = london_date(at)
    subject = f"Called off: meeting about audit {meeting.audit.reference}"
    for person in people:
        if working(person, today=today):
            when = time_words(meeting.starts_at, meeting.minutes) if meeting.starts_at else ""
            _queue("meeting_called_off", meeting, person, subject=subject, at=at, calendar=calendar, when=when)


def _guests(meeting: Meeting, *, at: datetime) -> list[MeetingGuest]:
    """Those invited who still work here."""
    today = london_date(at)
    guests = meeting.guests.select_related("person")
    return [guest for guest in guests if working(guest.person, today=today)]


def _queue(
    name: str,
    meeting: Meeting,
    person: User,
    *,
    subject: str,
    at: datetime,
    calendar: str = "",
    again: datetime | None = None,
    **words: Any,
) -> OutgoingMail:
    """Queue email/<name>.txt to one person; once about a meeting as it stands, and once for each answer, `again`."""
    audit, which = meeting.audit, f":{again:%Y%m%dT%H%M%S%f}" if again else ""
    said = {"audit": audit, "person": person, "link": mail.link("audits:meeting", meeting.pk), **words}
    return mail.queue(
        person,
        key=f"{name}:{meeting.pk}:{meeting.sequence}:{person.pk}{which}",
        kind=name,
        subject=subject,
        body=render_to_string(f"email/{name}.txt", said),
        at=at,
        about=about(audit),
        calendar=calendar,
    )
