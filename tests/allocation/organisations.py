"""Small councils to draw from, and oracles that know nothing of how the draw works."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random

import networkx as nx
from hypothesis import strategies as st

from allocation.draw import DrawAuditor, DrawCase, DrawResult, KnownConflicts, canonical_inputs, draw

SEED = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Organisation:
    """A small council: what a draw is made from."""

    cases: list[str]
    places: dict[str, int]
    target: int
    conflicts: dict[str, frozenset[str]] = field(default_factory=dict)
    carried: dict[str, int] = field(default_factory=dict)
    seed: str = SEED

    def drawn(self, **changes) -> DrawResult:
        org = replace(self, **changes)
        return draw(
            [DrawCase(case) for case in org.cases],
            auditors=org.auditors(),
            conflicts=KnownConflicts(org.conflicts),
            target=org.target,
            seed=org.seed,
        )

    def auditors(self) -> list[DrawAuditor]:
        return [DrawAuditor(name, places, self.carried.get(name, 0)) for name, places in self.places.items()]

    def frozen(self, **changes):
        org = replace(self, **changes)
        cases = [DrawCase(case) for case in org.cases]
        return canonical_inputs(
            cases, auditors=org.auditors(), conflicts=org.conflicts, target=org.target, facts={"look-back": "24"}
        )

    def may_take(self, auditor: str, case: str) -> bool:
        return auditor not in self.conflicts.get(case, frozenset())

    def tickets(self) -> list[str]:
        return sorted(self.cases, key=lambda case: hashlib.sha256(f"{self.seed}:{case}".encode()).digest())


@st.composite
def organisations(draw_from) -> Organisation:
    """Up to fourteen cases and six auditors, from hardly any conflicts to hardly anything else."""
    cases = [f"case {number}" for number in range(draw_from(st.integers(0, 14)))]
    names = [f"auditor {number}" for number in range(draw_from(st.integers(0, 6)))]
    barred = st.frozensets(st.sampled_from([*names, "someone else"]))
    return Organisation(
        cases=cases,
        places={name: draw_from(st.integers(0, 4)) for name in names},
        target=draw_from(st.integers(0, 16)),
        conflicts={case: draw_from(barred) for case in cases if draw_from(st.booleans())},
        carried={name: draw_from(st.sampled_from([0, 0, 0, 1, 3])) for name in names},
        seed=hashlib.sha256(str(draw_from(st.integers(0, 10**6))).encode()).hexdigest(),
    )


def tight_month(number: int) -> Organisation:
    """A month with hardly more places than cases and many conflicts, where greedy drawing runs into dead ends."""
    dice = Random(number)
    names = [f"auditor {name}" for name in range(dice.randint(2, 6))]
    cases = [f"case {case}" for case in range(dice.randint(3, 14))]
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


EITHER = organisations() | st.uuids(version=4).map(lambda number: tight_month(number.int))


def most_that_fit(org: Organisation, cases: list[str]) -> int:
    """How many of these cases can be placed at all, by networkx's maximum flow."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink"])
    for auditor, places in org.places.items():
        graph.add_edge(("auditor", auditor), "sink", capacity=places)
    for case in cases:
        graph.add_edge("source", ("case", case), capacity=1)
        for auditor in org.places:
            if org.may_take(auditor, case):
                graph.add_edge(("case", case), ("auditor", auditor), capacity=1)
    return nx.maximum_flow_value(graph, "source", "sink")


def lowest_tickets_that_fit(org: Organisation) -> list[str]:
    """The cases that ought to be drawn: each next ticket that still fits with those before it."""
    chosen: list[str] = []
    for case in org.tickets():
        if len(chosen) < org.target and most_that_fit(org, [*chosen, case]) > len(chosen):
            chosen.append(case)
    return chosen


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
