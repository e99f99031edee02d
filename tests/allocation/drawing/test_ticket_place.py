"""The place of one case, counted while the others pass by, is the one that sorting them all gives."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.drawing.draw_document import case_line, read, write
from allocation.drawing.draw_inputs import RANDOM, DrawAuditor, DrawPlan, Lot
from allocation.drawing.ticket_order import in_order
from allocation.drawing.ticket_place import place_of

SEED = "5eed" * 16
CASES = st.lists(
    st.tuples(st.sampled_from([RANDOM, RANDOM, RANDOM, "re_audit"]), st.sampled_from(["", "1", "2"]),
              st.sampled_from(["", "", "7", "8", "9"]), st.booleans(), st.booleans()),
    min_size=1, max_size=25,
)  # fmt: skip


class TestPlace:
    @settings(max_examples=200, deadline=None)
    @given(cases=CASES, one_per_family=st.booleans())
    def test_is_that_of_the_whole_order(
        self, cases: list[tuple[str, str, str, bool, bool]], one_per_family: bool
    ) -> None:
        lines = [
            case_line(str(number), lot=lot, stratum=stratum, family=family)
            for number, (lot, stratum, family, *_) in enumerate(cases, start=1)
        ]
        plan = DrawPlan(3, lots=(Lot("re_audit", 2),), one_per_family=one_per_family)
        document = read(write(lines, auditors=[DrawAuditor("1", 1)], plan=plan).text)
        drawn = {str(number) for number, case in enumerate(cases, start=1) if case[3]}
        from_lots = {str(number) for number, case in enumerate(cases, start=1) if case[0] != RANDOM and case[4]}
        rows = [(row[0], row[1], row[2], row[3]) for row in document.rows()]
        known: dict[str, Any] = {"seed": SEED, "drawn": drawn, "from_lots": from_lots}
        found = [place_of(row, iter(rows), one_per_family=one_per_family, **known) for row in rows]
        assert sorted(found, key=lambda each: int(each.case_id)) == sorted(
            in_order(document, **known), key=lambda each: int(each.case_id)
        )
