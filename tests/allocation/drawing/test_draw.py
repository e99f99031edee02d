"""The draw case by case: lots, strata, families, reserve, weights, and what is said of those left out."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import pytest

from allocation.drawing.draw import (
    DrawAuditor,
    DrawCase,
    DrawPlan,
    KnownConflicts,
    Lot,
    Pair,
    Reserved,
    StrataPlan,
    StratumResult,
    Unassigned,
    case_ticket,
    draw,
    reserve_size,
)
from allocation.drawing.draw_result import Shortfall
from tests.allocation.organisations import SEED, Organisation, loads, random_of, set_of


def pairs_of(result) -> set[tuple[str, str]]:
    return {(pair.case_id, pair.auditor_id) for pair in result.pairs}


class Asked:
    """Known conflicts, and which cases somebody asked about."""

    def __init__(self, by_case: dict[str, frozenset[str]]) -> None:
        self.known = KnownConflicts(by_case)
        self.cases: set[str] = set()

    def conflicts_for(self, case_ids: Sequence[str], /):
        self.cases.update(case_ids)
        return self.known.conflicts_for(case_ids)


class TestDraw:
    def test_spreads_cases_evenly_where_nothing_stands_in_the_way(self):
        org = Organisation([f"C{n}" for n in range(50)], {f"A{n}": 5 for n in range(7)}, target=24)
        assert Counter(loads(org, org.drawn()).values()) == {3: 4, 4: 3}

    def test_gives_an_auditor_with_a_small_quota_no_more_than_that(self):
        org = Organisation([f"C{n}" for n in range(20)], {"one": 1, "four": 4, "also four": 4}, target=9)
        assert loads(org, org.drawn()) == {"one": 1, "four": 4, "also four": 4}

    def test_counts_earlier_work_when_it_evens_out(self):
        org = Organisation(
            [f"C{n}" for n in range(9)], {"busy": 3, "rested": 3, "new": 3}, target=5, carried={"busy": 4, "rested": 1}
        )
        assert loads(org, org.drawn()) == {"busy": 0, "rested": 2, "new": 3}

    def test_moves_an_earlier_case_to_make_room_for_one_that_only_one_auditor_can_take(self):
        org = Organisation(["free", "bound"], {"X": 1, "Y": 1}, 2, {"bound": frozenset({"Y"})})
        for number in range(20):
            assert pairs_of(org.drawn(seed=f"{number:032x}")) == {("free", "Y"), ("bound", "X")}

    def test_goes_on_through_the_whole_pool_for_a_case_that_fits(self):
        cases = [f"C{number}" for number in range(600)]
        last = max(cases, key=lambda case: case_ticket(case, seed=SEED))
        conflicts = {case: frozenset({"A"}) for case in cases if case != last}
        result = Organisation(cases, {"A": 1}, 1, conflicts).drawn()
        assert result.pairs == (Pair(last, "A", weight="600.0000"),)
        assert len(result.passed_over) == 599
        assert result.passed_over[0].reason.startswith("Every auditor with a place")

    def test_asks_only_for_conflicts_of_cases_whose_tickets_come_up(self):
        cases = [DrawCase(f"C{number}") for number in range(5000)]
        source = Asked({case.id: frozenset({"A0"}) for case in cases})
        auditors = [DrawAuditor(f"A{number}", 1) for number in range(60)]
        result = draw(cases, auditors=auditors, conflicts=source, plan=DrawPlan(59), seed=SEED)
        assert len(result.pairs) == 59
        assert len(source.cases) == 59


class TestReserve:
    CASES = [f"C{number}" for number in range(40)]

    @pytest.mark.parametrize("reserve", [0, 3, 30, 100])
    def test_keeps_as_many_next_tickets_as_it_is_told(self, reserve):
        org = Organisation(self.CASES, {"A": 10}, 10, reserve=reserve)
        kept = [Reserved(case) for case in org.tickets()[10 : 10 + reserve]]
        assert list(org.drawn().reserve) == kept

    def test_keeps_half_the_target_and_five_at_least(self):
        assert [reserve_size(target) for target in (0, 4, 30)] == [5, 5, 15]

    def test_keeps_half_of_each_share_and_two_at_least_where_the_draw_is_spread(self):
        assert [reserve_size(share, stratified=True) for share in (0, 1, 5, 12)] == [0, 2, 2, 6]
        strata = {case: "x" if number < 30 else "y" for number, case in enumerate(self.CASES)}
        result = Organisation(self.CASES, {"A": 16}, 16, stratum_of=strata, strata=StrataPlan()).drawn()
        assert [(row.key, row.given) for row in result.strata] == [("x", 12), ("y", 4)]
        assert Counter(each.stratum for each in result.reserve) == {"x": 6, "y": 2}

    def test_of_a_stratum_holds_its_next_tickets(self):
        strata = {case: "xy"[number % 2] for number, case in enumerate(self.CASES)}
        org = Organisation(self.CASES, {"A": 8}, 8, stratum_of=strata, strata=StrataPlan())
        of_x = [case for case in org.tickets() if strata[case] == "x"]
        assert [each.case_id for each in org.drawn().reserve if each.stratum == "x"] == of_x[4:6]


class TestSetLots:
    CASES = [f"C{number}" for number in range(20)]
    LOTS = {"C1": "re_audit", "C2": "re_audit", "C3": "improvement", "C4": "improvement", "C5": "improvement"}
    PLAN = (Lot("re_audit", 2), Lot("improvement", 1))

    def org(self, **changes) -> Organisation:
        fields = {"places": {"A": 5, "B": 5}, "target": 4, "lot_of": self.LOTS, "lots": self.PLAN} | changes
        return Organisation(self.CASES, **fields)

    def test_come_on_top_of_the_target(self):
        result = self.org().drawn()
        assert len(random_of(result)) == 4
        assert Counter(pair.lot for pair in result.pairs) == {"re_audit": 2, "improvement": 1, "random": 4}
        assert set(random_of(result)).isdisjoint(self.LOTS)

    def test_take_the_lowest_tickets_of_the_lot(self):
        for number in range(20):
            org = self.org(seed=f"{number:032x}")
            first = min(["C3", "C4", "C5"], key=lambda case: case_ticket(case, seed=org.seed))
            assert set_of(org.drawn())[2:] == [first]

    def test_carry_no_weight_and_play_no_part_in_the_pool_that_weights_are_of(self):
        result = self.org().drawn()
        assert {pair.weight for pair in result.pairs if pair.lot != "random"} == {""}
        assert {pair.weight for pair in result.pairs if pair.lot == "random"} == {"3.7500"}
        assert result.strata == (StratumResult("", 15, 4, 4, "3.7500"),)

    def test_come_first_where_places_are_few(self):
        result = self.org(places={"A": 4}).drawn()
        assert (len(set_of(result)), len(random_of(result))) == (3, 1)
        assert (result.shortfall.lacking_places, result.shortfall.lots_unplaced) == (3, ())

    def test_are_never_dropped_but_change_auditor_for_a_random_case(self):
        conflicts = {case: frozenset({"B"}) for case in self.CASES if case not in self.LOTS}
        org = self.org(places={"A": 2, "B": 3}, target=2, conflicts=conflicts)
        result = org.drawn()
        assert loads(org, result) == {"A": 2, "B": 3}
        assert {pair.auditor_id for pair in result.pairs if pair.lot == "random"} == {"A"}

    def test_that_nobody_can_take_are_named(self):
        result = self.org(conflicts={"C1": frozenset({"A", "B"})}).drawn()
        short = result.shortfall
        assert (short.size, short.lots_unplaced, short.blocking_cases) == (0, ("C1",), ("C1",))
        assert "1 case set for this month has nobody who can take it." in short.explanation
        assert [(case.case_id, case.lot) for case in result.passed_over] == [("C1", "re_audit")]

    def test_that_did_not_come_up_are_random_where_they_are_named_as_such(self):
        lots = (Lot("re_audit", 2), Lot("improvement", 1, else_random=("C3", "C4", "elsewhere")))
        for number in range(20):
            org = self.org(target=40, places={"A": 40}, lots=lots, seed=f"{number:032x}")
            result = org.drawn()
            first = min(["C3", "C4", "C5"], key=lambda case: case_ticket(case, seed=org.seed))
            assert set(random_of(result)) == {*self.CASES, "C3", "C4"} - {"C1", "C2", "C5", first}
            assert len(random_of(result)) == result.strata[0].pool
            assert {pair.weight for pair in result.pairs if pair.lot == "random"} == {"1.0000"}

    def test_that_are_random_after_all_are_so_in_their_stratum_and_for_their_family(self):
        lots = (Lot("improvement", 1, else_random=("C3", "C4", "C5")),)
        lot_of = dict.fromkeys(("C3", "C4", "C5"), "improvement")
        strata = {case: "xy"[number % 2] for number, case in enumerate(self.CASES)}
        family = {"C3": "f", "C4": "f", "C5": "f", "C6": "f"}
        spread = {"lots": lots, "lot_of": lot_of, "stratum_of": strata, "strata": StrataPlan()}
        result = self.org(**spread).drawn()
        assert sum(row.pool for row in result.strata) == 19
        assert {row.key: row.pool for row in result.strata} in ({"x": 10, "y": 9}, {"x": 9, "y": 10})
        result = self.org(**spread, family_of=family, one_per_family=True).drawn()
        assert (sum(row.pool for row in result.strata), result.siblings) == (16, 3)

    def test_that_were_not_chosen_are_neither_drawn_nor_kept_in_reserve(self):
        result = self.org(target=15, places={"A": 30}, reserve=30).drawn()
        left = set(self.LOTS) - set(set_of(result))
        assert len(left) == 2
        assert left.isdisjoint({each.case_id for each in result.reserve} | set(random_of(result)))

    def test_that_find_another_of_the_lot_leave_no_shortfall(self):
        barred = {case: frozenset({"A", "B"}) for case in ("C3", "C4")}
        result = self.org(conflicts=barred).drawn()
        assert set_of(result)[2:] == ["C5"]
        assert result.shortfall is None


class TestStrata:
    TEAMS = {f"{team}{number}": team for team, size in (("x", 60), ("y", 30), ("z", 1)) for number in range(size)}

    def org(self, **changes) -> Organisation:
        fields = {"places": {"A": 10, "B": 10}, "target": 10, "stratum_of": self.TEAMS, "strata": StrataPlan()}
        return Organisation(list(self.TEAMS), **fields | changes)

    def test_give_in_proportion_and_the_minimum_where_they_are_small(self):
        result = self.org().drawn()
        assert [(row.key, row.pool, row.given) for row in result.strata] == [("x", 60, 6), ("y", 30, 3), ("z", 1, 1)]
        assert [row.weight for row in result.strata] == ["10.0000", "10.0000", "1.0000"]
        assert {(pair.stratum, pair.weight) for pair in result.pairs} == {
            ("x", "10.0000"), ("y", "10.0000"), ("z", "1.0000")
        }  # fmt: skip

    def test_give_the_fixed_numbers(self):
        result = self.org(strata=StrataPlan("fixed", 1, {"x": 2, "y": 4, "z": 3})).drawn()
        assert [(row.key, row.wanted, row.given) for row in result.strata] == [("x", 2, 2), ("y", 4, 4), ("z", 3, 1)]
        assert (result.shortfall.size, result.shortfall.by_stratum) == (2, (("z", 2),))
        assert result.shortfall.lacking_cases == 2

    def test_with_fixed_numbers_below_the_target_leave_no_shortfall(self):
        assert self.org(strata=StrataPlan("fixed", 1, {"x": 2, "y": 4})).drawn().shortfall is None

    def test_name_a_fixed_stratum_without_a_case(self):
        result = self.org(strata=StrataPlan("fixed", 1, {"x": 2, "gone": 1})).drawn()
        assert StratumResult("gone", 0, 1, 0, "") in result.strata
        assert result.shortfall.by_stratum == (("gone", 1),)

    def test_report_what_conflicts_leave_unfilled_and_do_not_spill_it_into_others(self):
        conflicts = {case: frozenset({"A", "B"}) for case, team in self.TEAMS.items() if team == "y"}
        result = self.org(conflicts=conflicts).drawn()
        assert {row.key: row.given for row in result.strata} == {"x": 6, "y": 0, "z": 1}
        assert (result.shortfall.lost_to_conflicts, result.shortfall.by_stratum) == (3, (("y", 3),))
        assert len(result.shortfall.blocking_cases) == 3

    def test_exchange_a_case_for_another_of_its_stratum_where_that_lets_one_more_be_audited(self):
        # Only A may take the case of y, only A may take x1, both may take x2. Whichever of x comes up, y is audited.
        org = Organisation(
            ["x1", "x2", "y1"],
            {"A": 1, "B": 1},
            2,
            {"x1": frozenset({"B"}), "y1": frozenset({"B"})},
            stratum_of={"x1": "x", "x2": "x", "y1": "y"},
            strata=StrataPlan(),
        )
        gave_way = 0
        for number in range(40):
            result = org.drawn(seed=f"{number:032x}")
            assert pairs_of(result) == {("x2", "B"), ("y1", "A")}
            gave_way += any(case.given_up for case in result.passed_over)
            words = {case.reason.split(" because")[0] for case in result.passed_over if case.given_up}
            assert words <= {"It gave way to another case of its kind,"}
        assert 0 < gave_way < 40


class TestOnePerFamily:
    CASES = [str(number) for number in range(12)]
    FAMILIES = {"0": "f", "1": "f", "2": "f", "3": "g", "4": "g"}

    def org(self, **changes) -> Organisation:
        fields = {"places": {"A": 20}, "target": 9, "family_of": self.FAMILIES, "one_per_family": True}
        return Organisation(self.CASES, **fields | changes)

    def test_offers_the_lowest_ticket_of_each_family(self):
        for number in range(20):
            org = self.org(seed=f"{number:032x}")
            lowest = min("012", key=lambda case: case_ticket(case, seed=org.seed))
            result = org.drawn()
            assert set(random_of(result)) & {"0", "1", "2"} == {lowest}
            assert (result.siblings, result.strata[0].pool) == (3, 9)

    def test_weighs_a_case_by_the_size_of_its_family(self):
        result = self.org(target=3).drawn()
        for pair in result.pairs:
            size = {"f": "9.0000", "g": "6.0000", None: "3.0000"}[self.FAMILIES.get(pair.case_id)]
            assert pair.weight == size

    def test_leaves_a_family_out_that_a_set_lot_has_a_case_of(self):
        result = self.org(lot_of={"0": "re_audit"}, lots=(Lot("re_audit", 1),)).drawn()
        assert set_of(result) == ["0"]
        assert not {"1", "2"} & set(random_of(result))
        assert result.siblings == 3

    def test_offers_all_where_siblings_do_not_matter(self):
        result = self.org(one_per_family=False, target=12).drawn()
        assert (len(result.pairs), result.siblings) == (12, 0)


class TestUnassigned:
    def test_says_that_nothing_was_drawn(self):
        result = Organisation([], {"A": 1}, 3).drawn()
        assert [unassigned.why for unassigned in result.unassigned] == [Unassigned.NOTHING_DRAWN]

    def test_says_that_there_were_fewer_cases_than_auditors(self):
        result = Organisation(["C"], {"A": 1, "B": 1}, 1).drawn()
        assert [unassigned.why for unassigned in result.unassigned] == [Unassigned.NOT_NEEDED]

    def test_says_that_every_case_drawn_was_in_conflict(self):
        conflicts = {"C": frozenset({"A"}), "D": frozenset({"A"})}
        result = Organisation(["C", "D"], {"A": 1, "B": 2}, 2, conflicts).drawn()
        assert [(u.auditor_id, u.why) for u in result.unassigned] == [("A", Unassigned.CONFLICT_WITH_EVERY_CASE)]

    def test_has_a_sentence_for_every_reason(self):
        result = Organisation([], {"A": 1, "B": 0}, 3).drawn()
        assert all(unassigned.reason.endswith(".") for unassigned in result.unassigned)


class TestShortfall:
    def test_is_of_places_where_auditors_have_too_few(self):
        short = Organisation([f"C{n}" for n in range(9)], {"A": 2}, 5).drawn().shortfall
        assert (short.size, short.lacking_places, short.lacking_cases, short.lost_to_conflicts) == (3, 3, 0, 0)
        assert short.explanation == "The auditors have 3 places too few."

    def test_is_of_cases_where_the_pool_is_too_small(self):
        short = Organisation(["C1", "C2"], {"A": 4}, 5).drawn().shortfall
        assert (short.size, short.lacking_places, short.lacking_cases, short.lost_to_conflicts) == (3, 1, 2, 0)

    def test_of_conflicts_names_the_cases_the_auditors_and_who_has_places_left(self):
        conflicts = {case: frozenset({"free"}) for case in ("C1", "C2", "C3")}
        short = Organisation(["C1", "C2", "C3", "C4"], {"full": 1, "free": 3}, 4, conflicts).drawn().shortfall
        assert (short.size, short.lost_to_conflicts) == (2, 2)
        assert set(short.blocking_cases) == {"C1", "C2", "C3"}
        assert short.blocking_auditors == ("full",)
        assert short.auditors_with_places == ("free",)
        assert "3 cases can go only to 1 of the auditors" in short.explanation

    def test_of_conflicts_with_everybody_names_no_blocking_auditor(self):
        short = Organisation(["C"], {"A": 1}, 1, {"C": frozenset({"A"})}).drawn().shortfall
        assert (short.blocking_cases, short.blocking_auditors) == (("C",), ())
        assert "1 case conflicts with every auditor" in short.explanation

    def test_without_auditors_or_cases_is_the_whole_target(self):
        assert Organisation(["C"], {}, 3).drawn().shortfall.lacking_places == 3
        assert Organisation([], {"A": 3}, 3).drawn().shortfall.lacking_cases == 3

    def test_comes_back_from_storage_as_it_was(self):
        short = Shortfall(1, 0, 1, 0, blocking_cases=("C",), by_stratum=(("x", 1),))
        assert Shortfall.read(json.loads(json.dumps(asdict(short)))) == short
