"""Rules that a council adds to the timescales itself: made, and thrown away while no audit uses them (A17)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify

from audits.models import PageAnswers, TimescaleRule
from audits.timescale_table import (
    LOCKED,
    MEANWHILE,
    OURS,
    OURS_BEGIN,
    ChangedMeanwhile,
    TimescaleError,
    as_shown,
    demand_sense,
    is_ours,
)
from people import activity
from people.models import User

ORDER_OF_OURS = 1000  # behind every rule that ships; under its heading a rule stands with the others
LONGEST_SLUG = 28
TWICE = "There is a rule of this name under this topic already"
CAME_WITH_IT = "This rule came with the portal, so it cannot be removed. Take it out of use instead."
HAS_DAYS = "Days were typed for this rule in audits, so it stays. Take it out of use instead."


def add(values: Mapping[str, Any], *, by: User, at: datetime) -> TimescaleRule:
    """A new local rule of the council's own. Raises TimescaleError, with the field that makes no sense."""
    rule = TimescaleRule(**{name: values[name] for name in OURS if name in values}, changed_by=by, changed_at=at)
    demand_sense(rule)
    try:
        with transaction.atomic():
            if TimescaleRule.objects.filter(topic=rule.topic, name__iexact=rule.name).exists():
                raise TimescaleError(TWICE, field="name")
            last = TimescaleRule.objects.aggregate(last=Max("order"))["last"] or 0
            rule.code, rule.order = _code_for(rule.name), max(last, ORDER_OF_OURS) + 1
            rule.save(force_insert=True)
            activity.record("added a timescale", target=f"timescale:{rule.code}", by=by, at=at, name=rule.name)
    except IntegrityError as error:
        raise TimescaleError(TWICE, field="name") from error
    return rule


def remove(code: str, *, shown: str, by: User, at: datetime) -> TimescaleRule:
    """Throw away a rule of the council's own; returns what it was.

    Raises TimescaleRule.DoesNotExist, TimescaleError for a rule that came with the portal or has days in an audit, and
    ChangedMeanwhile where somebody changed it since the page was shown.
    """
    with transaction.atomic():
        rule = TimescaleRule.objects.select_for_update(of=("self",)).get(code=code)
        if rule.statutory or not is_ours(rule):
            raise TimescaleError(LOCKED if rule.statutory else CAME_WITH_IT)
        if as_shown(rule) != shown:
            raise ChangedMeanwhile(MEANWHILE)
        if has_days(rule):
            raise TimescaleError(HAS_DAYS)
        TimescaleRule.objects.filter(pk=rule.pk).delete()
        activity.record("removed a timescale", target=f"timescale:{rule.code}", by=by, at=at, name=rule.name)
    return rule


def has_days(rule: TimescaleRule) -> bool:
    """Whether days were typed for a rule in any audit. One query."""
    sides = [f"{rule.code}.trigger", f"{rule.code}.event"]
    return PageAnswers.objects.filter(page="timescales", content__days__has_any_keys=sides).exists()


def _code_for(name: str) -> str:
    slug = slugify(name)[:LONGEST_SLUG].strip("-") or "rule"
    numbered = (f"{OURS_BEGIN}{slug}" if number == 1 else f"{OURS_BEGIN}{slug}-{number}" for number in count(1))
    taken = set(TimescaleRule.objects.filter(code__startswith=OURS_BEGIN).values_list("code", flat=True))
    return next(code for code in numbered if code not in taken)
