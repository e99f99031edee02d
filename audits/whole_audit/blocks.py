"""What a document about an audit is made of: parts, and in them facts, tables, graded verdicts, standards, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from django.utils import timezone

from audits.reading import Row
from audits.structure import GradeChoice
from people.form_fields import day_in_words

Said = TypeVar("Said")
# What XML does not take stands as the sign that pictures it; what has no picture as the sign for a broken character.
NOT_FOR_XML = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}


@dataclass(frozen=True)
class Facts:
    """Questions with their answers, perhaps under a heading of their own."""

    rows: tuple[Row, ...]
    title: str = ""
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Table:
    """Rows under column headings; the first cell of each is what the row is about."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Standard:
    """A key standard as answered, with the auditor's comment on it."""

    number: str
    text: str
    answer: str
    comment: str = ""


@dataclass(frozen=True)
class Standards:
    """The key standards of a section."""

    rows: tuple[Standard, ...]
    title: str = "Key standards"
    kind: ClassVar[str] = "standards"


@dataclass(frozen=True)
class Verdict:
    """A grade in words; the colour only goes with it."""

    label: str
    word: str
    colour: str = ""
    kind: ClassVar[str] = "verdict"


@dataclass(frozen=True)
class Note:
    """A sentence of ours."""

    text: str
    kind: ClassVar[str] = "note"


Block = Facts | Table | Standards | Verdict | Note


@dataclass(frozen=True)
class Part:
    """A part of the document with its heading."""

    code: str
    title: str
    blocks: tuple[Block, ...]


def facts(rows: Iterable[Row], title: str = "") -> list[Block]:
    """The rows that have an answer, as one block; none where nothing was written."""
    answered = tuple(row for row in rows if row.value)
    return [Facts(answered, title)] if answered else []


def table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[Block]:
    """A table; none where it would have no row."""
    found = tuple(rows)
    return [Table(title, heads, found)] if found else []


def verdict(label: str, grade: GradeChoice | None, *, none: str = "Not graded") -> Verdict:
    """A grade of the form in words."""
    return Verdict(label, grade.point.label, grade.colour) if grade else Verdict(label, none)


def day(value: date | None) -> str:
    """E.g. 21 November 2026; empty for None."""
    return day_in_words(value) if value else ""


def moment(value: datetime | None) -> str:
    """E.g. 21 November 2026 at 14:02, London time; empty for None."""
    local = timezone.localtime(value) if value else None
    return f"{day_in_words(local.date())} at {local:%H:%M}" if local else ""


def plain(value: Said) -> Said:
    """The same value with every text in it as any document can hold it.

    Line ends are all of one kind, and characters that XML does not take are replaced by visible signs. Nothing else
    changes.
    """
    return each_text(value, _plain)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(NOT_FOR_XML)


def each_text(value: Said, change: Callable[[str], str]) -> Said:
    """The same value with every text in it changed in the same way."""
    changed: Any = value
    if isinstance(value, str):
        changed = change(value)
    elif isinstance(value, tuple):
        changed = tuple(each_text(each, change) for each in value)
    elif is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: each_text(getattr(value, each.name), change) for each in fields(value)}
        changed = replace(value, **parts)
    return changed
