"""What people are told of a case's place in a draw agrees with what the draw counted."""

from __future__ import annotations

import re

import pytest

from allocation.models import Cycle, Draw
from allocation.months.why import CaseAnswer, Record, case_answer
from audits.models import Case
from people.models import User
from tests.allocation.organisations import Organisation, month_with_a_sample
from tests.allocation.stored_months import stored

PLACE = re.compile(r"ticket was (\d+)(?:st|nd|rd|th) of (\d+)")
TAKEN = re.compile(r"(\d+) (?:was|were) taken\.$")


class TestPlacesOfCasesThatAreRandomAfterTheirLot:
    """Told case by case, as on the page of a case, and in the list of all of them."""

    @pytest.fixture
    def months(self, cycle: Cycle, auditors: list[User]) -> list[tuple[Organisation, Draw]]:
        names = [str(auditor.pk) for auditor in auditors[:3]]
        orgs = [month_with_a_sample(number, names=names) for number in range(30)]
        return [(org, stored(cycle, org)) for org in orgs]

    def answers(self, org: Organisation, draw: Draw) -> dict[str, CaseAnswer]:
        return {each: case_answer(draw, Case(pk=int(each), reference=f"C{each}")) for each in org.cases}

    def test_never_contradict_how_many_were_taken(self, months: list[tuple[Organisation, Draw]]) -> None:
        looked_at = 0
        for org, draw in months:
            for answer in self.answers(org, draw).values():
                if taken := TAKEN.search(answer.fate):
                    (place, of), number = PLACE.search(answer.fate).groups(), int(taken[1])  # type: ignore[union-attr]
                    assert number < int(place) <= int(of)
                    looked_at += 1
        assert looked_at > 50

    def test_are_among_as_many_as_the_draw_says_were_in_the_stratum(
        self, months: list[tuple[Organisation, Draw]]
    ) -> None:
        from_the_lot = 0
        for org, draw in months:
            pools = {row["key"]: row["pool"] for row in draw.result["strata"]}
            at_random = {pair["case_id"]: pair for pair in draw.result["pairs"] if pair["lot"] == "random"}
            answers = self.answers(org, draw)
            for case_id, pair in at_random.items():
                (found,) = PLACE.findall(answers[case_id].ticket_words)
                assert int(found[1]) == pools[pair["stratum"]]
                assert "as a" not in answers[case_id].fate
                from_the_lot += case_id in org.lot_of
        assert from_the_lot > 10

    def test_are_the_same_in_the_list_and_on_the_page_of_the_case(
        self, months: list[tuple[Organisation, Draw]]
    ) -> None:
        for org, draw in months:
            record = Record(draw)
            assert {each: record.place_of(each) for each in org.cases} == record.ticketed
