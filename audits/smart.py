"""Is an action specific, measurable, achievable, relevant and timely? A friendly prompt for each letter (pure; A13).

The checks ask; they decide nothing. Only what can be nothing but a vague deadline is refused (asap, tbc, “within 5
days” where a sentence ends with it): the deadline is a calendar date. Words that often are one and may mean something
else (“this term”, “ongoing”) are asked about.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from audits.deadlines import Holidays, add_months, add_working_days, is_working_day
from people.form_fields import FULL_MONTHS, day_in_words

LONG_MONTHS = 6  # a deadline further off is asked about
SHORTEST = 3  # words; fewer hardly say what to do

_VERBS = """
add agree apply arrange ask assess assign attend begin book bring call carry chair change check circulate collect
commission complete consult contact convene create date describe discuss draft draw email enter establish explain
file fill find finish fix follow gather get give hold identify inform interview introduce invite keep learn let
list look make map meet move note notify obtain offer open order organise pay phone photograph plan prepare present
put read rebook record redraw refer remove replace report request rerun review revisit rewrite ring schedule
scan see seek send set share show sign speak start submit take talk teach tell test transfer translate update upload
use visit write
"""
VERBS = frozenset(_VERBS.split())
# What these leave behind can be seen on the file or counted.
LEAVES_A_TRACE = VERBS - {"identify", "keep", "learn", "let", "look", "use", "find"}
VAGUE = (
    "improve", "improved", "improving", "better", "more", "less", "enhance", "strengthen", "ensure", "support",
    "promote", "encourage", "consider", "explore", "continue", "monitor", "maintain", "address", "raise awareness",
    "be mindful", "happy", "happier", "safer", "calmer", "stronger", "healthier", "confident",
    "ongoing", "regularly", "often", "good", "appropriate", "robust", "timely",
)  # fmt: skip
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fourteen")
COUNTED = (
    *NUMBERS, "once", "twice", "each", "every", "both", "all", "weekly", "fortnightly", "monthly", "daily", "date",
    "dates", "dated", "recorded", "record", "written", "signed", "saved", "uploaded", "booked", "minutes", "chronology",
    "genogram", "ecomap", "referral", "certificate", "report", "letter", "case note", "case notes", "on file",
    "on the file",
)  # fmt: skip
PEOPLE = (
    "child", "children", "young", "baby", "unborn", "infant", "boy", "girl", "teenager", "adolescent", "son",
    "daughter", "sibling", "siblings", "brother", "brothers", "sister", "sisters", "family", "families", "parent",
    "parents", "mother", "mum", "father", "dad", "carer", "carers", "grandmother", "grandfather", "grandparents", "he",
    "she", "they", "his", "her", "hers", "him", "their", "them", "household", "home",
)  # fmt: skip

_COUNT = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|a few|a couple of|the next few)"
_UNIT = r"(?:working |calendar |school )?(?:hour|day|week|fortnight|month)s?"
_EVERY_TIME = (
    r"(?! (?:of|after|from) (?:each|every|any|all|receiving|being)\b)"  # a standard for each time, no deadline
)
_NO_DATE = (
    r"a\.?s\.?a\.?p\b\.?",
    r"as soon as (?:reasonably |practically )?(?:possible|practicable|practical|poss|able|you can|they can|we can)\b",
    r"(?:at|in) the (?:earliest|first) (?:opportunity|possible opportunity|convenience)\b",
    r"date (?:to be|tb) (?:confirmed|advised|agreed)\b",
    r"tb[cda]\b",
)
_SO_LONG = (
    rf"(?:with)?in (?:the )?(?:next )?{_COUNT} {_UNIT}\b(?:['’] time)?{_EVERY_TIME}",
    rf"in (?:the )?next {_UNIT}\b",
    r"(?:to be|tb) (?:confirmed|advised)\b",
)
_OFTEN_A_DEADLINE = (
    *_SO_LONG,
    r"(?:by |before )?(?:the )?end of (?:the |this |next )?(?:day|week|month|term|quarter|year)\b",
    rf"(?:by |before )?(?:the )?end of (?:{'|'.join(FULL_MONTHS)})\b",
    r"(?:this|next) (?:week|month|term|quarter|year)\b",
    r"(?:straight|right) away\b",
    r"without (?:any |further )?delay\b",
    r"in due course\b",
    r"when(?:ever)? (?:possible|able|convenient)\b",
    r"immediately\b(?! (?:after|before|following|when|if|on|upon|prior|afterwards)\b)",
    r"urgently\b",
    r"promptly\b",
    r"shortly\b(?! (?:after|before)\b)",
    r"(?<!as )soon\b(?! (?:as|after|before)\b)",
    r"on-?going\b(?! [a-z])",
)
_HERE_BEGINS = r"(?<![\w-])"


def _any_of(*patterns: str) -> str:
    return f"(?:{'|'.join(f'(?:{one})' for one in patterns)})"


_SENTENCE_BEGINS, _SENTENCE_ENDS = r"(?:^|(?<=[.!?;] ))", r"(?=\s*(?:[.!?;]|$))"
_LONG = _any_of(*_SO_LONG)
_VAGUE_DEADLINE = re.compile(
    rf"{_HERE_BEGINS}(?:{_any_of(*_NO_DATE)}|{_LONG}{_SENTENCE_ENDS})|{_SENTENCE_BEGINS}{_LONG}", re.IGNORECASE
)
_PERHAPS = re.compile(_HERE_BEGINS + _any_of(*_OFTEN_A_DEADLINE), re.IGNORECASE)
# Before “within 10 days” in the same sentence: it says how often something is done, or what was done, not by when.
_NO_DEADLINE_AFTER = re.compile(
    r"\b(?:why|whether|was|were|been|had|has|did|not|missed|times|once|twice|each|every|always|never|any|all)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_JOINED = re.compile(r"(?:\band then\b|\band also\b|\bas well as\b|;|\n\s*(?:[-•*]|\d+[.)]))")
_AND_VERB = re.compile(r"\band (?:to )?([a-z]+)\b")

MEANING = {
    "S": "one step, one owner",
    "M": "anyone can tell when it is done",
    "A": "in the owner’s power, in the time there is",
    "R": "it makes life better for whom it is about",
    "T": "by a calendar date",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of SMART: fine, or a question to think about."""

    letter: str
    word: str
    prompt: str = ""  # empty where it is fine
    about: str = ""  # the field that the prompt asks about

    @property
    def meaning(self) -> str:
        """What the letter stands for, in a few words."""
        return MEANING[self.letter]

    @property
    def fine(self) -> bool:
        """Whether there is nothing to ask."""
        return not self.prompt


