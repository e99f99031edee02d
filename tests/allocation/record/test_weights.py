"""A case given by hand weighs what it would weigh had it been drawn."""

from __future__ import annotations

from decimal import Decimal

from allocation.models import Cycle
from allocation.record.weights import weights_in_draw
from tests.allocation.organisations import month_with_a_sample
from tests.allocation.stored_months import stored


class TestWeightsByHand:
    def test_are_those_of_the_draw_for_every_case_that_it_drew_at_random(self, cycle: Cycle) -> None:
        """Also where children of the family were in a set lot and are among the random ones after it."""
        from_lots = families = 0
        for number in range(60):
            org = month_with_a_sample(number)
            draw = stored(cycle, org)
            pairs = {int(pair["case_id"]): pair for pair in draw.result["pairs"] if pair["lot"] == "random"}
            by_hand = weights_in_draw(draw, {case_id: pair["stratum"] for case_id, pair in pairs.items()})
            assert by_hand == {case_id: Decimal(pair["weight"]) for case_id, pair in pairs.items()}
            from_lots += sum(str(case_id) in org.lot_of for case_id in pairs)
            families += sum(org.one_per_family and str(case_id) in org.family_of for case_id in pairs)
        assert min(from_lots, families) > 20
