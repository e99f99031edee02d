"""A row that two people have open at once: the second save asks, with both texts side by side (R4)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model
from django.forms import BaseForm

from people.form_fields import day_in_words


class ChangedMeanwhile(ValueError):
    """Somebody else changed a row since it was shown; `now` is the row as it is stored."""

    def __init__(self, now: Model) -> None:
        super().__init__("This was changed by somebody else while you had it open.")
        self.now = now


@dataclass(frozen=True, slots=True)
class Differing:
    """A field that says something else now than what is being saved."""

    label: str
    mine: str
    theirs: str


def fingerprint(row: Model, *, names: Collection[str]) -> str:
    """A short text that differs as soon as one of these fields says something else."""
    values = [str(row.serializable_value(name)) for name in names]
    return hashlib.sha256("\x00".join(values).encode()).hexdigest()[:32]


def refuse_changed(now: Model, *, shown: str, values: Mapping[str, Any]) -> None:
    """Raises ChangedMeanwhile where the locked row is not the one that was `shown`, and not what is to be saved.

    `shown` is the fingerprint of the row as the page showed it; empty where no page showed it.
    """
    if not shown or fingerprint(now, names=values) == shown:
        return
    if any(getattr(now, name) != value for name, value in values.items()):
        raise ChangedMeanwhile(now)


def differing(form: BaseForm, now: Model) -> list[Differing]:
    """What a valid form says and what is stored now, field by field, where the two differ."""
    pairs = [(name, form.cleaned_data.get(name), getattr(now, name)) for name in form.fields]
    return [
        Differing(str(form[name].label), _in_words(mine), _in_words(theirs))
        for name, mine, theirs in pairs
        if mine != theirs
    ]


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return day_in_words(value) if isinstance(value, date) else str(value or "")
