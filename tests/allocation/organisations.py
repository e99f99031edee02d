"""Small councils to draw from, and oracles that know nothing of how the draw works."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

import networkx as nx
from hypothesis import strategies as st

from allocation.drawing.draw import (
    DrawAuditor,
    DrawCase,
    DrawPlan,
    DrawResult,
    KnownConflicts,
    Lot,
    StrataPlan,
    canonical_result,
    draw,
)
from allocation.drawing.draw_document import Frozen, case_line, write
from allocation.drawing.strata import shares

SEED = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Organisation:
    """A small council: what a draw is made from."""

    cases: list[str]
    places: dict[str, int]
    target: int
    conflicts: dict[str, frozenset[str]] = field(default_factory=dict)
    carried: dict[str, int] = field(default_factory=dict)
    lot_of: dict[str, str] = field(default_factory=dict)
    stratum_of: dict[str, str] = field(default_factory=dict)
    family_of: dict[str, str] = field(default_factory=dict)
    lots: tuple[Lot, ...] = ()
    strata: StrataPlan | None = None
    one_per_family: bool = False
    reserve: int | None = None
    seed: str = SEED

    def drawn(self, **changes) -> DrawResult:
        org = replace(self, **changes)
        return draw(
            [org.case(each) for each in org.cases],
            auditors=org.auditors(),
            conflicts=KnownConflicts(org.conflicts),
            plan=org.plan(),
            seed=org.seed,
        )

    def plan(self) -> DrawPlan:
        return DrawPlan(self.target, self.lots, self.strata, self.one_per_family, self.reserve)

    def case(self, each: str) -> DrawCase:
        lot, stratum = self.lot_of.get(each, "random"), self.stratum_of.get(each, "")
        return DrawCase(each, lot, stratum, self.family_of.get(each, ""))

    def auditors(self) -> list[DrawAuditor]:
        return [
            DrawAuditor(name, places, self.carried.get(name, 0), frozenset({f"p{name}"}))
            for name, places in self.places.items()
        ]

    def frozen(self, **changes) -> Frozen:
        """Everything as a document; its cases are named by numbers."""
        org = replace(self, **changes)
        lines = []
        for each in map(org.case, org.cases):
            ties = [f"i{name}" for name in org.conflicts.get(each.id, ())]
            lines.append(case_line(each.id, lot=each.lot, stratum=each.stratum, family=each.family, ties=ties))
        return write(lines, auditors=org.auditors(), plan=org.plan(), facts={"look-back": "24"}, out={"Closed": [77]})

    def may_take(self, auditor: str, case: str) -> bool:
        return auditor not in self.conflicts.get(case, frozenset())

    def tickets(self, cases: Iterable[str] | None = None) -> list[str]:
        return sorted(self.cases if cases is None else cases, key=self.ticket)

    def ticket(self, case: str) -> bytes:
        """By its family's ticket where only one of each family is offered."""
        family = self.family_of.get(case) if self.one_per_family and case not in self.lot_of else None
        return hashlib.sha256(f"family:{self.seed}:{family}".encode()).digest() if family else self.own_ticket(case)

    def own_ticket(self, case: str) -> bytes:
        return hashlib.sha256(f"{self.seed}:{case}".encode()).digest()

    def random_cases(self) -> list[str]:
        return [case for case in self.cases if case not in self.lot_of]


def some_organisation(number: int) -> Organisation:
    """Up to sixteen cases and six auditors, from hardly any conflicts to hardly anything else.

    Half of them spread over strata, a third with set lots, a third with families.
    """
    dice = Random(number)
    names = [f"A{name}" for name in range(dice.randint(0, 6))]
    cases = [str(case) for case in dice.sample(range(1, 500), dice.randint(0, 16))]
    chance = dice.choice([0.0, 0.1, 0.3, 0.6, 0.8, 0.95])
    keys = dice.choice([["x"], ["x", "y"], ["x", "y", "z"], ["x", "y", "z", "none"]])
    lots = dice.choice([(), (), (Lot("re_audit", 9),), (Lot("re_audit", 2), Lot("improvement", 1))])
    numbers = {key: dice.randint(0, 5) for key in [*keys, "nothing here"]}
    return Organisation(
        cases=cases,
        places={name: dice.choice([0, 1, 1, 2, 2, 3, 4]) for name in names},
        target=dice.randint(0, 16),
        conflicts={
            case: frozenset(name for name in [*names, "somebody"] if dice.random() < chance) for case in cases
        },
        carried={name: dice.choice([0, 0, 0, 1, 3]) for name in names},
        lot_of={case: dice.choice(lots).key for case in cases if lots and dice.random() < 0.3},
        stratum_of={case: dice.choice(keys) for case in cases},
        family_of={case: f"f{dice.randint(1, 6)}" for case in cases if dice.random() < 0.5},
        lots=lots,
        strata=dice.choice(
            [None, None, None, StrataPlan("proportional", dice.randint(0, 3)), StrataPlan("proportional", 1),
             StrataPlan("fixed", 1, numbers)]
        ),
        one_per_family=dice.random() < 0.33,
        reserve=dice.choice([None, None, 0, 3]),
        seed=hashlib.sha256(str(dice.random()).encode()).hexdigest(),
    )  # fmt: skip


