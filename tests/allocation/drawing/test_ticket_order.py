"""The order in which people are told cases came up is the order in which the draw took them."""

from __future__ import annotations

from dataclasses import asdict, replace

from allocation.drawing import random_part
from allocation.drawing.draw_document import read
from allocation.drawing.draw_result import DrawResult, Pair, PassedOver
from allocation.drawing.ticket_order import Ticketed, in_order
from tests.allocation.organisations import Organisation, month_with_a_sample, random_of, some_organisation


def told(org: Organisation) -> list[Ticketed]:
    result = org.drawn()
    drawn = {pair.case_id for pair in result.pairs}
    from_lots = random_part.from_lots(org.plan(), asdict(result))
    return in_order(read(org.frozen().text), seed=org.seed, drawn=drawn, from_lots=from_lots)


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


class TestCasesThatAreRandomAfterTheirLot:
    """Counted in the part in which the draw counted them at last, and in their lot for the others of it."""

    MONTHS = [month_with_a_sample(number) for number in range(300)]

    @staticmethod
    def came_up(result: DrawResult, *, at_random: bool) -> set[str]:
        named: list[Pair | PassedOver] = [*result.pairs, *result.passed_over]
        return {each.case_id for each in named if (each.lot == "random") == at_random}

    def test_are_named_once(self) -> None:
        for org in self.MONTHS:
            assert sorted(each.case_id for each in told(org)) == sorted(org.cases)

    def test_count_with_the_stratum_from_which_they_were_drawn(self) -> None:
        """The pool of every stratum, and the siblings left out, are those of the result."""
        for org in self.MONTHS:
            result, at_random = org.drawn(), [each for each in told(org) if each.lot == "random"]
            pools = {row.key: row.pool for row in result.strata if row.pool}
            assert {each.part: each.of for each in at_random if each.place} == pools
            assert sum(not each.place for each in at_random) == result.siblings
            assert set(random_of(result)) <= {each.case_id for each in at_random if each.place}

    def test_come_up_in_their_lot_or_have_their_place_at_random(self) -> None:
        of_the_random = 0
        for org in self.MONTHS:
            in_the_lot = self.came_up(org.drawn(), at_random=False)
            for each in told(org):
                if each.case_id in org.lots[0].else_random:
                    assert (each.lot == "improvement") == (each.case_id in in_the_lot)
                    of_the_random += each.lot == "random"
        assert of_the_random > 300

    def test_leave_no_case_behind_fewer_than_were_drawn_before_it(self) -> None:
        """Without conflicts: of each part the first places were drawn, and whatever was not is behind all of them."""
        for org in self.MONTHS:
            org = replace(org, conflicts={})
            drawn = {pair.case_id for pair in org.drawn().pairs}
            for part in {(each.lot, each.part) for each in told(org)}:
                line = [each for each in told(org) if (each.lot, each.part) == part and each.place]
                taken = sum(each.case_id in drawn for each in line)
                assert {each.case_id for each in line if each.place <= taken} == drawn & {each.case_id for each in line}

    def test_count_in_their_lot_for_the_others_of_it(self) -> None:
        for org in self.MONTHS:
            line = org.tickets(org.lot_of)
            for each in told(org):
                if each.lot == "improvement":
                    assert (each.place, each.of) == (line.index(each.case_id) + 1, 7)
