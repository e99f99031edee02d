"""Cases and the auditors who may take them: a matching that grows case by case and is then evened out (pure).

Auditors are numbered from nought in the order of their tickets. Who may take a case is kept as the few auditors
barred from it: the pairs that are allowed are never listed.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial

Barred = frozenset[int]


class Matching:
    """Which auditor holds which case: never beyond an auditor's places, never against a bar.

    `places` says how many cases each auditor may hold, `carried` how much each has done before that counts
    when the load is evened out.
    """

    def __init__(self, places: Sequence[int], *, carried: Sequence[int]) -> None:
        self._places = tuple(places)
        self._level = list(carried)
        self._held: list[list[str]] = [[] for _ in places]
        self._holder: dict[str, int] = {}
        self._barred: dict[str, Barred] = {}
        self._free = sorted((level, auditor) for auditor, level in enumerate(carried) if places[auditor])
        self._open = list(range(len(places)))

    def __len__(self) -> int:
        """How many cases are held."""
        return len(self._holder)

    def holder(self, case: str) -> int | None:
        """The auditor who holds a case; None where nobody does."""
        return self._holder.get(case)

    def held(self, auditor: int) -> Sequence[str]:
        """The cases that an auditor holds."""
        return self._held[auditor]

    def has_place(self, auditor: int) -> bool:
        """Whether an auditor could hold one more case."""
        return len(self._held[auditor]) < self._places[auditor]

    @property
    def open_auditors(self) -> Sequence[int]:
        """The auditors who could be given one more of the cases to come, directly or by moving others."""
        return self._open

    def may_take(self, auditor: int, case: str) -> bool:
        """Whether nothing bars an auditor from a case that was offered. Raises KeyError for any other case."""
        return auditor not in self._barred[case]

    def reached_from(self, cases: Iterable[str]) -> set[int]:
        """The auditors to whom these cases lead by exchanges: for cases that no arrangement has room for, a group
        that is full and whose cases can go to nobody outside it. Raises KeyError for a case never offered."""
        return set(self._search(cases, among=range(len(self._places)), wanted=lambda _: False)[1])

    def offer(self, case: str, barred: Barred) -> bool:
        """Place a case, moving others between auditors where needed; False where no arrangement has room.

        Nobody loses a case by it: cases once placed stay placed, so offering in ticket order gives the lowest
        tickets (matchable sets of cases form a matroid). A group of auditors that a failed search has gone
        through is full and stays closed, so it is never searched again.
        """
        self._barred[case] = barred
        lightest = next((auditor for _, auditor in self._free if auditor not in barred), None)
        if lightest is not None:
            self._hand_over(case, lightest)
            return True
        found, came_by = self._search([case], among=self._open, wanted=self.has_place)
        if found is not None:
            self._shift(found, came_by)
            return True
        self._open = [auditor for auditor in self._open if auditor not in came_by]
        return False

    def place(self, case: str, auditor: int, barred: Barred) -> None:
        """Give a case to an auditor who may take it and has a place, from whoever holds it or as a new one."""
        self._barred[case] = barred
        self._hand_over(case, auditor)

    def give_up(self, case: str) -> int:
        """Take a case out of the matching; the auditor who held it. Raises KeyError where nobody does."""
        auditor = self._holder.pop(case)
        self._change_load(auditor, case, take=True)
        return auditor

    def even_out(self) -> None:
        """Make the loads as even as the bars and places allow, keeping the same cases.

        Moves one case along a path of exchanges from a most loaded auditor to one with at least two fewer,
        until there is no such path. Then no arrangement of these cases is more even (Harvey, Ladner, Lovász
        and Tamir, "Semi-matchings for bipartite graphs and load balancing", 2006). What a failed search went
        through cannot be improved and is left out of later ones.
        """
        unsettled = list(range(len(self._places)))
        while unsettled:
            top = max(self._level[auditor] for auditor in unsettled)
            if not any(self._can_relieve(auditor, top=top) for auditor in unsettled):
                return
            heaviest = [auditor for auditor in unsettled if self._level[auditor] == top]
            others = [auditor for auditor in unsettled if self._level[auditor] < top]
            cases = (case for auditor in heaviest for case in self._held[auditor])
            found, came_by = self._search(cases, among=others, wanted=partial(self._can_relieve, top=top))
            if found is not None:
                self._shift(found, came_by)
            else:
                settled = came_by.keys() | set(heaviest)
                unsettled = [auditor for auditor in unsettled if auditor not in settled]

    def _can_relieve(self, auditor: int, *, top: int) -> bool:
        return self._level[auditor] <= top - 2 and self.has_place(auditor)

    def _search(
        self, cases: Iterable[str], *, among: Sequence[int], wanted: Callable[[int], bool]
    ) -> tuple[int | None, dict[int, str]]:
        """The nearest wanted auditor to whom these cases lead by exchanges, and the case that leads to each.

        Each step looks only at auditors not met before; those that stay behind are barred from the case, so
        the cost is the number of auditors and bars, not of allowed pairs.
        """
        waiting = deque(cases)
        unmet = list(among)
        came_by: dict[int, str] = {}
        while waiting and unmet:
            case = waiting.popleft()
            barred = self._barred[case]
            met = [auditor for auditor in unmet if auditor not in barred]
            unmet = [auditor for auditor in unmet if auditor in barred]
            for auditor in met:
                came_by[auditor] = case
                if wanted(auditor):
                    return auditor, came_by
                waiting.extend(self._held[auditor])
        return None, came_by

    def _shift(self, auditor: int, came_by: dict[int, str]) -> None:
        """Hand each case along the path that a search found, ending with this auditor."""
        receiver: int | None = auditor
        while receiver is not None:
            case = came_by[receiver]
            giver = self._holder.get(case)
            self._hand_over(case, receiver)
            receiver = giver if giver in came_by else None

    def _hand_over(self, case: str, receiver: int) -> None:
        giver = self._holder.get(case)
        if giver is not None:
            self._change_load(giver, case, take=True)
        self._change_load(receiver, case, take=False)
        self._holder[case] = receiver

    def _change_load(self, auditor: int, case: str, *, take: bool) -> None:
        """Add or remove a case and keep the list of auditors with places in order of load."""
        if self.has_place(auditor):
            del self._free[bisect_left(self._free, (self._level[auditor], auditor))]
        if take:
            self._held[auditor].remove(case)
        else:
            self._held[auditor].append(case)
        self._level[auditor] += -1 if take else 1
        if self.has_place(auditor):
            insort(self._free, (self._level[auditor], auditor))
