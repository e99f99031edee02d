"""Write one meeting as a calendar file (RFC 5545, sent as RFC 5546 describes): plain values in, text out.

Times are written in UTC, which every calendar shows in its reader's own time, so that no clock change can move a
meeting. Whoever calls this keeps children's names out of every text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

REQUEST, CANCEL = "REQUEST", "CANCEL"
PRODUCT = "-//Case file audits//Audit meetings//EN"
LONGEST_LINE = 75  # octets, without the line's end
ESCAPED = (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n"))


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who organises or takes part: name and council address."""

    name: str
    email: str
    optional: bool = False
    answer: str = "NEEDS-ACTION"  # or ACCEPTED, DECLINED


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting as a calendar knows it. The same `uid` with a higher `sequence` replaces what was sent before."""

    uid: str
    sequence: int
    stamp: datetime  # when this was said
    starts_at: datetime
    minutes: int
    summary: str
    organiser: Attendee
    attendees: Sequence[Attendee]
    description: str = ""
    location: str = ""
    address: str = ""  # of the page about it
    method: str = REQUEST


def written(entry: Entry) -> str:
    """The calendar file, each line ended by CR and LF. Raises ValueError for a time without a zone."""
    return "".join(f"{_folded(line)}\r\n" for line in _lines(entry))


def _lines(entry: Entry) -> Iterator[str]:
    ends_at = _in_utc(entry.starts_at) + timedelta(minutes=entry.minutes)
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN")
    yield f"METHOD:{entry.method}"
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{_moment(entry.stamp)}"
    yield f"DTSTART:{_moment(entry.starts_at)}"
    yield f"DTEND:{_moment(ends_at)}"
    yield f"SUMMARY:{_text(entry.summary)}"
    texts = {"DESCRIPTION": entry.description, "LOCATION": entry.location}
    yield from (f"{name}:{_text(value)}" for name, value in texts.items() if value)
    if entry.address:
        yield f"URL:{_one_line(entry.address)}"
    yield f"STATUS:{'CANCELLED' if entry.method == CANCEL else 'CONFIRMED'}"
    yield f"ORGANIZER;CN={_parameter(entry.organiser.name)}:mailto:{_one_line(entry.organiser.email)}"
    yield from (_attendee(each) for each in entry.attendees)
    yield from ("END:VEVENT", "END:VCALENDAR")


def _attendee(person: Attendee) -> str:
    role = "OPT-PARTICIPANT" if person.optional else "REQ-PARTICIPANT"
    parameters = f"CN={_parameter(person.name)};ROLE={role};PARTSTAT={person.answer};RSVP=FALSE"
    return f"ATTENDEE;{parameters}:mailto:{_one_line(person.email)}"


def _moment(moment: datetime) -> str:
    """A moment in UTC, 20261118T100000Z."""
    return f"{_in_utc(moment):%Y%m%dT%H%M%SZ}"


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC, where an hour is an hour whatever the clocks do."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone to stand in a calendar.")
    return moment.astimezone(UTC)


def _text(value: str) -> str:
    """A text value (3.3.11): separators escaped, line ends written as \\n, other control characters left out."""
    for plain, escaped in ESCAPED:
        value = value.replace(plain, escaped)
    return "".join(character for character in value if character == "\t" or ord(character) >= 32)


def _parameter(value: str) -> str:
    """A parameter value in quotes, which cannot hold a quote or a control character (3.2)."""
    return f'"{_one_line(value).replace(chr(34), chr(39))}"'


def _one_line(value: str) -> str:
    """No control character, so that nothing typed can begin a line of its own."""
    return "".join(character for character in value if ord(character) >= 32)


def _folded(line: str) -> str:
    """A long line in pieces of at most 75 octets, each after the first begun by a space; no character is cut (3.1)."""
    pieces, size, piece = [], 0, ""
    for character in line:
        octets = len(character.encode())
        if size + octets > LONGEST_LINE:
            pieces.append(piece)
            piece, size = "", 1  # the space that begins the next piece
        piece += character
        size += octets
    return "\r\n ".join([*pieces, piece])