@dataclass(frozen=True, slots=True)
class Proposed:
    """An action as typed so far; what is missing is empty."""

    outcome: str
    how: str
    due_on: date | None
    owner: str = ""  # the name
    owner_leaves: date | None = None
    immediate: bool = False
    child: str = ""  # the child's name, which an outcome may use


def check(action: Proposed, *, today: date, holidays: Holidays) -> tuple[Letter, ...]:
    """The five letters, in order, each fine or with its prompt."""
    by_whom = _by_whom(action, today=today)
    in_time = by_whom or _in_the_time(action, today=today, holidays=holidays)
    return (
        Letter("S", "Specific", _specific(action.how), about="how"),
        Letter("M", "Measurable", _measurable(action.how, action.outcome), about="how"),
        Letter("A", "Achievable", in_time, about="owner" if by_whom else "due_on"),
        Letter("R", "Relevant", _relevant(action.outcome, action.child), about="outcome"),
        Letter("T", "Timely", _timely(action, today=today, holidays=holidays), about="due_on"),
    )


def vague_deadline(text: str) -> str:
    """The first vague deadline in a text that can be nothing else, as typed; empty where there is none."""
    return next(iter(vague_deadlines(text)), "")


def vague_deadlines(text: str) -> list[str]:
    """Every vague deadline in a text that can be nothing else, as typed, each once."""
    line = " ".join(text.split())
    found = (each.group().strip() for each in _VAGUE_DEADLINE.finditer(line) if _is_deadline(each))
    return list(dict.fromkeys(found))


