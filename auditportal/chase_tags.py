"""What a chase was, in words."""

from __future__ import annotations

from django import template

from allocation.chasing.ladder_words import stage_in_words
from allocation.models import Chase

register = template.Library()


@register.filter
def chase_words(chase: Chase) -> str:
    """E.g. Line manager told. No query."""
    return stage_in_words(chase)
