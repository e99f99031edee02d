"""How many cases each stratum gives to a draw (pure).

In proportion: a stratum's quota is the goal times its part of all cases. Where that is less than the minimum it gives
the minimum, or all that it has where that is fewer, and the others share what is left in proportion. Quotas are
rounded by the largest remainder (A. Hamilton, 1792): each gives the whole part of its quota, and those with the
largest remainders one more until the goal is reached; equal remainders by the strata's tickets. Where the goal is too
small for every minimum, the strata give one each in the order of their tickets, then a second, until it is reached.
No stratum is asked for more than it has: its quota cannot be above its number of cases.

Fixed: the given numbers. Where they are more than the goal, they are cut in proportion; a stratum with fewer cases
gives all it has, and what it lacks is not dealt to others.
"""

from collections.abc import Iterator, Mapping

from allocation.drawing.draw_inputs import FIXED, StrataPlan
from allocation.drawing.tickets import stratum_ticket


def wanted(sizes: Mapping[str, int], *, plan: StrataPlan, goal: int, seed: str = "") -> dict[str, int]:
    """How many cases are wanted of each stratum: in proportion never more than it has, fixed the number given.

    `sizes` says how many cases each stratum has. Without a seed, ties fall as they may: good for a forecast.
    """
    if plan.method == FIXED:
        named = {key: plan.numbers.get(key, 0) for key in sorted({*sizes, *plan.numbers})}
        return _in_proportion(named, goal=goal, minimum=0, seed=seed)
    return _in_proportion(sizes, goal=goal, minimum=plan.minimum, seed=seed)


def shares(sizes: Mapping[str, int], *, plan: StrataPlan, goal: int, seed: str = "") -> dict[str, int]:
    """The most cases that each stratum gives: what is wanted of it, as far as it has so many."""
    asked = wanted(sizes, plan=plan, goal=goal, seed=seed)
    return {key: min(number, sizes.get(key, 0)) for key, number in asked.items()}


def _in_proportion(sizes: Mapping[str, int], *, goal: int, minimum: int, seed: str) -> dict[str, int]:
    by_ticket = sorted(sizes, key=lambda key: (stratum_ticket(key, seed=seed), key))
    rest = min(goal, sum(sizes.values()))
    least = {key: min(minimum, sizes[key]) for key in by_ticket}
    if sum(least.values()) >= rest:
        return _one_by_one(least, rest)
    given: dict[str, int] = {}
    while below := list(_below(least, sizes, given=given, rest=rest)):
        given.update((key, least[key]) for key in below)
    return given | _largest_remainder({key: sizes[key] for key in by_ticket if key not in given}, rest, given)


def _one_by_one(least: Mapping[str, int], rest: int) -> dict[str, int]:
    """One more for each stratum below its minimum, round after round, until nothing is left to give."""
    given = dict.fromkeys(least, 0)
    while rest:
        for key in [key for key in least if given[key] < least[key]][:rest]:
            given[key] += 1
            rest -= 1
    return given


def _below(least: Mapping[str, int], sizes: Mapping[str, int], *, given: Mapping[str, int], rest: int) -> Iterator[str]:
    """The strata whose quota of what the others leave is below their minimum."""
    left = rest - sum(given.values())
    cases = sum(size for key, size in sizes.items() if key not in given)
    return (key for key in least if key not in given and left * sizes[key] < least[key] * cases)


def _largest_remainder(sizes: Mapping[str, int], rest: int, given: Mapping[str, int]) -> dict[str, int]:
    """What is left, shared in proportion; the strata come in the order of their tickets."""
    left, cases = rest - sum(given.values()), sum(sizes.values())
    if not cases:
        return dict.fromkeys(sizes, 0)
    whole = {key: left * size // cases for key, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda key: -(left * sizes[key] % cases))
    for key in by_remainder[: left - sum(whole.values())]:
        whole[key] += 1
    return whole
