"""Which cases of a draw stood in its random part, as its plan and its result say (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from allocation.drawing.draw_inputs import RANDOM, DrawPlan, else_random

Row = tuple[str, str, str, str]  # id, lot, stratum and family


def from_lots(plan: DrawPlan, result: Mapping[str, Any]) -> frozenset[str]:
    """The cases of set lots that stood in the random part, since they could and had not come up in their lot.

    `result` is that of the draw as it is stored. In its lot a case came up where it was given to somebody there, or
    to nobody although its ticket came up.
    """
    named = (*result["pairs"], *result["passed_over"])
    return frozenset(else_random(plan, came_up={each["case_id"] for each in named if each["lot"] != RANDOM}))


def as_it_stood(row: Sequence[str], *, from_lots: Collection[str]) -> Row:
    """A row of the document with the part in which it stood at last: the random one where it is of `from_lots`."""
    case_id, lot, stratum, family, *_ = row
    return case_id, RANDOM if case_id in from_lots else lot, stratum, family
