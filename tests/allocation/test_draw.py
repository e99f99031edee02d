"""The draw against oracles that know nothing of how it works, and case by case."""

import hashlib
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.draw import (
    ConsultedConflicts,
    DrawAuditor,
    DrawCase,
    DrawResult,
    KnownConflicts,
    Pair,
    Unassigned,
    canonical_inputs,
    canonical_result,
    case_ticket,
    draw,
    replay,
    reserve_size,
)
from tests.allocation.organisations import (
    EITHER,
    SEED,
    Organisation,
    least_uneven,
    loads,
    lowest_tickets_that_fit,
    most_that_fit,
    tight_month,
)

ORGANISATIONS = settings(max_examples=300, deadline=None)


def squared_levels(org: Organisation, result: DrawResult) -> int:
    return sum((load + org.carried.get(auditor, 0)) ** 2 for auditor, load in loads(org, result).items())


def assert_shortfall_is_proved(org: Organisation, result: DrawResult) -> bool:
    """The named cases and auditors prove that no more was possible; says whether conflicts were to blame."""
    short = result.shortfall
    assert (org.target - len(result.pairs)) == (short.size if short else 0)
    if short is None:
        return False
    assert short.size == short.lacking_places + short.lacking_cases + short.lost_to_conflicts
    assert short.explanation
    assert bool(short.blocking_cases) == (short.lost_to_conflicts > 0)
    for case in short.blocking_cases:
        able = {name for name, places in org.places.items() if places and org.may_take(name, case)}
        assert able <= set(short.blocking_auditors)
        assert not able & set(short.auditors_with_places)
    if short.lost_to_conflicts:
        room = sum(org.places[auditor] for auditor in short.blocking_auditors)
        assert len(short.blocking_cases) - room == len(result.passed_over)
    return bool(short.blocking_auditors)


class TestDrawAgainstOracles:
    @ORGANISATIONS
    @given(EITHER)
    def test_never_pairs_a_conflict_and_never_goes_beyond_places_or_target(self, org):
        result = org.drawn()
        assert all(org.may_take(pair.auditor_id, pair.case_id) for pair in result.pairs)
        assert all(load <= org.places[auditor] for auditor, load in loads(org, result).items())
        assert len({pair.case_id for pair in result.pairs}) == len(result.pairs) <= org.target

    @ORGANISATIONS
    @given(EITHER)
    def test_is_never_short_of_the_largest_allocation_there_is(self, org):
        assert len(org.drawn().pairs) == min(org.target, most_that_fit(org, org.cases))

    @ORGANISATIONS
    @given(EITHER)
    def test_takes_the_lowest_tickets_that_fit(self, org):
        assert [pair.case_id for pair in org.drawn().pairs] == lowest_tickets_that_fit(org)

    @ORGANISATIONS
    @given(EITHER)
    def test_evens_loads_out_as_far_as_conflicts_allow(self, org):
        result = org.drawn()
        assert squared_levels(org, result) == least_uneven(org, [pair.case_id for pair in result.pairs])

    @ORGANISATIONS
    @given(EITHER)
    def test_names_cases_and_auditors_that_prove_a_shortfall(self, org):
        assert_shortfall_is_proved(org, org.drawn())

    @ORGANISATIONS
    @given(EITHER)
    def test_suggests_only_changes_that_free_a_case(self, org):
        result = org.drawn()
        if result.shortfall is None or not result.shortfall.lost_to_conflicts:
            return
        for auditor in result.shortfall.blocking_auditors:
            places = org.places | {auditor: org.places[auditor] + 1}
            assert len(org.drawn(places=places).pairs) == len(result.pairs) + 1
        free, case = result.shortfall.auditors_with_places[0], result.passed_over[0].case_id
        overridden = org.conflicts | {case: org.conflicts[case] - {free}}
        assert len(org.drawn(conflicts=overridden).pairs) == len(result.pairs) + 1

    @ORGANISATIONS
    @given(EITHER, st.randoms(use_true_random=False))
    def test_is_the_same_when_rows_come_in_another_order(self, org, random):
        cases, places, conflicts = list(org.cases), list(org.places.items()), list(org.conflicts.items())
        for rows in (cases, places, conflicts):
            random.shuffle(rows)
        shuffled = {"cases": cases, "places": dict(places), "conflicts": dict(conflicts)}
        assert org.drawn(**shuffled) == org.drawn()
        assert org.frozen(**shuffled) == org.frozen()

    @ORGANISATIONS
    @given(EITHER)
    def test_is_the_same_when_replayed_from_its_frozen_inputs(self, org):
        again = replay(org.frozen().json, seed=org.seed)
        assert again == org.drawn()
        assert canonical_result(again).sha256 == canonical_result(org.drawn()).sha256

    @ORGANISATIONS
    @given(EITHER)
    def test_accounts_for_every_case_and_auditor(self, org):
        result = org.drawn()
        drawn = [pair.case_id for pair in result.pairs]
        passed = [case.case_id for case in result.passed_over]
        seen = [*drawn, *passed, *result.reserve]
        assert len(set(seen)) == len(seen)
        assert set(result.reserve) == set(
            [c for c in org.tickets() if c not in {*drawn, *passed}][: len(result.reserve)]
        )
        without = {auditor for auditor, load in loads(org, result).items() if not load}
        assert {unassigned.auditor_id for unassigned in result.unassigned} == without


