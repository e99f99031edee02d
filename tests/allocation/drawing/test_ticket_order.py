"""The order in which people are told cases came up is the order in which the draw took them."""

from __future__ import annotations

from allocation.drawing.draw_document import read
from allocation.drawing.ticket_order import Ticketed, in_order
from tests.allocation.organisations import Organisation, some_organisation


def told(org: Organisation) -> list[Ticketed]:
    result = org.drawn()
    drawn = {pair.case_id for pair in result.pairs}
    return in_order(read(org.frozen().text), seed=org.seed, drawn=drawn)


class TestOrder:
    def test_names_every_case_once(self) -> None:
        for number in range(300):
            org = some_organisation(number)
            assert sorted(each.case_id for each in told(org)) == sorted(org.cases)

    def test_puts_whatever_came_up_before_whatever_did_not(self) -> None:
        """Without exchanges: drawn, passed over and reserve of a part are its first places."""
        looked_at = 0
        for number in range(600):
            org = some_organisation(number)
            result = org.drawn()
            if any(each.given_up for each in result.passed_over):
                continue
            came_up = {pair.case_id for pair in result.pairs if pair.lot == "random"}
            came_up |= {each.case_id for each in result.passed_over if each.lot == "random"}
            reserve = [each.case_id for each in result.reserve]
            for part in {each.part for each in told(org) if each.lot == "random"}:
                line = [each for each in told(org) if each.lot == "random" and each.part == part and each.place]
                first = [each.case_id for each in line if each.case_id in came_up]
                assert [each.case_id for each in line][: len(first)] == first
                behind = [each.case_id for each in line[len(first) :]]
                theirs = [case for case in reserve if case in behind]
                assert behind[: len(theirs)] == theirs
                looked_at += bool(first and theirs)
        assert looked_at > 100

    def test_says_who_stands_for_a_child_that_was_not_offered(self) -> None:
        siblings = 0
        for number in range(300):
            org = some_organisation(number)
            if not org.one_per_family:
                continue
            drawn = {pair.case_id for pair in org.drawn().pairs}
            for each in told(org):
                if each.place:
                    continue
                siblings += 1
                assert each.case_id not in drawn
                assert org.family_of[each.case_id] == org.family_of[each.stands_for_it]
        assert siblings > 50

    def test_counts_places_from_one_in_each_part(self) -> None:
        for number in range(200):
            org = some_organisation(number)
            for part in {(each.lot, each.part) for each in told(org)}:
                line = [each for each in told(org) if (each.lot, each.part) == part]
                places = [each.place for each in line if each.place]
                assert places == list(range(1, len(places) + 1))
                assert {each.of for each in line} == {len(places)}
