"""The draw against oracles that know nothing of how it works, on thousands of generated councils."""

from dataclasses import replace
from random import Random

from hypothesis import example, given, settings

from allocation.drawing.draw import Canonical, DrawResult, canonical_result
from allocation.drawing.draw_document import replay
from tests.allocation.organisations import (
    EITHER,
    NUMBERS,
    Organisation,
    least_uneven,
    loads,
    lowest_tickets_that_fit,
    most_random_cases,
    offered,
    random_of,
    set_cases,
    set_of,
    shares_of,
    some_organisation,
    tight_month,
    tight_strata,
)
from tests.sizes import times

MANY = settings(max_examples=times(2_000, 10_000), deadline=None)
SOME = settings(max_examples=times(400, 10_000), deadline=None)


def squared_levels(org: Organisation, result: DrawResult) -> int:
    return sum((load + org.carried.get(auditor, 0)) ** 2 for auditor, load in loads(org, result).items())


def able(org: Organisation, case: str) -> set[str]:
    return {name for name, places in org.places.items() if places and org.may_take(name, case)}


def assert_shortfall_is_proved(org: Organisation, result: DrawResult) -> bool:
    """The named cases and auditors prove that no more was possible; says whether conflicts were to blame."""
    short = result.shortfall
    if short is None:
        assert len(random_of(result)) == min(org.target, sum(row.wanted for row in result.strata))
        return False
    assert short.size == short.lacking_places + short.lacking_cases + short.lost_to_conflicts
    assert short.explanation
    assert short.lost_to_conflicts >= 0
    assert short.lacking_places >= 0
    assert short.lacking_cases >= 0
    places_left = sum(org.places.values()) - len(result.pairs)
    assert bool(short.blocking_cases) == (bool(short.lost_to_conflicts or short.lots_unplaced) and places_left > 0)
    for case in short.blocking_cases:
        assert able(org, case) <= set(short.blocking_auditors)
        assert not able(org, case) & set(short.auditors_with_places)
    if short.blocking_cases:
        assert len(short.blocking_cases) > sum(org.places[auditor] for auditor in short.blocking_auditors)
    return bool(short.blocking_auditors)


def shuffled(org: Organisation, dice: Random) -> Organisation:
    """The same council, every list and table in another order."""
    changes = {}
    for name in ("places", "conflicts", "carried", "lot_of", "stratum_of", "family_of"):
        rows = list(getattr(org, name).items())
        dice.shuffle(rows)
        changes[name] = dict(rows)
    cases = list(org.cases)
    dice.shuffle(cases)
    return replace(org, cases=cases, **changes)


