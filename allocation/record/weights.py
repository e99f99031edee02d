"""How many cases a case stands for that its draw paired with nobody: one given by hand, or one from the reserve."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from allocation.drawing import draw_document
from allocation.drawing.draw_inputs import RANDOM
from allocation.models import Draw
from allocation.record import draw_record
from audits.models import Selection

PLACES = Decimal("0.0001")
AT_RANDOM = (Selection.RANDOM, Selection.THEMATIC)


def stratum_by_hand(draw: Draw, *, selection: str, case_id: int) -> dict[str, Any]:
    """The stratum and weight of a case given by hand: only where it came up in the draw it stands for others."""
    if selection not in AT_RANDOM:
        return {}
    rows = [row for row in draw.result["passed_over"] if row["case_id"] == str(case_id)]
    key = rows[0].get("stratum", "") if rows else ""
    return {"stratum": key, "weight": weight_in_draw(draw, stratum=key, case_id=case_id)}


def weight_in_draw(draw: Draw, *, stratum: str, case_id: int) -> Decimal | None:
    """The weight that a case of this stratum has in the draw; None where the stratum gave no case.

    Where the draw took one child of each family, a case stands for its family too, so the size of its own family in
    the frozen inputs counts, as it does for the cases that were drawn.
    """
    row = next((row for row in draw.result["strata"] if row["key"] == stratum), None)
    if row is None or not row["weight"]:
        return None
    size = _family_size(draw, str(case_id))
    if size == 1:
        return Decimal(row["weight"])
    return (Decimal(row["pool"]) * size / row["given"]).quantize(PLACES, rounding=ROUND_HALF_UP)


def _family_size(draw: Draw, case_id: str) -> int:
    """How many of the random cases are of this one's family; 1 where families did not matter in the draw."""
    if not draw_record.read_inputs(draw).plan.one_per_family:
        return 1
    family_of = {row[0]: row[3] for row in draw_document.read(draw.inputs).rows() if row[1] == RANDOM and row[3]}
    family = family_of.get(case_id)
    return sum(each == family for each in family_of.values()) if family else 1
