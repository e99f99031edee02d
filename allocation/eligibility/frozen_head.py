"""The first line of a draw's frozen inputs alone: the whole text may have hundreds of thousands of lines."""

from __future__ import annotations

from django.db.models import F, Func, QuerySet, TextField, Value

from allocation.models import Draw


def first_line() -> Func:
    """The head of the frozen inputs, cut off by the database."""
    return Func(F("inputs"), Value("\n"), Value(1), function="split_part", output_field=TextField())


def with_head(draws: QuerySet[Draw]) -> QuerySet[Draw]:
    """Draws with the head as `head` and without their inputs, which are fetched where somebody asks for them."""
    return draws.defer("inputs").annotate(head=first_line())


def head_of(draw: Draw) -> str:
    """The head of a draw, read with it; of one that was read without its inputs, fetched now; else the whole text."""
    known = getattr(draw, "head", None)
    if known is not None:
        return str(known)
    if "inputs" not in draw.get_deferred_fields():
        return draw.inputs
    return str(Draw.objects.filter(pk=draw.pk).values_list(first_line(), flat=True).get())
