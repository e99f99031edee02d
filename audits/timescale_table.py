"""The table of timescales: as it ships, as the council has it, who changed what (A17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction

from audits.models import TimescaleRule
from audits.timescales import limit_words
from people import activity
from people.models import User
from people.refusal import Refused
from people.wording import label

SHIPPED = settings.BASE_DIR / "fixtures" / "timescales.yml"
THE_COUNCILS = ("name", "limit", "unit", "counting", "in_use")  # what a council sets of a local rule
# What it sets of a rule that it added itself.
OURS = (*THE_COUNCILS, "topic", "trigger", "event", "plans", "from_age", "to_age", "direction", "note")
OURS_BEGIN = "ours-"  # the codes of such rules: no rule that ships begins so
FOR_COUNCIL = "for_council"  # in the file: what only those who set the rules have to know
BLANK: dict[str, Any] = {
    "plans": [],
    "from_age": None,
    "to_age": None,
    "limit": None,
    "unit": TimescaleRule.Unit.WORKING_DAYS,
    "direction": TimescaleRule.Direction.AFTER,
    "counting": TimescaleRule.Counting.NEXT_DAY,
    "statutory": False,
    "source": "",
    "note": "",
    "trigger_fact": "",
    "event_fact": "",
    "in_use": True,
}
COUNTING_WORDS = {
    TimescaleRule.Counting.NEXT_DAY.value: "the day after is day 1",
    TimescaleRule.Counting.SAME_DAY.value: "the day itself is day 1",
}
AT_LEAST_ONE = "The limit must be 1 or more"
LOCKED = "This rule is statutory, so it cannot be changed here."
MEANWHILE = (
    "While you had this page open, somebody changed this rule. Nothing of yours is saved. "
    "The page shows how it is now: look at it, then make your change again."
)


class TimescaleError(Refused):
    """A change of a rule that cannot be made; `field` names what is wrong, where it is one thing."""


class ChangedMeanwhile(TimescaleError):
    """Somebody else changed the rule since the page was shown. Nothing was saved."""


@dataclass
class Loaded:
    """What loading did, as codes of rules."""

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # local rules that a council set otherwise than shipped
    not_shipped: list[str] = field(default_factory=list)  # in the table, but no longer in the file


@dataclass(frozen=True)
class Change:
    """One change of a rule: when, by whom, and what was before and after, in words."""

    at: datetime
    by: str
    lines: tuple[str, ...]


@lru_cache(maxsize=1)
def shipped(path: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """Every rule as it ships, by its code, with all its fields."""
    written = [({**BLANK, **rule}, topic["topic"]) for topic in _topics(path) for rule in topic["rules"]]
    rules = [{**rule, "topic": topic, "order": order} for order, (rule, topic) in enumerate(written, 1)]
    return {rule["code"]: {name: rule[name] for name in rule if name != FOR_COUNCIL} for rule in rules}


@lru_cache(maxsize=1)
def notes_for_council(path: Path = SHIPPED) -> dict[str, str]:
    """What those who set the rules have to know of some of them, by code; auditors are not shown it."""
    rules = [rule for topic in _topics(path) for rule in topic["rules"]]
    return {rule["code"]: rule[FOR_COUNCIL] for rule in rules if FOR_COUNCIL in rule}


def _topics(path: Path) -> list[dict[str, Any]]:
    topics: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return topics


def all_rules() -> list[TimescaleRule]:
    """The council's table, also what is out of use: one query. Everybody may read it (A17)."""
    return list(TimescaleRule.objects.all())


def load_timescales() -> Loaded:
    """Add the rules that are missing, renew statutory ones and the words of local ones; never what a council set."""
    done = Loaded()
    with transaction.atomic():
        there = {rule.code: rule for rule in TimescaleRule.objects.select_for_update()}
        for code, values in shipped().items():
            if code in there:
                _renew(there[code], values, done)
            else:
                TimescaleRule.objects.create(**values)
                done.added.append(code)
    gone = there.keys() - shipped().keys()
    done.not_shipped = sorted(code for code in gone if not is_ours(there[code]))
    return done


def _renew(rule: TimescaleRule, values: dict[str, Any], done: Loaded) -> None:
    wanted = dict(values)
    if values["statutory"]:
        wanted |= {"changed_by": None, "changed_at": None}  # also a rule that was local until now
    else:
        wanted = {name: value for name, value in values.items() if name not in THE_COUNCILS}
        if any(getattr(rule, name) != values[name] for name in THE_COUNCILS):
            done.kept.append(rule.code)
    differing = {name: value for name, value in wanted.items() if getattr(rule, name) != value}
    if differing:
        _set(rule, differing)
        done.renewed.append(rule.code)


