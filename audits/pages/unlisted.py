"""Two forms that are sent by a button and yet saved while somebody types: stored like a page, listed nowhere.

What is typed there and not added yet is one person's own: it is stored under the form's name with their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q

from audits.forms.learning import LearningPointForm
from audits.forms.smart_action import SmartActionForm
from people.form_fields import PARTS, GovDateField
from people.models import User

NEW_ACTION, NEW_LEARNING = "new_action", "new_learning"
UNLISTED: Mapping[str, Mapping[str, forms.Field]] = {
    NEW_ACTION: SmartActionForm.base_fields,
    NEW_LEARNING: LearningPointForm.base_fields,
}
IS_UNLISTED = (  # rows that are no page; once there was one an audit, without the number
    Q(page__in=UNLISTED) | Q(page__startswith=f"{NEW_ACTION}-") | Q(page__startswith=f"{NEW_LEARNING}-")
)


def own_page(code: str, by: User) -> str:
    """What this person's unfinished action or learning point is stored as: new_action-17."""
    return f"{code}-{by.pk}"


def unlisted_fields(page: str) -> Mapping[str, forms.Field]:
    """The fields of such a form, by its name or by what it is stored as; none for a page of the audit's form."""
    return UNLISTED.get(page.partition("-")[0], {})


def input_names(code: str) -> frozenset[str]:
    """Every name that an input of such a form has."""
    return frozenset(name for field in unlisted_fields(code) for name in _inputs(code, field))


def as_initial(code: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed so far, as the form shows it: a date as its three parts, whatever they say."""
    found: dict[str, Any] = {}
    for field in unlisted_fields(code):
        said = [content.get(name, "") for name in _inputs(code, field)]
        if any(said):
            found[field] = said if len(said) > 1 else said[0]
    return found


def _inputs(code: str, name: str) -> list[str]:
    is_date = isinstance(unlisted_fields(code)[name], GovDateField)
    return [f"{name}_{part}" for part in PARTS] if is_date else [name]
