"""One draw under way: set lots, shares, cases offered by ticket, exchanges (pure; allocation.draw says how it goes)."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import chain

from allocation.drawing.draw_inputs import CasePool, ConflictSource, DrawAuditor, DrawPlan, Lot
from allocation.drawing.exchanges import Exchanges
from allocation.drawing.matching import Barred, Matching
from allocation.drawing.outlook import Outlook
from allocation.drawing.strata import shares, wanted
from allocation.drawing.tickets import InTicketOrder, case_ticket, family_ticket, stratum_ticket

SMALLEST_RESERVE = 5
SMALLEST_RESERVE_OF_A_STRATUM = 2
MARGIN = 64  # tickets sorted beyond the likely ones


def reserve_size(cases: int, *, stratified: bool = False) -> int:
    """How many next tickets are kept for replacements of so many cases, unless the plan says it.

    Half of them, but at least five, or where the draw is spread two of each stratum that gives any.
    """
    if stratified:
        return max(SMALLEST_RESERVE_OF_A_STRATUM, cases // 2) if cases else 0
    return max(SMALLEST_RESERVE, cases // 2)


class Stratum:
    """One stratum: its cases by ticket, how many are wanted of it, its share, and how many it has given."""

    def __init__(self, key: str, cases: InTicketOrder, *, asked: int, share: int, reserve: int) -> None:
        self.key = key
        self.cases = cases
        self.asked = asked
        self.share = share
        self.reserve = reserve
        self.given = 0
        self.offered = 0
        self.over = False  # nobody who could still be given a case may take any that was not offered

    @property
    def lacking(self) -> int:
        """How many it may still give."""
        return self.share - self.given

    def next_ticket(self) -> tuple[bytes, str] | None:
        """The lowest ticket not offered yet, with its case; None where it has given its share or all that it can."""
        if not self.lacking or self.over or self.offered == len(self.cases):
            return None
        self.offered += 1
        return self.cases.at(self.offered - 1)


class Run:
    """The matching, and what came up on the way to it. Fill the set lots first, then the strata."""

    def __init__(
        self, auditors: Sequence[DrawAuditor], conflicts: ConflictSource, *, plan: DrawPlan, seed: str
    ) -> None:
        self.auditors = auditors  # those with places, by ticket
        self.numbers = {auditor.id: number for number, auditor in enumerate(auditors)}
        self.plan = plan
        self.seed = seed
        self.places = sum(auditor.capacity for auditor in auditors)
        self.matching = Matching([a.capacity for a in auditors], carried=[a.carried for a in auditors])
        self.goal = 0
        self.lot_of: dict[str, str] = {}  # of every case of a set lot that was offered, in that order
        self.stratum_of: dict[str, str] = {}  # of every random case looked at
        self.offered: set[str] = set()  # random cases that came up
        self.failed: set[str] = set()  # random cases that had no room when they were offered
        self.lots_unplaced: list[str] = []
        self.strata: dict[str, Stratum] = {}
        self.family_of: dict[str, str] = {}  # of a case that is offered for its family
        self.size_of_family: dict[str, int] = {}  # of such a case
        self.siblings = 0
        self.exchanges = Exchanges(
            self.matching,
            auditors=len(auditors),
            stratum_of=self.stratum_of.get,
            cases_of=self._cases_of,
            bars_of=self.bars_of,
        )
        self._conflicts = conflicts
        self._bars: dict[str, Barred] = {}
        self._outlooks: dict[str, Outlook] = {}

    def bars_of(self, case_id: str) -> Barred:
        """Who is kept from a case, by number; asked for once."""
        if case_id not in self._bars:
            self._bars[case_id] = self._bars_of_each([case_id])[0]
        return self._bars[case_id]

    def _bars_of_each(self, case_ids: Sequence[str]) -> list[Barred]:
        """Who is kept from each of these cases, not remembered: for those that are only looked at."""
        kept_from, numbers = self._conflicts.conflicts_for(case_ids), self.numbers
        return [
            frozenset(numbers[each] for each in kept_from.get(case_id, ()) if each in numbers) for case_id in case_ids
        ]

    def held(self, case_id: str) -> bool:
        """Whether a case is with an auditor."""
        return self.matching.holder(case_id) is not None

    def ticket_of(self, case_id: str) -> tuple[str, str]:
        """Where a random case comes in the order of the tickets: by its family's where it stands for one."""
        if family := self.family_of.get(case_id):
            return family_ticket(family, seed=self.seed), case_id
        return self._by_ticket(case_id)

    def fill_lot(self, lot: Lot, case_ids: Sequence[str]) -> None:
        """Take the lowest tickets of a set lot that fit, up to the number wanted."""
        taken, failed = 0, []
        for case_id in InTicketOrder(case_ids, seed=self.seed, likely=len(case_ids)):
            if taken == lot.wanted:
                return
            self.lot_of[case_id] = lot.key
            if self.matching.offer(case_id, self.bars_of(case_id)):
                taken += 1
            else:
                failed.append(case_id)
        if taken < lot.wanted:
            self.lots_unplaced += failed

    def fill_strata(self, pool: CasePool) -> None:
        """Take random cases up to the shares, by ticket and then by exchanges."""
        self.goal = min(self.plan.target, self.places - len(self.matching))
        self.strata = self._shared_out(self._without_siblings(pool))
        self._offer_by_ticket()
        if len(self.matching) < self.places:
            self._exchange()

    def _without_siblings(self, pool: CasePool) -> Mapping[str, Sequence[str]]:
        """The random cases of each stratum, only the lowest ticket of each family where the plan says so."""
        strata = pool.random_after(self.lot_of)
        if not self.plan.one_per_family:
            return strata
        families = self._families(strata, pool.families)
        chosen = {min(members, key=self._by_ticket): len(members) for members in families.values()}
        taken = {pool.families.get(case_id) for case_id in self.lot_of if self.held(case_id)}
        stays = {case_id for case_id in chosen if pool.families[case_id] not in taken}
        self.size_of_family = {case_id: chosen[case_id] for case_id in stays}
        self.family_of = {case_id: pool.families[case_id] for case_id in stays}
        self.siblings = sum(chosen.values()) - len(stays)
        return {
            key: [case_id for case_id in case_ids if case_id not in pool.families or case_id in stays]
            for key, case_ids in strata.items()
        }

    @staticmethod
    def _families(strata: Mapping[str, Sequence[str]], family_of: Mapping[str, str]) -> dict[str, list[str]]:
        """The random cases of each family."""
        found: dict[str, list[str]] = {}
        for case_id in chain.from_iterable(strata.values()):
            if case_id in family_of:
                found.setdefault(family_of[case_id], []).append(case_id)
        return found

    def _by_ticket(self, case_id: str) -> tuple[str, str]:
        return case_ticket(case_id, seed=self.seed), case_id

    def _shared_out(self, strata: Mapping[str, Sequence[str]]) -> dict[str, Stratum]:
        """Every stratum with its share of the goal, by key."""
        sizes = {key: len(case_ids) for key, case_ids in strata.items()}
        if self.plan.strata is None:
            asked = share = {"": min(self.goal, sizes[""])}
        else:
            asked = wanted(sizes, plan=self.plan.strata, goal=self.goal, seed=self.seed)
            share = shares(sizes, plan=self.plan.strata, goal=self.goal, seed=self.seed)
        return {key: self._stratum(key, strata.get(key, ()), asked[key], share[key]) for key in sorted(asked)}

    def _stratum(self, key: str, case_ids: Sequence[str], asked: int, share: int) -> Stratum:
        stratified = self.plan.strata is not None
        usual = reserve_size(share if stratified else self.plan.target, stratified=stratified)
        reserve = usual if self.plan.reserve is None else self.plan.reserve
        likely = share + share // 4 + reserve + MARGIN
        cases = InTicketOrder(case_ids, seed=self.seed, likely=likely, family_of=self.family_of)
        return Stratum(key, cases, asked=asked, share=share, reserve=reserve)

    def _offer_by_ticket(self) -> None:
        """Offer the lowest ticket of all strata that may still give, until there is none."""
        waiting: list[tuple[bytes, str, str]] = []
        for stratum in self.strata.values():
            self._let_wait(stratum, waiting)
        while waiting:
            _, case_id, key = heappop(waiting)
            self.stratum_of[case_id] = key
            self.offered.add(case_id)
            if self.matching.offer(case_id, self.bars_of(case_id)):
                self.strata[key].given += 1
            else:
                self.failed.add(case_id)
                self.strata[key].over = not self._any_left(key, self.matching.open_auditors)
            self._let_wait(self.strata[key], waiting)

    @staticmethod
    def _let_wait(stratum: Stratum, waiting: list[tuple[bytes, str, str]]) -> None:
        if ticketed := stratum.next_ticket():
            heappush(waiting, (*ticketed, stratum.key))

    def _exchange(self) -> None:
        """Fill what is lacking by exchanges, stratum by stratum in the order of their tickets."""
        for key in sorted(self.strata, key=lambda key: (stratum_ticket(key, seed=self.seed), key)):
            stratum = self.strata[key]
            while stratum.lacking and self.exchanges.place_one_more(key):
                stratum.given += 1

    def _any_left(self, key: str, auditors: Collection[int]) -> bool:
        """Whether any case of a stratum that was not offered could be taken by any of these auditors."""
        if key not in self._outlooks:
            self._outlooks[key] = Outlook(self.strata[key].cases.unsorted, bars_of_each=self._bars_of_each)
        return self._outlooks[key].any_for(auditors, besides=self.offered)

    def _cases_of(self, key: str, unmet: Callable[[], Collection[int]]) -> Iterator[str]:
        """The cases of a stratum by ticket, each noted as looked at: all that were offered, and of the others as many
        as may lead to an auditor whom a search has not met."""
        stratum = self.strata[key]
        for position in range(len(stratum.cases)):
            if position >= stratum.offered and not self._any_left(key, unmet()):
                return
            case_id = stratum.cases.at(position)[1]
            self.stratum_of[case_id] = key
            yield case_id
