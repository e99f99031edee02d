"""Whether going on is of any use: is there a case left that one of some auditors may take? (pure)"""

from collections.abc import Callable, Collection, Sequence

from allocation.drawing.matching import Barred

AT_ONCE = 500  # cases whose bars are asked for together


class Outlook:
    """Looks through the cases of a stratum for one that somebody may take, and remembers how far it came.

    For ever fewer auditors it goes on where it stopped: a case that nobody of many may take, nobody of a part of them
    may. So the cases are gone through once, however often it is asked, and nothing is kept of any of them. An auditor
    with a tie to every case that is left is found out in this way, without a case being offered or a ticket made.
    """

    def __init__(self, case_ids: Sequence[str], *, bars_of_each: Callable[[Sequence[str]], list[Barred]]) -> None:
        self._case_ids = case_ids
        self._bars_of_each = bars_of_each
        self._looked_at = 0  # of these cases none is of use to any of
        self._auditors: frozenset[int] = frozenset()
        self._nothing_for: frozenset[int] = frozenset()  # gone through to the end for these
        self._ahead: list[Barred] = []  # the bars of the next cases

    def any_for(self, auditors: Collection[int], *, besides: Collection[str]) -> bool:
        """Whether one of these auditors may take a case, besides those named (which grow in number, if they change)."""
        wanted = frozenset(auditors)
        if wanted <= self._nothing_for:
            return False
        if not wanted <= self._auditors:
            self._looked_at, self._ahead = 0, []
        self._auditors = wanted
        while self._looked_at < len(self._case_ids):
            if self._case_ids[self._looked_at] not in besides and not wanted <= self._next_bars():
                return True
            self._go_on()
        self._nothing_for = wanted
        return False

    def _next_bars(self) -> Barred:
        if not self._ahead:
            self._ahead = self._bars_of_each(self._case_ids[self._looked_at : self._looked_at + AT_ONCE])[::-1]
        return self._ahead[-1]

    def _go_on(self) -> None:
        self._looked_at += 1
        if self._ahead:
            self._ahead.pop()
