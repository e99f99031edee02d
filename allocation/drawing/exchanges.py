"""Make room in a stratum by giving up cases for others of their stratum: the largest allocation within shares (pure).

Sets of cases that can be placed together form a transversal matroid (J. Edmonds and D. R. Fulkerson, 1965), sets with
at most its share from every stratum a partition matroid; a largest set that is both is found by augmenting paths
(J. Edmonds, "Submodular functions, matroids, and certain polyhedra", 1970; E. L. Lawler, "Matroid intersection
algorithms", 1975). Here both matroids together are a network of strata, cases and auditors, and a path that adds a
case is one of L. R. Ford and D. R. Fulkerson's ("Maximal flow through a network", 1956): a case that is not held may
go to any auditor it is not barred from; where that auditor is full, one of theirs may move on to somebody else, or be
given up for another case of its own stratum. Cases of set lots only move, they are never given up.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator

from allocation.drawing.matching import Barred, Matching


class Exchanges:
    """Searches over a matching.

    `stratum_of` says the stratum of a case, None for those of set lots; `cases_of` gives the cases of a stratum by
    ticket and may end early: where none of the auditors whom a search has not met may take any of the rest. `bars_of`
    says who is barred from a case.
    """

    def __init__(
        self,
        matching: Matching,
        *,
        auditors: int,
        stratum_of: Callable[[str], str | None],
        cases_of: Callable[[str, Callable[[], Collection[int]]], Iterable[str]],
        bars_of: Callable[[str], Barred],
    ) -> None:
        self._matching = matching
        self._stratum_of = stratum_of
        self._cases_of = cases_of
        self._bars_of = bars_of
        self._open = list(range(auditors))
        self.closed_auditors: set[int] = set()
        self.closed_strata: set[str] = set()
        self.given_up: set[str] = set()  # cases that gave way once; a later exchange may have taken them again

    def place_one_more(self, stratum: str) -> bool:
        """Place one more case of this stratum, no fewer of every other; False where no arrangement has room.

        Of all ways it takes one that gives up the fewest cases. What a failed search went through cannot lead
        anywhere later either, so it is closed and never searched again (no path leaves it).
        """
        search = _Search(self, stratum)
        found = search.find(self._open)
        if found is not None:
            search.carry_out(found)
            return True
        self.closed_auditors |= search.came_by.keys()
        self.closed_strata |= search.given_up.keys()
        self._open = [auditor for auditor in self._open if auditor not in self.closed_auditors]
        return False

    def untaken(self, stratum: str, *, unmet: Callable[[], Collection[int]]) -> Iterator[str]:
        """The cases of a stratum that nobody holds, by ticket, as long as they may lead to somebody not met."""
        return (case for case in self._cases_of(stratum, unmet) if self._matching.holder(case) is None)

    def leads_to(self, case: str) -> str | None:
        """The stratum that gains room when this case is given up, None where it must stay or that helps nobody."""
        stratum = self._stratum_of(case)
        return None if stratum in self.closed_strata else stratum

    def bars_of(self, case: str) -> Barred:
        """Who is barred from a case."""
        return self._bars_of(case)

    def give_up(self, case: str) -> int:
        """Take a case out; the auditor who has a place by it."""
        self.given_up.add(case)
        return self._matching.give_up(case)

    @property
    def matching(self) -> Matching:
        """What is searched and changed."""
        return self._matching


class _Search:
    """One search: `came_by` is the case that leads to each auditor met, `given_up` the case that opens each stratum."""

    def __init__(self, exchanges: Exchanges, stratum: str) -> None:
        self._exchanges = exchanges
        self._matching = exchanges.matching
        self._moves: deque[str] = deque()
        self._strata = deque([stratum])
        self._unmet: list[int] = []
        self.came_by: dict[int, str] = {}
        self.given_up: dict[str, str] = {stratum: ""}

    def find(self, among: Iterable[int]) -> int | None:
        """The auditor with a place at the end of a path; None where there is none."""
        self._unmet = list(among)
        new = self._new_cases()
        while self._unmet and (case := self._moves.popleft() if self._moves else next(new, None)) is not None:
            barred = self._exchanges.bars_of(case)
            met = [auditor for auditor in self._unmet if auditor not in barred]
            self._unmet = [auditor for auditor in self._unmet if auditor in barred]
            for auditor in met:
                self.came_by[auditor] = case
                if self._matching.has_place(auditor):
                    return auditor
                self._reach(auditor)
        return None

    def _new_cases(self) -> Iterator[str]:
        """The cases nobody holds of every stratum reached; more strata may come in meanwhile."""
        while self._strata:
            yield from self._exchanges.untaken(self._strata.popleft(), unmet=lambda: self._unmet)

    def _reach(self, auditor: int) -> None:
        for case in self._matching.held(auditor):
            self._moves.append(case)
            stratum = self._exchanges.leads_to(case)
            if stratum is not None and stratum not in self.given_up:
                self.given_up[stratum] = case
                self._strata.append(stratum)

    def carry_out(self, auditor: int) -> None:
        """Move, give up and place the cases along the path, from its end back to the stratum it began with."""
        receiver: int | None = auditor
        while receiver is not None:
            case = self.came_by[receiver]
            giver = self._matching.holder(case)
            self._matching.place(case, receiver, self._exchanges.bars_of(case))
            receiver = giver if giver is not None else self._make_way(case)

    def _make_way(self, case: str) -> int | None:
        """Give up the case that opened the stratum of this one; the auditor who has a place by it."""
        stratum = self._exchanges.leads_to(case)
        before = self.given_up[stratum] if stratum is not None else ""
        return self._exchanges.give_up(before) if before else None