def _is_deadline(found: re.Match[str]) -> bool:
    """Whether it says by when: “asap” always does, “within 10 days” where its sentence does not say otherwise."""
    if not re.fullmatch(_LONG, found.group(), re.IGNORECASE):
        return True
    said_before = re.split(r"[.!?;] ", found.string[: found.start()])[-1]
    return not _NO_DEADLINE_AFTER.search(said_before)


def perhaps_deadlines(text: str) -> list[str]:
    """Words that are often a vague deadline and may mean something else, as typed, each once; not what is refused."""
    found = (each.group().strip() for each in _PERHAPS.finditer(" ".join(text.split())))
    refused = vague_deadlines(text)
    return [phrase for phrase in dict.fromkeys(found) if phrase not in refused]


def refusal(text: str, *, due_on: date | None, today: date, holidays: Holidays) -> str:
    """Why a text cannot stay as it is, with the date it comes to; empty where it can (001: setting actions)."""
    phrases = vague_deadlines(text)
    if not phrases:
        return ""
    named = " and ".join(f"“{phrase}”" for phrase in phrases)
    if due_on is not None:
        return f"Take {named} out: the deadline is the date below, {day_in_words(due_on)}"
    out = f"Take {named} out and put the deadline below, as a date"
    counted = next((phrase for phrase in phrases if not re.fullmatch(_any_of(*_NO_DATE), phrase, re.IGNORECASE)), "")
    day = day_in_words(_meant(counted or phrases[0], today=today, holidays=holidays))
    return f"{out}: “{counted}” would be {day}" if counted else f"{out}, for example {day}"


def _meant(phrase: str, *, today: date, holidays: Holidays) -> date:
    """The calendar day that a vague deadline comes to, for the message: never before the next working day."""
    soonest = add_working_days(today, 1, holidays=holidays)
    return max(_read(phrase.lower(), today=today, holidays=holidays), soonest)


