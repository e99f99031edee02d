"""A case asked for by its reference: what was meant, or which references come close."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from django import forms
from django.db.models import QuerySet
from django.db.models.functions import Upper

from audits.models import Case

SUGGESTIONS = 5
LOOKED_AT = 200  # references that contain what was typed, or differ in one character
SHORTEST = 3  # characters; less fits too much


class CaseField(forms.CharField):
    """A case by its reference, in capitals or not; `cases` are those that whoever asks may see.

    Cleans to the case. A reference that is not there is refused with those that come close, never one outside `cases`.
    """

    cases: QuerySet[Case] = Case.objects.none()

    def clean(self, value: object) -> Case | None:
        """The case of that reference; None where it is optional and empty. Raises ValidationError."""
        typed = str(super().clean(value))
        if not typed:
            return None
        found = list(self.cases.filter(reference__iexact=typed)[:SUGGESTIONS])
        exact = [case for case in found if case.reference == typed]
        if exact or len(found) == 1:
            return (exact or found)[0]
        if found:
            listed = in_words([case.reference for case in found])
            raise forms.ValidationError(f"More than one case is written like this: {listed}. Copy the one you mean.")
        raise forms.ValidationError(_not_there(close_references(self.cases, typed)))


def _not_there(close: list[str]) -> str:
    if close:
        return f"There is no case with this reference. Did you mean {in_words(close)}?"
    return "There is no case with this reference. Check it on the list of cases."


def in_words(references: list[str]) -> str:
    """C1, C2 or C3."""
    *others, last = references
    return f"{', '.join(others)} or {last}" if others else last


def close_references(cases: QuerySet[Case], typed: str) -> list[str]:
    """The references among these cases that come closest to what was typed, the closest first. One query.

    Those that contain it, and those that differ in one character: another one, one more, one less, two the wrong way
    round.
    """
    typed = typed.upper()
    if len(typed) < SHORTEST:
        return []
    near = cases.annotate(capitals=Upper("reference")).filter(capitals__regex=_pattern(typed)).order_by("reference")
    found = list(near.values_list("reference", flat=True)[:LOOKED_AT])
    return sorted(found, key=lambda each: (-_likeness(typed, each.upper()), each))[:SUGGESTIONS]


def _likeness(typed: str, reference: str) -> float:
    return SequenceMatcher(None, typed, reference, autojunk=False).ratio()


def _pattern(typed: str) -> str:
    whole = "|".join(_one_slip(typed))
    return f"{re.escape(typed)}|^(?:{whole})$"


def _one_slip(typed: str) -> Iterator[str]:
    """Every text that is one slip of the keyboard away, as regular expressions."""
    for place in range(len(typed) + 1):
        before, after = re.escape(typed[:place]), typed[place:]
        yield f"{before}.{re.escape(after)}"  # one was left out
        if after:
            yield f"{before}.?{re.escape(after[1:])}"  # another one, or one too many
        if len(after) > 1:
            yield f"{before}{re.escape(after[1] + after[0] + after[2:])}"