def tight_month(number: int) -> Organisation:
    """A month with hardly more places than cases and many conflicts, where greedy drawing runs into dead ends."""
    dice = Random(number)
    names = [f"A{name}" for name in range(dice.randint(2, 6))]
    cases = [str(case) for case in range(dice.randint(3, 14))]
    places = {name: dice.randint(1, 3) for name in names}
    chance = dice.choice([0.3, 0.6, 0.8])
    return Organisation(
        cases=cases,
        places=places,
        target=min(len(cases), sum(places.values())) - dice.choice([0, 0, 0, 2]),
        conflicts={case: frozenset(name for name in names if dice.random() < chance) for case in cases},
        carried={name: dice.choice([0, 0, 2]) for name in names},
        seed=hashlib.sha256(str(number).encode()).hexdigest(),
    )


def tight_strata(number: int) -> Organisation:
    """A tight month spread over teams whose own people may not audit them: only exchanges reach the most."""
    dice = Random(number)
    teams = [f"t{team}" for team in range(dice.randint(2, 4))]
    names = {f"A{name}": dice.choice(teams) for name in range(dice.randint(2, 5))}
    cases = {str(case): dice.choice(teams) for case in range(dice.randint(6, 20))}
    places = {name: dice.randint(1, 3) for name in names}
    chance = dice.choice([0.2, 0.5, 0.7])
    conflicts = {
        case: frozenset(name for name, own in names.items() if own == team or dice.random() < chance)
        for case, team in cases.items()
    }
    lots = dice.choice([(), (Lot("re_audit", 3),)])
    return Organisation(
        cases=list(cases),
        places=places,
        target=sum(places.values()) - dice.choice([0, 0, 1, 2]),
        conflicts=conflicts,
        carried={name: dice.choice([0, 0, 2]) for name in names},
        lot_of={case: "re_audit" for case in cases if lots and dice.random() < 0.2},
        stratum_of=cases,
        lots=lots,
        strata=StrataPlan("proportional", dice.choice([0, 1, 2])),
        seed=hashlib.sha256(str(number).encode()).hexdigest(),
    )


def month_with_a_sample(number: int, *, names: Iterable[str] = ("1", "2", "3")) -> Organisation:
    """Twenty cases, seven of them in a set lot that wants two; five of the seven could be drawn at random too.

    Half of the months have strata, half one case per family, half of them conflicts.
    """
    dice = Random(number)
    cases = [str(case) for case in range(1, 21)]
    sample, keys = dice.sample(cases, 7), dice.choice([[""], ["x", "y"]])
    strata = StrataPlan("proportional", 1) if len(keys) > 1 else None
    chance = dice.choice([0.0, 0.4])
    return Organisation(
        cases=cases,
        places=dict.fromkeys(names, 3),
        target=6,
        conflicts={case: frozenset(name for name in names if dice.random() < chance) for case in cases},
        lot_of=dict.fromkeys(sample, "improvement"),
        stratum_of={case: dice.choice(keys) for case in cases},
        family_of={case: str(dice.randint(1, 4)) for case in cases if dice.random() < 0.6},
        lots=(Lot("improvement", 2, else_random=tuple(sample[:5])),),
        strata=strata,
        one_per_family=dice.random() < 0.5,
        seed=hashlib.sha256(str(number).encode()).hexdigest(),
    )


NUMBERS = st.integers(0, 2**32)
EITHER = NUMBERS.map(some_organisation) | NUMBERS.map(tight_month) | NUMBERS.map(tight_strata)


def hash_of_eighty() -> str:
    """What eighty councils freeze and draw, as one hash."""
    made = [make(number) for make in (some_organisation, tight_strata) for number in range(40)]
    written = [canonical_result(org.drawn()).json + org.frozen().text.encode() for org in made]
    return hashlib.sha256(b"".join(written)).hexdigest()


# ------------------------------------------------------------------ oracles


