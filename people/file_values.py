"""Clean the values that real files hold: text, ids, dates, yes and no."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from people.spreadsheet import Cell

EMPTY_WORDS = {"", "#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "null"} | {
    "n/a",
    "na",
    "none",
    "nan",
    "-",
    "--",
}
LONGEST_EMPTY = max(map(len, EMPTY_WORDS))
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
LETTER_CODE = re.compile(r"^[a-z0-9]{1,2}\)\s*", re.IGNORECASE)
SERIALS_START = date(1899, 12, 30)  # day 0 of Excel's calendar
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
MONTH_WORDS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: n for n, name in enumerate(MONTH_WORDS, start=1)}
TIME_OF_DAY = re.compile(r"[ T]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]m)?(Z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE)
YEAR_FIRST = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
DAY_FIRST = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})$")
MONTH_AS_WORD = re.compile(
    r"^(?:[a-z]{3,9},? )?(\d{1,2})(?:st|nd|rd|th)?[- /]+([a-z]{3,9})[-, /.]+(\d{4}|\d{2})$", re.IGNORECASE
)
EIGHT_DIGITS = re.compile(r"^(19|20)(\d{2})(\d{2})(\d{2})$")


class BadValue(ValueError):
    """A value that cannot be what its column says."""


def clean_text(value: Cell | None) -> str:
    """One line of text: odd spaces and invisible signs gone, whole numbers without ".0", "#N/A" and "NULL" empty."""
    if not isinstance(value, str):
        return "" if value is None else text_of(value)
    text = value
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text).translate(INVISIBLE).replace("\x00", "")
        text = " ".join(text.split())
    elif " " in text:
        text = " ".join(text.split())
    return "" if len(text) <= LONGEST_EMPTY and text.casefold() in EMPTY_WORDS else text


def text_of(value: Cell) -> str:
    """A cell that is no text, as text."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def without_code(value: Cell | None) -> str:
    """Text without the list letter that some systems put before it: "b) Female" reads Female."""
    text = clean_text(value)
    return LETTER_CODE.sub("", text) or text if ")" in text[:3] else text


def identifier(value: Cell | None) -> str:
    """An id as text: 9212044.0 from a spreadsheet and "9212044.0" from its CSV both read 9212044."""
    return without_nought(clean_text(value))


def without_nought(text: str) -> str:
    """A clean text without the ".0" of a whole number."""
    return text[:-2] if text.endswith(".0") and re.fullmatch(r"\d+\.0", text) else text


def as_date(value: Cell | None) -> date | None:
    """A date: a real one, Excel's day number, or text (21/11/2026, 2026-11-21, 21 Nov 2026); None when empty.

    Raises BadValue for anything else, for days no calendar has and for years outside 1900 to 2100.
    """
    if isinstance(value, datetime):
        return plausible(value.date())
    if isinstance(value, date):
        return plausible(value)
    text = TIME_OF_DAY.sub("", clean_text(value))
    if text in {"", "0", "00/00/0000", "0000-00-00"}:
        return None
    return plausible(date_from_text(text))


def date_from_text(text: str) -> date:
    """The date a text stands for, the day before the month as people here write it. Raises BadValue."""
    try:
        if re.fullmatch(r"\d{4,6}(\.\d+)?", text):
            return SERIALS_START + timedelta(days=int(float(text)))
        if found := YEAR_FIRST.match(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := EIGHT_DIGITS.match(text):
            return date(int(found[1] + found[2]), int(found[3]), int(found[4]))
        if found := DAY_FIRST.match(text):
            return date(full_year(found[3]), int(found[2]), int(found[1]))
        if found := MONTH_AS_WORD.match(text):
            return date(full_year(found[3]), MONTHS[found[2][:3].lower()], int(found[1]))
    except (ValueError, KeyError, OverflowError) as error:
        raise BadValue(f"“{text}” is not a possible date") from error
    raise BadValue(f"“{text}” is not a date")


def full_year(text: str) -> int:
    """A year of four digits; 00 to 68 of two digits are this century, as POSIX reads them."""
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 69 else 1900)


def plausible(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise BadValue(f"“{day.isoformat()}” is too early or too late to be right")
    return day


def yes_no(value: Cell | None) -> bool | None:
    """True, False, or None where the cell is empty or says neither."""
    text = without_code(value).casefold()
    if text in {"yes", "y", "true", "t", "1"}:
        return True
    return False if text in {"no", "n", "false", "f", "0"} else None


def whole_number(value: Cell | None) -> int | None:
    """A whole number, None when empty. Raises BadValue for anything else."""
    text = identifier(value)
    if not text:
        return None
    if not re.fullmatch(r"\d{1,6}", text):
        raise BadValue(f"“{text}” is not a whole number")
    return int(text)


def heading_key(value: Cell | None) -> str:
    """A heading reduced to what it says: case, spaces, quotation marks, brackets and underscores do not matter."""
    text = re.sub(r"[’‘'`´“”\"]", "", clean_text(value).casefold())
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def name_key(value: Cell | None) -> str:
    """A name reduced for comparing: case and odd spaces do not matter, "Hazlett, Dustin" is Dustin Hazlett."""
    text = clean_text(value).casefold()
    last, comma, first = text.partition(", ")
    return f"{first} {last}" if comma and first and "," not in first else text
