"""The rules of timescales beside one audit: the days typed for each, those the case list has, and what comes of them.

What comes of them are hints (A17): no answer is ever given by the portal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from audits.deadlines import Holidays, add_months, london_date
from audits.forms.timescales import typed_day
from audits.models import Audit, Case, TimescaleRule
from audits.pages import Content, case_of, child_of
from audits.structure import Fit
from audits.timescales import Kind, in_words, limit_words, not_yet, verdict
from people.holidays import holiday_set
from people.models import FileImport

SIXTEEN = 16 * 12  # months
FIELDS_OF_THE_CASE = {"referral_date"}
COMES_AGAIN = "last_"  # the case list has the latest day of something that comes again: when is the next one due?
ASK = "ask"  # of Hint.kind: the case list has the first day, and nobody has said yet when the rest happened
NONE_SINCE = "none since in the case list"  # the record may be newer than the list
MOST_YEARS = timedelta(days=3 * 366)  # how far from a day typed a limit may lie, with room to spare
LATE = (Kind.LATE, Kind.OVERDUE)


@dataclass(frozen=True)
class Hint:
    """What comes of the two days of a rule: one of Kind or ASK, and words."""

    kind: str
    words: str


@dataclass(frozen=True)
class TypedDay:
    """One of the two days of a rule as the page shows it."""

    name: str  # of the input
    label: str
    text: str
    day: date | None
    problem: str
    from_case: bool  # the case list says the same


@dataclass(frozen=True)
class Line:
    """A rule with its two days."""

    rule: TimescaleRule
    trigger: TypedDay
    event: TypedDay
    hint: Hint | None

    @property
    def is_filled(self) -> bool:
        """Whether any day is there."""
        return bool(self.trigger.text or self.event.text)

    @property
    def is_late(self) -> bool:
        """Whether the hint says that it is late."""
        return self.hint is not None and self.hint.kind in LATE

    @property
    def limit_words(self) -> str:
        """E.g. within 15 working days."""
        return limit_words(self.rule)

    @property
    def is_from_case(self) -> bool:
        """Whether one of its days is from the case list."""
        return self.trigger.from_case or self.event.from_case


@dataclass(frozen=True)
class Topic:
    """The rules under one heading, foldable."""

    title: str
    lines: list[Line]

    @property
    def filled(self) -> int:
        """How many have a day."""
        return sum(line.is_filled for line in self.lines)

    @property
    def late(self) -> int:
        """How many are late by their days."""
        return sum(line.is_late for line in self.lines)


def rules_for(days: Mapping[str, str]) -> list[TimescaleRule]:
    """The rules in use, and those out of use for which days were typed: nobody's days get lost. One query."""
    return list(TimescaleRule.objects.filter(Q(in_use=True) | Q(code__in=_codes(days))))


def left_over(days: Mapping[str, str], rules: Iterable[TimescaleRule]) -> dict[str, str]:
    """The days of rules that are no more, by the name of an input: the page carries them along."""
    known = {rule.code for rule in rules}
    return {f"days__{name}": day for name, day in days.items() if name.partition(".")[0] not in known}


def _codes(days: Mapping[str, str]) -> set[str]:
    return {name.partition(".")[0] for name in days}


def lines_of(rules: Iterable[TimescaleRule], days: Mapping[str, str], *, case: Case, today: date) -> list[Line]:
    """Each rule with the days typed for it. One query for the holidays, none where nothing was typed."""
    rules = list(rules)
    holidays = _holidays(days, today=today)
    return [_line(rule, days, case=case, today=today, holidays=holidays) for rule in rules]


def fitting(rules: Sequence[TimescaleRule], *, audit: Audit) -> set[str]:
    """The codes of the rules that are for a child with these plans and this age (A8)."""
    child = child_of(audit)
    plans = {child["plan"], *audit.case.plans}
    return {rule.code for rule in rules if any(_fit(rule).suits(plan=plan, age=child["age"]) for plan in plans)}


def _fit(rule: TimescaleRule) -> Fit:
    return Fit(frozenset(rule.plans), rule.from_age, rule.to_age)


def by_topic(lines: Iterable[Line]) -> list[Topic]:
    """The lines under their headings, in the table's order."""
    topics: dict[str, list[Line]] = {}
    for line in lines:
        topics.setdefault(line.rule.topic, []).append(line)
    return [Topic(title, found) for title, found in topics.items()]


def prefilled_days(rules: Iterable[TimescaleRule], *, case: Case, since: date, until: date) -> dict[str, str]:
    """What the case list says, for a page on which nothing was typed yet.

    Beginnings from before the time under review (`since`) are left out; the latest of what comes again is not. What is
    later than its end (`until`) is not under review.
    """
    days = {}
    for rule in rules:
        for side, fact in (("trigger", rule.trigger_fact), ("event", rule.event_fact)):
            day = fact_day(case, fact)
            if day and day <= until and (day >= since or fact.startswith(COMES_AGAIN)):
                days[f"{rule.code}.{side}"] = _as_typed(day)
    return days


