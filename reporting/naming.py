"""Whether a text names a child or a case: what goes to every team may not."""

from __future__ import annotations

from django.db.models import F, Q, Value
from django.db.models.fields import TextField
from django.db.models.functions import Length

from audits.models import Case

SHORTEST_REFERENCE = 5  # shorter ones could be any number in a sentence


def names_a_child(words: str) -> bool:
    """Whether a text holds the reference or the full name of a child whose case is known."""
    known = Case.objects.annotate(words=Value(words, output_field=TextField()), size=Length("reference"))
    named = known.filter(
        Q(words__contains=F("reference"), size__gte=SHORTEST_REFERENCE)
        | Q(words__icontains=F("child_name"), child_name__contains=" ")  # first and last name
    )
    return bool(words.strip()) and named.exists()
