"""How many cases a case stands for that its draw paired with nobody: one given by hand, or one from the reserve."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from allocation.drawing import random_part
from allocation.drawing.draw_inputs import RANDOM
from allocation.models import Draw
from allocation.record import draw_record, frozen_lines
from audits.models import Selection

PLACES = Decimal("0.0001")
AT_RANDOM = (Selection.RANDOM, Selection.THEMATIC)


def stratum_by_hand(draw: Draw, *, selection: str, case_id: int) -> dict[str, Any]:
    """The stratum and weight of a case given by hand: only where it came up in the draw it stands for others."""
    return strata_by_hand(draw, {case_id: selection})[case_id]


def strata_by_hand(draw: Draw, selections: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """What stratum_by_hand says of each of these cases, by id, with what each counts as.

    At most four queries for any number of cases, none of which fetches the frozen text.
    """
    at_random = {case_id for case_id, selection in selections.items() if selection in AT_RANDOM}
    strata = _strata(draw, at_random)
    weights = weights_in_draw(draw, strata)
    by_hand = {case_id: {"stratum": strata[case_id], "weight": weights[case_id]} for case_id in at_random}
    return {case_id: by_hand.get(case_id, {}) for case_id in selections}


def _strata(draw: Draw, case_ids: Collection[int]) -> dict[int, str]:
    """The stratum of each of these cases: as the result names it, of those that it does not name as frozen."""
    keys = {row["case_id"]: row.get("stratum", "") for row in draw.result["passed_over"]}
    spread = any(row["key"] for row in draw.result["strata"])
    unnamed = [str(case_id) for case_id in case_ids if spread and str(case_id) not in keys]
    rows = (line.split("\t") for line in frozen_lines.lines_of(draw, unnamed))
    keys |= {row[0]: row[2] for row in rows}
    return {case_id: keys.get(str(case_id), "") for case_id in case_ids}


def weight_in_draw(draw: Draw, *, stratum: str, case_id: int) -> Decimal | None:
    """The weight that a case of this stratum has in the draw; None where the stratum gave no case."""
    return weights_in_draw(draw, {case_id: stratum})[case_id]


def weights_in_draw(draw: Draw, strata: Mapping[int, str]) -> dict[int, Decimal | None]:
    """The weight of each of these cases in the draw, with the stratum of each; None where that gave no case.

    Where the draw took one child of each family, a case stands for its family too, so the size of its own family in
    the frozen inputs counts, as it does for the cases that were drawn.
    """
    rows = {row["key"]: row for row in draw.result["strata"]}
    sizes = _family_sizes(draw, [str(case_id) for case_id in strata])
    return {case_id: _weight(rows.get(stratum), size=sizes.get(str(case_id), 1)) for case_id, stratum in strata.items()}


def _weight(row: Mapping[str, Any] | None, *, size: int) -> Decimal | None:
    if row is None or not row["weight"]:
        return None
    if size == 1:
        return Decimal(row["weight"])
    return (Decimal(row["pool"]) * size / row["given"]).quantize(PLACES, rounding=ROUND_HALF_UP)


def _family_sizes(draw: Draw, case_ids: Collection[str]) -> dict[str, int]:
    """How many of the random cases are of the family of each of these; none where families did not matter."""
    if not case_ids:
        return {}
    plan = draw_record.read_inputs(draw).plan
    if not plan.one_per_family:
        return {}
    from_lots = random_part.from_lots(plan, draw.result)
    lines = frozen_lines.lines_of(draw, case_ids)
    rows = [random_part.as_it_stood(line.split("\t"), from_lots=from_lots) for line in lines]
    family_of = {case_id: family for case_id, lot, _, family in rows if lot == RANDOM and family}
    sizes = frozen_lines.family_sizes(draw, set(family_of.values()), from_lots=from_lots)
    return {case_id: sizes[family] for case_id, family in family_of.items()}