def fact_day(case: Case, fact: str) -> date | None:
    """The day that the case list has for a rule; None where it has none."""
    if fact in FIELDS_OF_THE_CASE:
        value = getattr(case, fact)
        return value if isinstance(value, date) else None
    if fact == "birthday_16":
        return add_months(case.date_of_birth, SIXTEEN) if case.date_of_birth else None
    try:
        return date.fromisoformat(str(case.facts.get(fact, ""))) if fact else None
    except ValueError:
        return None


def case_list_day(case: Case) -> date | None:
    """When the case list was read from which the case's days come; None where the case came without one. One query."""
    if case.last_import_id is None:
        return None
    applied = FileImport.objects.filter(pk=case.last_import_id).values_list("applied_at", flat=True).first()
    return london_date(applied) if applied else None


def _as_typed(day: date) -> str:
    return f"{day.day} {day.month} {day.year}"


def _holidays(days: Mapping[str, str], *, today: date) -> Holidays:
    typed = [day for day, _ in map(typed_day, days.values()) if day]
    if not typed:
        return frozenset()
    return holiday_set(min(*typed, today) - MOST_YEARS, max(*typed, today) + MOST_YEARS)


def _line(rule: TimescaleRule, days: Mapping[str, str], *, case: Case, today: date, holidays: Holidays) -> Line:
    trigger = _typed(rule, "trigger", rule.trigger, days, fact_day(case, rule.trigger_fact))
    event = _typed(rule, "event", rule.event, days, fact_day(case, rule.event_fact))
    return Line(rule, trigger, event, _hint(rule, trigger, event, today=today, holidays=holidays))


def _typed(rule: TimescaleRule, side: str, label: str, days: Mapping[str, str], fact: date | None) -> TypedDay:
    text = days.get(f"{rule.code}.{side}", "")
    day, problem = typed_day(text)
    return TypedDay(f"days__{rule.code}.{side}", label, text, day, problem, day is not None and day == fact)


def _hint(rule: TimescaleRule, trigger: TypedDay, event: TypedDay, *, today: date, holidays: Holidays) -> Hint | None:
    if event.problem:
        return None
    found = verdict(rule, trigger.day, event.day, today=today, holidays=holidays)
    if found is None:
        return None
    # The list says when a case began and not what followed: nobody is told that a first review of years ago is overdue.
    if event.day is None and trigger.from_case and not rule.trigger_fact.startswith(COMES_AGAIN):
        due = "Due" if found.due_on >= today else "Was due"
        return Hint(ASK, f"{due} {in_words(found.due_on)}. Type the other day to see whether it was in time.")
    if event.day is None and trigger.from_case:
        return Hint(found.kind, found.words.replace(not_yet(rule), NONE_SINCE))
    return Hint(found.kind, found.words)


# ------------------------------------------------------------------ for documents


@dataclass(frozen=True)
class TimescaleRow:
    """A rule with its days as it is read: in a finished audit, a PDF, a Word document."""

    topic: str
    name: str
    limit: str
    trigger: str  # label
    trigger_day: str
    event: str  # label
    event_day: str
    hint: str
    late: bool
    source: str


def timescale_rows(content: Content, audit: Audit, *, today: date) -> list[TimescaleRow]:
    """The rules for which a day was typed, in the table's order, judged on the day of submission or today.

    The rules are as they were then: a limit that the council changes later leaves what an audit says alone. Needs
    audit.case. Two queries, none where nothing was typed.
    """
    days: Mapping[str, str] = content.get("days", {}) if content else {}
    if not days:
        return []
    submitted = audit.submitted_at
    rules = _rules_then(_codes(days), audit)
    on = london_date(submitted) if submitted else today
    return [_row(line) for line in lines_of(rules, days, case=case_of(audit), today=on)]


def _rules_then(codes: set[str], audit: Audit) -> list[Any]:
    """The rules as they were when the audit was submitted (as they first were, if that was before they came)."""
    if not audit.submitted_at:
        return list(TimescaleRule.objects.filter(code__in=codes))
    kept: dict[str, Any] = {}
    events = TimescaleRule.pgh_event_model.objects.filter(code__in=codes)  # type: ignore[attr-defined]  # pghistory
    for event in events.order_by("pgh_id"):
        if event.code not in kept or event.pgh_created_at <= audit.submitted_at:
            kept[event.code] = event
    return sorted(kept.values(), key=lambda event: (event.order, event.code))


def _row(line: Line) -> TimescaleRow:
    rule = line.rule
    return TimescaleRow(
        topic=rule.topic,
        name=rule.name,
        limit=line.limit_words,
        trigger=rule.trigger,
        trigger_day=_readable(line.trigger),
        event=rule.event,
        event_day=_readable(line.event),
        hint=line.hint.words if line.hint else "",
        late=line.is_late,
        source=rule.source,
    )


def _readable(typed: TypedDay) -> str:
    """A day people read; what was typed, where it is no day."""
    return in_words(typed.day) if typed.day else typed.text
