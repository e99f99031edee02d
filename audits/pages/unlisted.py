"""Two forms that are sent by a button and yet saved while somebody types: stored like a page, listed nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from audits.forms.learning import LearningPointForm
from audits.forms.smart_action import SmartActionForm
from people.form_fields import PARTS, GovDateField

NEW_ACTION, NEW_LEARNING = "new_action", "new_learning"
UNLISTED: Mapping[str, Mapping[str, forms.Field]] = {
    NEW_ACTION: SmartActionForm.base_fields,
    NEW_LEARNING: LearningPointForm.base_fields,
}


def input_names(code: str) -> frozenset[str]:
    """Every name that an input of such a form has."""
    return frozenset(name for field in UNLISTED[code] for name in _inputs(code, field))


def as_initial(code: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed so far, as the form shows it: a date as its three parts, whatever they say."""
    found: dict[str, Any] = {}
    for field in UNLISTED[code]:
        said = [content.get(name, "") for name in _inputs(code, field)]
        if any(said):
            found[field] = said if len(said) > 1 else said[0]
    return found


def _inputs(code: str, name: str) -> list[str]:
    is_date = isinstance(UNLISTED[code][name], GovDateField)
    return [f"{name}_{part}" for part in PARTS] if is_date else [name]