def _read(phrase: str, *, today: date, holidays: Holidays) -> date:
    number = re.search(r"\d{1,3}|" + "|".join(rf"\b{word}\b" for word in NUMBERS), phrase)
    count = _as_number(number.group()) if number else 1
    month = next((place for place, name in enumerate(FULL_MONTHS, 1) if re.search(rf"\b{name}\b", phrase)), 0)
    if month:
        year = today.year + (month < today.month)
        return _working_before(date(year, month, monthrange(year, month)[1]), holidays=holidays)
    if "hour" in phrase:
        return add_working_days(today, -(-count // 24), holidays=holidays)
    if "working day" in phrase:
        return add_working_days(today, count, holidays=holidays)
    if "day" in phrase and "end of" not in phrase:
        return _working_before(today + timedelta(days=count), holidays=holidays)
    if "week" in phrase or "fortnight" in phrase:
        weeks = count * (2 if "fortnight" in phrase else 1)
        friday = today + timedelta(days=4 - today.weekday())
        named = "this" in phrase or "next" in phrase or "end of" in phrase
        ahead = 7 if "next" in phrase else 0
        day = friday + timedelta(days=ahead) if named else today + timedelta(weeks=weeks)
        return _working_before(day, holidays=holidays)
    if "month" in phrase and ("end of" in phrase or "this" in phrase):
        first = add_months(today.replace(day=1), 1 if "next" in phrase else 0)
        return _working_before(first.replace(day=monthrange(first.year, first.month)[1]), holidays=holidays)
    if "month" in phrase:
        return _working_before(add_months(today, count), holidays=holidays)
    if "immediate" in phrase or "away" in phrase or "urgent" in phrase or "delay" in phrase:
        return add_working_days(today, 1, holidays=holidays)
    return add_working_days(today, 5, holidays=holidays)


def _as_number(text: str) -> int:
    if text.isdigit():
        return int(text)
    return {"twelve": 12, "fourteen": 14}.get(text) or NUMBERS.index(text) + 1


def _working_before(day: date, *, holidays: Holidays) -> date:
    while not is_working_day(day, holidays=holidays):
        day -= timedelta(days=1)
    return day


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _specific(how: str) -> str:
    words = _words(how)
    if not words:
        return "What exactly has to be done?"
    if not VERBS & set(words):
        return "Begin with what somebody does: ring, visit, write, book, add, send."
    if _JOINED.search(how.lower()) or len([word for word in _AND_VERB.findall(how.lower()) if word in VERBS]) > 1:
        return "This reads like several steps. One action, one step: add the others as actions of their own."
    if len(words) < SHORTEST:
        return "Say a little more, so that somebody new to the case could do it."
    return ""


def _measurable(how: str, outcome: str) -> str:
    both = f"{how} {outcome}"
    words = _words(both)
    if not words:
        return "How will anybody tell that it is done?"
    counted = bool(re.search(r"\d", both)) or _mentions(words, COUNTED)
    vague = next((word for word in VAGUE if _mentions(words, (word,))), "")
    if vague and not counted:
        return (
            f"“{vague.capitalize()}” can mean anything. What could somebody see or count on the file when it is done?"
        )
    if not counted and not LEAVES_A_TRACE & set(words):
        return "What could somebody see or count on the file when it is done?"
    return ""


def _mentions(words: list[str], wanted: tuple[str, ...]) -> bool:
    text = f" {' '.join(words)} "
    return any(f" {one} " in text for one in wanted)


def _by_whom(action: Proposed, *, today: date) -> str:
    due_on, leaves = action.due_on, action.owner_leaves
    if not action.owner:
        return "Who can do it? Choose one person."
    if leaves is not None and due_on is not None and due_on >= today and leaves <= due_on:
        return f"{action.owner} leaves on {day_in_words(leaves)}, before it is due. Who else could do it?"
    return ""


def _in_the_time(action: Proposed, *, today: date, holidays: Holidays) -> str:
    due_on = action.due_on
    if due_on is None or due_on < today:
        return ""
    if due_on == today and not action.immediate:
        return "That is today. Can it be done? If it is needed to keep the child safe, say so below."
    if not is_working_day(due_on, holidays=holidays):
        return f"{day_in_words(due_on)} is not a working day."
    return ""


def _relevant(outcome: str, child: str) -> str:
    words = _words(outcome)
    if not words:
        return "What will be better for the child?"
    if set(words) & {*PEOPLE, *_words(child)}:
        return ""
    return "What changes for the child or the family?"


def _timely(action: Proposed, *, today: date, holidays: Holidays) -> str:
    due_on = action.due_on
    perhaps = perhaps_deadlines(f"{action.how}. {action.outcome}")[:1]
    if due_on is None:
        meant = [f" “{one}” would be {day_in_words(_meant(one, today=today, holidays=holidays))}." for one in perhaps]
        return "".join(["By which calendar date?", *meant])
    if due_on < today:
        return "That date has gone by."
    if action.immediate and due_on > (soonest := add_working_days(today, 1, holidays=holidays)):
        days = (due_on - today).days
        return f"You ticked “at once”, but the deadline is in {days} days. Can it be done by {day_in_words(soonest)}?"
    if due_on > add_months(today, LONG_MONTHS):
        return f"That is more than {LONG_MONTHS} months away. Is there a first step with an earlier date?"
    if perhaps:
        return f"Does “{perhaps[0]}” say by when? The deadline is {day_in_words(due_on)}. If it does, take it out."
    return ""
