"""Days for the demo's timescales: what a case list would say of each case, and what auditors typed."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from audits.models import Audit, Case, Plan

# Facts by plan, with how many days ago the latest lies: at most, mostly in time and now and then not.
FACTS: dict[str, dict[str, int]] = {
    Plan.CHILD_IN_NEED: {"last_seen": 30},
    Plan.CHILD_PROTECTION: {"last_visit": 35, "last_review": 170, "conference": 300},
    Plan.CHILD_IN_CARE: {
        "last_visit": 50,
        "last_review": 190,
        "placement_since": 700,
        "last_health_assessment": 400,
        "last_dental_check": 300,
        "last_iro_contact": 120,
    },
    Plan.PATHWAY: {"last_contact": 70, "last_review": 200},
}
# What an auditor types for a finished audit: rule, its usual number of days, and what is late.
TYPED: dict[str, tuple[tuple[str, int, int], ...]] = {
    Plan.CHILD_IN_NEED: (("cin-visit", 19, 33), ("cin-meeting", 12, 24)),
    Plan.CHILD_PROTECTION: (("cp-visit", 24, 37), ("icpc", 17, 29), ("first-core-group", 11, 22)),
    Plan.CHILD_IN_CARE: (("cla-visit", 38, 55), ("cla-later-review", 168, 199)),
    Plan.PATHWAY: (("leaving-care-visit", 46, 71), ("pathway-review", 170, 204)),
}


def add_facts(*, rng: Random, today: date) -> None:
    """Give every open case the days that a case list would have for its plan."""
    cases = list(Case.objects.filter(closed_on__isnull=True))
    for case in cases:
        longest = FACTS.get(case.plan, {})
        case.facts = {**case.facts, **{fact: _ago(days, rng=rng, today=today) for fact, days in longest.items()}}
    Case.objects.bulk_update(cases, ["facts"], batch_size=500)


def typed_days(audit: Audit, *, day: date, rng: Random) -> dict[str, Any]:
    """The page of timescales as an auditor left it on a day."""
    days = {}
    for code, usual, late in TYPED.get(audit.plan, ()):
        if rng.random() < 0.7:
            apart = usual - rng.randrange(4) if rng.random() < 0.75 else late
            event = day - timedelta(days=rng.randrange(3, 40))
            days[f"{code}.trigger"] = _written(event - timedelta(days=apart))
            days[f"{code}.event"] = _written(event)
    return {"days": days}


def _ago(longest: int, *, rng: Random, today: date) -> str:
    return (today - timedelta(days=rng.randrange(2, longest))).isoformat()


def _written(day: date) -> str:
    return f"{day.day} {day.month} {day.year}"
