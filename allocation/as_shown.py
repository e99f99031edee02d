"""Two pages open at once: what is posted is saved where it differs from what the page showed, and nowhere else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Model

from allocation.month_lock import CycleError

MARK_LENGTH = 12


class ChangedMeanwhile(CycleError):
    """What was to be changed had been changed by somebody else since the page was shown. Nothing was saved."""


def marks(values: Mapping[str, Any]) -> str:
    """What a page shows, as a text that the page posts back: the mark of each value beside its name."""
    return " ".join(f"{name}:{_mark(value)}" for name, value in values.items())


def to_save(
    now: Mapping[str, Any], wanted: Mapping[str, Any], *, shown: str, words: Mapping[str, str], whole: bool = False
) -> dict[str, Any]:
    """Of what is wanted, what differs from how it is now and was changed on the page itself.

    `shown` are the marks of the page; a value without a mark counts as changed there. With `whole` the values belong
    together: where one was changed, all are wanted. Raises ChangedMeanwhile where a value was changed on the page and
    meanwhile elsewhere, naming it by `words`.
    """
    before = dict(each.split(":", 1) for each in shown.split() if ":" in each)
    here = {name for name, value in wanted.items() if before.get(name) != _mark(value)}
    here = set(wanted) if whole and here else here
    elsewhere = {name for name in wanted if name in before and before[name] != _mark(now[name])}
    differing = {name: wanted[name] for name in wanted if name in here and _mark(wanted[name]) != _mark(now[name])}
    clash = elsewhere & (here if whole and differing else set(differing))
    if clash:
        named = ", ".join(dict.fromkeys(words[name] for name in wanted if name in clash))
        raise ChangedMeanwhile(
            f"While you had this page open, somebody changed this: {named}. Nothing of yours is saved. "
            "The page shows how it is now: look at it, then make your change again."
        )
    return differing


def _mark(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_LENGTH]


def _plain(value: Any) -> Any:
    """A row by its number, a day as it is written down. Raises TypeError for anything else."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no mark.")