class TestTightMonths:
    """Months in which drawing at random and never looking back dead-ends about one time in three."""

    MONTHS = range(800)

    def test_are_never_short_never_in_conflict_and_as_even_as_can_be(self):
        for number in self.MONTHS:
            org = tight_month(number)
            result = org.drawn()
            drawn = [pair.case_id for pair in result.pairs]
            assert all(org.may_take(pair.auditor_id, pair.case_id) for pair in result.pairs)
            assert len(drawn) == min(org.target, most_that_fit(org, org.cases))
            assert squared_levels(org, result) == least_uneven(org, drawn)

    def test_take_the_lowest_tickets_that_fit(self):
        for number in self.MONTHS[::4]:
            org = tight_month(number)
            assert [pair.case_id for pair in org.drawn().pairs] == lowest_tickets_that_fit(org)

    def test_prove_every_shortfall(self):
        proofs = [assert_shortfall_is_proved(org, org.drawn()) for org in map(tight_month, self.MONTHS)]
        assert sum(proofs) > 50


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
            pairs = set(org.drawn(seed=f"{number:032x}").pairs)
            assert pairs == {Pair("free", "Y"), Pair("bound", "X")}

    def test_goes_on_through_the_whole_pool_for_a_case_that_fits(self):
        cases = [f"C{number}" for number in range(600)]
        last = max(cases, key=lambda case: case_ticket(case, seed=SEED))
        conflicts = {case: frozenset({"A"}) for case in cases if case != last}
        result = Organisation(cases, {"A": 1}, 1, conflicts).drawn()
        assert result.pairs == (Pair(last, "A"),)
        assert len(result.passed_over) == 599
        assert result.passed_over[0].reason.startswith("Every auditor with a place")

    def test_asks_only_for_conflicts_of_cases_whose_tickets_come_up(self):
        cases = [DrawCase(f"C{number}") for number in range(5000)]
        source = ConsultedConflicts(KnownConflicts({case.id: frozenset({"A0"}) for case in cases}))
        auditors = [DrawAuditor(f"A{number}", 1) for number in range(60)]
        result = draw(cases, auditors=auditors, conflicts=source, target=59, seed=SEED)
        assert len(result.pairs) == 59
        assert len(source.by_case) == 59

    def test_can_be_replayed_from_the_conflicts_it_asked_for_alone(self):
        cases = [DrawCase(f"C{number}") for number in range(900)]
        everything = {case.id: frozenset({f"A{n}" for n in range(30) if hash_bit(case.id, n)}) for case in cases}
        auditors = [DrawAuditor(f"A{number}", 2) for number in range(30)]
        source = ConsultedConflicts(KnownConflicts(everything))
        result = draw(cases, auditors=auditors, conflicts=source, target=60, seed=SEED)
        frozen = canonical_inputs(cases, auditors=auditors, conflicts=source.by_case, target=60)
        assert len(source.by_case) < 200
        assert replay(frozen.json, seed=SEED) == result

    def test_keeps_as_many_next_tickets_in_reserve_as_it_is_told(self):
        cases = [DrawCase(f"C{number}") for number in range(40)]
        auditors = [DrawAuditor("A", 10)]
        order = sorted((case_ticket(case.id, seed=SEED), case.id) for case in cases)
        for reserve in (0, 3, 30, 100):
            result = draw(cases, auditors=auditors, conflicts=KnownConflicts({}), target=10, seed=SEED, reserve=reserve)
            assert result.reserve == tuple(case for _, case in order[10 : 10 + reserve])

    def test_keeps_half_the_target_in_reserve_and_five_at_least(self):
        assert [reserve_size(target) for target in (0, 4, 30)] == [5, 5, 15]


def hash_bit(case: str, number: int) -> bool:
    """A coin that always falls the same way, two times in three heads."""
    return hashlib.sha256(f"{case}/{number}".encode()).digest()[0] % 3 > 0


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
        assert "conflict with every auditor" in short.explanation

    def test_without_auditors_or_cases_is_the_whole_target(self):
        assert Organisation(["C"], {}, 3).drawn().shortfall.lacking_places == 3
        assert Organisation([], {"A": 3}, 3).drawn().shortfall.lacking_cases == 3
