"""The settings and rules that a draw was made under, from its frozen facts, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from allocation.record.freezing import EVERYBODY, RULE
from people.form_fields import day_in_words

GROUPS = "rota groups"
SETTINGS = {
    "due on": "Due date",
    "template": "Template",
    "theme": "Theme",
    "cohort": "Cases it is about",
    GROUPS: "Who audits",
    "spread": "Spread over",
    "loads evened over": "Loads made even over",
    "one per family": "One child of each family",
    "re-audits": "Re-audits that are due, on top",
    "teams' involvements count from": "Teams’ involvements count from",
}
RULES = {
    "recently_audited_months": ("A case rests after an audit", "month"),
    "newly_opened_days": ("A case is too new to audit for", "day"),
    "same_child_months": ("The same auditor does not get the same child for", "month"),
    "same_worker_months": ("The same auditor does not get the same worker for", "month"),
    "re_audit_months": ("Re-audit after an urgent grade after", "month"),
    "improvement_sample_percent": ("Re-audited of those not yet good", "per cent"),
    "competency_required": ("Only signed-off auditors, or learning ones with a supervisor", ""),
}
NO_RULE = {"newly_opened_days", "same_child_months", "same_worker_months", "re_audit_months", "recently_audited_months"}


def settings_of(facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """How the month was set up: what, and its value; what was not set is left out."""
    return [(words, _setting(key, facts[key])) for key, words in SETTINGS.items() if facts.get(key)]


def _setting(key: str, value: str) -> str:
    if key == GROUPS and value != EVERYBODY:
        return _groups(value.split(", "))
    return value_in_words(value)


def _groups(names: list[str]) -> str:
    """Group A; Groups A and C."""
    if len(names) == 1:
        return f"Group {names[0]}"
    return f"Groups {', '.join(names[:-1])} and {names[-1]}"


def rules_of(facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """The rules that were in force: what, and for how long."""
    found = []
    for name, (words, unit) in RULES.items():
        value = facts.get(f"{RULE}{name}")
        if value is not None:
            found.append((words, _amount(name, value, unit)))
    return found


def _amount(name: str, value: str, unit: str) -> str:
    if name in NO_RULE and value == "0":
        return "No such rule"
    if not unit:
        return value_in_words(value)
    return f"{value} {unit}" if value == "1" or unit == "per cent" else f"{value} {unit}s"


def value_in_words(value: str) -> str:
    """A date in words, anything else as it is, with a capital letter."""
    try:
        return day_in_words(date.fromisoformat(value))
    except ValueError:
        return value[:1].upper() + value[1:]