def _set(rule: TimescaleRule, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(rule, name, value)
    rule.save(update_fields=list(values))


def as_shown(rule: TimescaleRule) -> str:
    """Which state of a rule a page shows: the page posts it back, so that two tabs cannot undo each other."""
    return rule.changed_at.isoformat() if rule.changed_at else "as it came"


def change(code: str, values: dict[str, Any], *, shown: str, by: User, at: datetime) -> TimescaleRule:
    """Change what a council may set of a local rule. `shown` is what as_shown said when the page was drawn.

    Raises TimescaleRule.DoesNotExist, TimescaleError for a statutory rule or one that makes no sense, and
    ChangedMeanwhile where somebody else was quicker.
    """
    with transaction.atomic():
        rule = TimescaleRule.objects.select_for_update(of=("self",)).get(code=code)
        if rule.statutory:
            raise TimescaleError(LOCKED)
        differing = {name: values[name] for name in (OURS if is_ours(rule) else THE_COUNCILS) if name in values}
        differing = {name: value for name, value in differing.items() if getattr(rule, name) != value}
        if not differing:
            return rule
        if as_shown(rule) != shown:
            raise ChangedMeanwhile(MEANWHILE)
        for name, value in differing.items():
            setattr(rule, name, value)
        demand_sense(rule)
        _set(rule, {**differing, "changed_by": by, "changed_at": at})
        _record("changed a timescale", rule, by=by, at=at)
    return rule


def demand_sense(rule: TimescaleRule) -> None:
    """Raises TimescaleError for a limit of nothing and for ages that are no span."""
    if rule.limit is not None and rule.limit < least_limit(rule):
        raise TimescaleError(AT_LEAST_ONE, field="limit")
    if rule.from_age is not None and rule.to_age is not None and rule.to_age < rule.from_age:
        raise TimescaleError("The oldest age must not be below the youngest", field="to_age")


def least_limit(rule: TimescaleRule) -> int:
    """0 for a rule that ships as “on the same day”; else 1, as the next visit is never due on the day of the last."""
    return 0 if shipped().get(rule.code, {}).get("limit") == 0 else 1


def is_ours(rule: TimescaleRule) -> bool:
    """Whether the council added a rule itself."""
    return rule.code.startswith(OURS_BEGIN)


def reset(code: str, *, shown: str, by: User, at: datetime) -> TimescaleRule:
    """Put a local rule back to how it ships. Raises what `change` raises, and TimescaleError for one not shipped."""
    if code not in shipped():
        raise TimescaleError("This rule did not come with the portal, so there is nothing to go back to.")
    return change(code, {name: shipped()[code][name] for name in THE_COUNCILS}, shown=shown, by=by, at=at)


def count_all_local(counting: str, *, by: User, at: datetime) -> list[TimescaleRule]:
    """Let every local rule count in one way; returns those that counted otherwise before. Raises TimescaleError."""
    if counting not in COUNTING_WORDS:
        raise TimescaleError("Choose how days are counted.", field="counting")
    with transaction.atomic():
        rules = list(TimescaleRule.objects.select_for_update(of=("self",)).filter(statutory=False))
        changing = [rule for rule in rules if rule.counting != counting]
        for rule in changing:
            _set(rule, {"counting": counting, "changed_by": by, "changed_at": at})
            _record("changed a timescale", rule, by=by, at=at)
    return changing


def _record(verb: str, rule: TimescaleRule, *, by: User, at: datetime) -> None:
    activity.record(verb, target=f"timescale:{rule.code}", by=by, at=at, name=rule.name)


def differs(rule: TimescaleRule) -> bool:
    """Whether a rule is set otherwise than it ships."""
    came = shipped().get(rule.code)
    return came is not None and any(getattr(rule, name) != came[name] for name in THE_COUNCILS)


def as_it_came(rule: TimescaleRule) -> str:
    """The limit with which a rule ships, in words; empty for one that did not ship."""
    came = shipped().get(rule.code)
    return limit_words(TimescaleRule(**came)) if came else ""


def for_whom(rule: TimescaleRule) -> str:
    """The plans and ages that a rule is for, in the council's words."""
    plans = ", ".join(label("plans", plan) for plan in rule.plans) or "Every plan"
    if rule.from_age is not None and rule.to_age is not None:
        return f"{plans}; aged {rule.from_age} to {rule.to_age}"
    if rule.from_age is not None:
        return f"{plans}; aged {rule.from_age} or over"
    return plans if rule.to_age is None else f"{plans}; aged under {rule.to_age + 1}"


def day_labels() -> dict[str, str]:
    """What each day of the page of timescales is called, by its name there (icpc.trigger). One query."""
    rules = TimescaleRule.objects.only("code", "name", "trigger", "event")
    return {
        f"{rule.code}.{side}": f"{rule.name}: the day of “{getattr(rule, side)}”"
        for rule in rules
        for side in ("trigger", "event")
    }


# ------------------------------------------------------------------ history


def history(rule: TimescaleRule) -> list[Change]:
    """What people changed of a rule, the latest first: "was within 3 weeks, now within 4 weeks". Two queries."""
    kept = list(rule.events.order_by("pgh_id").select_related("changed_by"))  # type: ignore[attr-defined]  # pghistory
    changes = []
    for before, after in pairwise(kept):
        if after.changed_at and after.changed_at != before.changed_at:
            by = after.changed_by.name if after.changed_by else ""
            changes.append(Change(after.changed_at, by, tuple(_lines(before, after)) or ("Note changed",)))
    if kept and is_ours(rule) and kept[0].changed_at:
        changes.insert(0, Change(kept[0].changed_at, kept[0].changed_by.name, ("Rule added",)))
    return changes[::-1]


def _lines(before: Any, after: Any) -> list[str]:
    said = [(title, words(before), words(after)) for title, words in SAID.items()]
    lines = [f"{title}: was {was}, now {now}" for title, was, now in said if was != now]
    if before.in_use != after.in_use:
        lines.append("Put in use" if after.in_use else "Taken out of use")
    return lines


SAID: dict[str, Callable[[Any], str]] = {
    "Name": lambda rule: f"“{rule.name}”",
    "Topic": lambda rule: f"“{rule.topic}”",
    "Counted from": lambda rule: f"“{rule.trigger}”",
    "What has to happen": lambda rule: f"“{rule.event}”",
    "For": for_whom,
    "Limit": limit_words,
    "Counting": lambda rule: COUNTING_WORDS[rule.counting],
}