class TestDrawAgainstOracles:
    @MANY
    @given(EITHER)
    def test_never_pairs_a_conflict_and_never_goes_beyond_places_shares_or_target(self, org):
        result = org.drawn()
        assert all(org.may_take(pair.auditor_id, pair.case_id) for pair in result.pairs)
        assert all(load <= org.places[auditor] for auditor, load in loads(org, result).items())
        assert len({pair.case_id for pair in result.pairs}) == len(result.pairs)
        assert len(random_of(result)) <= org.target
        assert all(row.given <= min(row.pool, row.wanted) for row in result.strata)
        assert sum(row.given for row in result.strata) == len(random_of(result))

    @MANY
    @given(EITHER)
    def test_is_never_short_of_the_largest_allocation_within_places_shares_and_families(self, org):
        assert len(random_of(org.drawn())) == most_random_cases(org)

    @SOME
    @given(EITHER)
    def test_takes_the_lowest_tickets_that_fit_of_set_lots_and_of_random_cases_that_are_not_spread(self, org):
        result = org.drawn()
        assert set_of(result) == set_cases(org)
        if org.strata is None:
            before = set_of(result)
            most = min(org.target, sum(org.places.values()) - len(before))
            cases = offered(org, before)
            assert random_of(result) == lowest_tickets_that_fit(org, cases, most=most, besides=before)

    @SOME
    @given(EITHER)
    def test_gives_each_stratum_its_share_where_nothing_stands_in_the_way(self, org):
        org = replace(org, conflicts={})
        result = org.drawn()
        if org.strata is not None:
            before = set_of(result)
            goal = min(org.target, sum(org.places.values()) - len(before))
            pool = offered(org, before)
            shares = shares_of(org, pool, goal=goal)
            with_cases = {org.stratum_of[case] for case in pool}
            assert {row.key: row.given for row in result.strata if row.key in with_cases} == {
                key: share for key, share in shares.items() if key in with_cases
            }

    @MANY
    @given(EITHER)
    def test_evens_loads_out_as_far_as_conflicts_allow(self, org):
        result = org.drawn()
        assert squared_levels(org, result) == least_uneven(org, [pair.case_id for pair in result.pairs])

    @SOME
    @given(EITHER)
    def test_names_cases_and_auditors_that_prove_a_shortfall(self, org):
        assert_shortfall_is_proved(org, org.drawn())

    @SOME
    @given(EITHER)
    @example(some_organisation(18_214))
    def test_suggests_only_changes_that_free_a_case(self, org):
        org = replace(org, one_per_family=False)
        result = org.drawn()
        short = result.shortfall
        if org.lots or not (short and short.blocking_cases):
            return
        for auditor in short.blocking_auditors:
            places = org.places | {auditor: org.places[auditor] + 1}
            assert len(org.drawn(places=places).pairs) > len(result.pairs)  # it raises the goal, and so shares
        free = short.auditors_with_places[0]
        case = next(each for each in short.blocking_cases if each not in random_of(result))
        overridden = org.conflicts | {case: org.conflicts[case] - {free}}
        assert len(org.drawn(conflicts=overridden).pairs) == len(result.pairs) + 1

    @MANY
    @given(EITHER, NUMBERS)
    def test_is_the_same_when_rows_come_in_another_order(self, org, number):
        other = shuffled(org, Random(number))
        assert other.drawn() == org.drawn()
        assert other.frozen() == org.frozen()

    @MANY
    @given(EITHER)
    def test_is_the_same_when_replayed_from_its_frozen_text(self, org):
        again = replay(org.frozen().text, seed=org.seed)
        assert again == org.drawn()
        assert written(again) == written(org.drawn())

    @SOME
    @given(EITHER)
    def test_accounts_for_every_case_and_auditor(self, org):
        result = org.drawn()
        drawn = [pair.case_id for pair in result.pairs]
        passed = [case.case_id for case in result.passed_over]
        reserve = [case.case_id for case in result.reserve]
        assert len({*drawn, *passed, *reserve}) == len([*drawn, *passed, *reserve])
        waiting = [case for case in org.tickets(offered(org, set_of(result))) if case not in {*drawn, *passed}]
        for row in result.strata:
            kept = [each.case_id for each in result.reserve if each.stratum == row.key]
            assert kept == [c for c in waiting if not org.strata or org.stratum_of[c] == row.key][: len(kept)]
        assert result.siblings == len(org.random_cases()) - sum(row.pool for row in result.strata)
        without = {auditor for auditor, load in loads(org, result).items() if not load}
        assert {unassigned.auditor_id for unassigned in result.unassigned} == without


def written(result: DrawResult) -> Canonical:
    return canonical_result(result)


class TestTightMonths:
    """Months in which drawing at random and never looking back dead-ends about one time in three."""

    MONTHS = range(times(1_000, 10_000))

    def test_are_never_short_never_in_conflict_and_as_even_as_can_be(self):
        for number in self.MONTHS:
            for org in (tight_month(number), tight_strata(number)):
                result = org.drawn()
                assert all(org.may_take(pair.auditor_id, pair.case_id) for pair in result.pairs)
                assert len(random_of(result)) == most_random_cases(org)
                assert squared_levels(org, result) == least_uneven(org, [pair.case_id for pair in result.pairs])

    def test_prove_every_shortfall(self):
        for make in (tight_month, tight_strata):
            proofs = [assert_shortfall_is_proved(org, org.drawn()) for org in map(make, self.MONTHS)]
            assert sum(proofs) > 50

    def test_need_exchanges_between_strata(self):
        """Some of them at least, or the generated months would not show that exchanges work."""
        gave_way = [any(case.given_up for case in tight_strata(n).drawn().passed_over) for n in self.MONTHS]
        assert sum(gave_way) > 20

    def test_come_with_every_kind_of_plan(self):
        plans = [some_organisation(number).plan() for number in self.MONTHS]
        assert sum(bool(plan.strata) for plan in plans) > 300
        assert sum(bool(plan.lots) for plan in plans) > 300
        assert sum(plan.one_per_family for plan in plans) > 200