def most_that_fit(
    org: Organisation, cases: Iterable[str], *, within: dict[str, int] | None = None, besides: Iterable[str] = ()
) -> int:
    """How many of these cases can be placed at all, by networkx's maximum flow.

    `within` says how many of each stratum at most; `besides` are cases that need a place beyond any stratum.
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink"])
    for auditor, places in org.places.items():
        graph.add_edge(("auditor", auditor), "sink", capacity=places)
    for stratum, most in (within or {}).items():
        graph.add_edge("source", ("stratum", stratum), capacity=most)
    for case in cases:
        graph.add_edge("source" if within is None else ("stratum", org.stratum_of[case]), ("case", case), capacity=1)
    for case in besides:
        graph.add_edge("source", ("case", case), capacity=1)
    for case in [*cases, *besides]:
        for auditor in org.places:
            if org.may_take(auditor, case):
                graph.add_edge(("case", case), ("auditor", auditor), capacity=1)
    return nx.maximum_flow_value(graph, "source", "sink", flow_func=nx.algorithms.flow.dinitz)


def lowest_tickets_that_fit(
    org: Organisation, cases: Iterable[str], *, most: int, besides: Iterable[str] = ()
) -> list[str]:
    """The cases that ought to be drawn: each next ticket that still fits with those before it and those besides."""
    chosen: list[str] = []
    for case in org.tickets(cases):
        if len(chosen) < most and most_that_fit(org, [*besides, *chosen, case]) > len([*besides, *chosen]):
            chosen.append(case)
    return chosen


def set_cases(org: Organisation) -> list[str]:
    """The cases of set lots that ought to be drawn, lot after lot."""
    chosen: list[str] = []
    for lot in org.lots:
        of_lot = [case for case in org.cases if org.lot_of.get(case) == lot.key]
        chosen += lowest_tickets_that_fit(org, of_lot, most=lot.wanted, besides=chosen)
    return chosen


def offered(org: Organisation, before: Iterable[str]) -> list[str]:
    """The random cases that may be drawn: without siblings of each other and of cases drawn before, where asked."""
    if not org.one_per_family:
        return org.random_cases()
    families = {org.family_of[case] for case in before if case in org.family_of}
    stays = []
    for case in sorted(org.random_cases(), key=org.own_ticket):
        family = org.family_of.get(case)
        if family is None or family not in families:
            stays.append(case)
            families |= {family} - {None}
    return stays


def shares_of(org: Organisation, cases: Iterable[str], *, goal: int) -> dict[str, int]:
    sizes = Counter(org.stratum_of[case] for case in cases)
    return shares(sizes, plan=org.strata, goal=goal, seed=org.seed)


def most_random_cases(org: Organisation) -> int:
    """How many random cases the largest allocation has, after the set lots and within the shares."""
    before = set_cases(org)
    cases = offered(org, before)
    goal = min(org.target, sum(org.places.values()) - len(before))
    if org.strata is None:
        return min(goal, most_that_fit(org, cases, besides=before) - len(before))
    within = shares_of(org, cases, goal=goal)
    return most_that_fit(org, cases, within=within, besides=before) - len(before)


def least_uneven(org: Organisation, cases: list[str]) -> int:
    """The smallest possible sum of squared loads for these cases, by networkx's minimum cost flow."""
    graph = nx.DiGraph()
    graph.add_node("sink", demand=len(cases))
    for auditor, places in org.places.items():
        for place in range(places):
            level = org.carried.get(auditor, 0) + place
            graph.add_edge(("auditor", auditor), ("place", auditor, place), capacity=1, weight=2 * level + 1)
            graph.add_edge(("place", auditor, place), "sink", capacity=1)
    for case in cases:
        graph.add_node(("case", case), demand=-1)
        for auditor in org.places:
            if org.may_take(auditor, case):
                graph.add_edge(("case", case), ("auditor", auditor), capacity=1)
    flow = nx.min_cost_flow(graph)
    return nx.cost_of_flow(graph, flow) + sum(level**2 for level in org.carried.values())


def loads(org: Organisation, result: DrawResult) -> dict[str, int]:
    held = Counter(pair.auditor_id for pair in result.pairs)
    return {auditor: held[auditor] for auditor in org.places}


def random_of(result: DrawResult) -> list[str]:
    """The random cases drawn, in their order."""
    return [pair.case_id for pair in result.pairs if pair.lot == "random"]


def set_of(result: DrawResult) -> list[str]:
    """The cases drawn from set lots, in their order."""
    return [pair.case_id for pair in result.pairs if pair.lot != "random"]
