"""The calendar file of a meeting, read back by a reader of its own (RFC 5545)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.calendar_entry import CANCEL, LONGEST_LINE, Attendee, Entry, written

LONDON = ZoneInfo("Europe/London")
ADA = Attendee("Ada Auditor", "ada@exampleshire.example", answer="ACCEPTED")
WREN = Attendee("Wren Worker", "wren@exampleshire.example")
STAMP = datetime(2026, 11, 10, 10, 0, tzinfo=UTC)


def entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "uid": "audit-2026-11-0007@portal.invalid",
        "sequence": 0,
        "stamp": STAMP,
        "starts_at": datetime(2026, 11, 19, 10, 0, tzinfo=LONDON),
        "minutes": 60,
        "summary": "Audit meeting, 2026-11-0007",
        "organiser": ADA,
        "attendees": [ADA, WREN],
    }
    return Entry(**{**values, **changes})


def unfolded(text: str) -> list[str]:
    """The logical lines: every line ends in CR and LF, and one that begins with a space goes on with the last."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert "\r" not in text.replace("\r\n", "")
    return re.sub("\r\n[ \t]", "", text).split("\r\n")[:-1]


def properties(text: str) -> dict[str, list[tuple[dict[str, str], str]]]:
    """Every property by name: its parameters and its value, as a calendar would read them."""
    found: dict[str, list[tuple[dict[str, str], str]]] = {}
    for line in unfolded(text):
        head, value = _split(line)
        name, *parameters = re.split(r";(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", head)
        pairs = dict(part.split("=", 1) for part in parameters)
        found.setdefault(name, []).append(({key: one.strip('"') for key, one in pairs.items()}, value))
    return found


def _split(line: str) -> tuple[str, str]:
    """At the first colon that is not in quotes."""
    quoted = False
    for place, character in enumerate(line):
        quoted ^= character == '"'
        if character == ":" and not quoted:
            return line[:place], line[place + 1 :]
    raise AssertionError(line)


def unescaped(value: str) -> str:
    """A text value as it was meant."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


def only(text: str, name: str) -> str:
    [(_, value)] = properties(text)[name]
    return value


def moment(value: str) -> datetime:
    return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


class TestEntry:
    def test_is_a_request_with_one_event_in_it(self) -> None:
        lines = unfolded(written(entry()))
        assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
        assert lines[-2:] == ["END:VEVENT", "END:VCALENDAR"]
        assert lines.count("BEGIN:VEVENT") == 1
        assert "METHOD:REQUEST" in lines
        assert "STATUS:CONFIRMED" in lines

    def test_has_everything_a_calendar_needs(self) -> None:
        needed = {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "ATTENDEE", "PRODID"}
        assert needed <= set(properties(written(entry())))

    def test_names_organiser_and_attendees_with_their_council_addresses(self) -> None:
        found = properties(written(entry(attendees=[ADA, Attendee("Cody Co-worker", "cody@x.example", optional=True)])))
        assert found["ORGANIZER"] == [({"CN": "Ada Auditor"}, "mailto:ada@exampleshire.example")]
        guest, address = found["ATTENDEE"][1]
        assert address == "mailto:cody@x.example"
        assert (guest["CN"], guest["ROLE"], guest["PARTSTAT"]) == ("Cody Co-worker", "OPT-PARTICIPANT", "NEEDS-ACTION")

    def test_is_taken_back_under_the_same_id(self) -> None:
        first, second = written(entry()), written(entry(sequence=3, method=CANCEL))
        assert only(first, "UID") == only(second, "UID")
        assert (only(second, "METHOD"), only(second, "STATUS")) == ("CANCEL", "CANCELLED")
        assert int(only(second, "SEQUENCE")) > int(only(first, "SEQUENCE"))

    def test_leaves_out_what_is_not_known(self) -> None:
        assert {"LOCATION", "DESCRIPTION", "URL"}.isdisjoint(properties(written(entry())))

    def test_refuses_a_time_without_a_zone(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            written(entry(starts_at=datetime(2026, 11, 19, 10, 0)))  # noqa: DTZ001  # the point of it


class TestClockChange:
    @pytest.mark.parametrize(
        ("day", "utc"),
        [
            ((2026, 10, 23), 9),  # Friday, summer time
            ((2026, 10, 26), 10),  # Monday after the clocks went back
            ((2027, 3, 26), 10),  # Friday before they go forward
            ((2027, 3, 29), 9),  # Monday after
        ],
    )
    def test_never_moves_a_meeting(self, day: tuple[int, int, int], utc: int) -> None:
        local = datetime(*day, 10, 0, tzinfo=LONDON)
        start, end = (moment(only(written(entry(starts_at=local)), name)) for name in ("DTSTART", "DTEND"))
        assert (start.hour, start.astimezone(LONDON).hour) == (utc, 10)
        assert (end - start).total_seconds() == 3600

    @pytest.mark.parametrize("day", [(2026, 10, 25), (2027, 3, 28)])
    def test_in_the_night_makes_a_meeting_no_longer_or_shorter(self, day: tuple[int, int, int]) -> None:
        text = written(entry(starts_at=datetime(*day, 0, 30, tzinfo=LONDON), minutes=120))
        assert (moment(only(text, "DTEND")) - moment(only(text, "DTSTART"))).total_seconds() == 7200


class TestText:
    def test_is_escaped_where_it_would_break_the_file(self) -> None:
        place = "Room 2; first floor, left\\right\nring the bell"
        assert unescaped(only(written(entry(location=place)), "LOCATION")) == place

    def test_cannot_begin_a_line_of_its_own(self) -> None:
        name = 'Eve"\r\nATTENDEE:mailto:eve@elsewhere.example'
        text = written(entry(attendees=[Attendee(name, "eve@x.example")]))
        assert len(properties(text)["ATTENDEE"]) == 1

    def test_is_folded_at_75_octets_between_characters(self) -> None:
        text = written(entry(description="Überlänge 😀 " * 40))
        assert all(len(line.encode()) <= LONGEST_LINE for line in text.split("\r\n"))
        assert only(text, "DESCRIPTION") == "Überlänge 😀 " * 40

    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=400))
    def test_comes_back_as_it_was(self, words: str) -> None:
        text = written(entry(description=words, summary=f"A{words}"))
        assert all(len(line.encode()) <= LONGEST_LINE for line in text.split("\r\n"))
        assert unescaped(only(text, "SUMMARY")) == f"A{words}"
        assert unescaped(only(text, "DESCRIPTION")) == words if words else "DESCRIPTION" not in text
