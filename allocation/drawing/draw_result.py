"""What a draw gives back: pairs, and everyone and everything left out with the reason (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from allocation.drawing.draw_inputs import RANDOM


@dataclass(frozen=True, slots=True)
class Pair:
    """A case and the auditor who is to audit it.

    `weight` is the number of cases in its stratum that this one stands for, empty for a case of a set lot.
    """

    case_id: str
    auditor_id: str
    lot: str = RANDOM
    stratum: str = ""
    weight: str = "1.0000"


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A case whose ticket came up and that no arrangement had room for, or that was given up for a larger one."""

    case_id: str
    auditors_in_conflict: int
    auditors_full: int
    lot: str = RANDOM
    stratum: str = ""
    given_up: bool = False

    @property
    def reason(self) -> str:
        """The reason in a sentence."""
        if self.given_up:
            return "It gave way to another case of its kind, because that lets one case more be audited."
        if not self.auditors_full:
            return "Every auditor with a place in this draw has a conflict with this case."
        return (
            f"Auditors with a conflict: {self.auditors_in_conflict}. The others ({self.auditors_full}) are "
            "full with cases that had lower tickets and that nobody with a place left can take."
        )


class Unassigned(StrEnum):
    """Why an auditor gets no case."""

    NO_PLACES = "no_places"
    NOTHING_DRAWN = "nothing_drawn"
    CONFLICT_WITH_EVERY_CASE = "conflict_with_every_case"
    NOT_NEEDED = "not_needed"


UNASSIGNED_REASONS = {
    Unassigned.NO_PLACES: "This auditor has no places in this cycle.",
    Unassigned.NOTHING_DRAWN: "No case was drawn.",
    Unassigned.CONFLICT_WITH_EVERY_CASE: "This auditor has a conflict with every case that was drawn.",
    Unassigned.NOT_NEEDED: (
        "Was not needed: there are more places than cases, and whoever has a case has at most one more than this "
        "auditor."
    ),
}


@dataclass(frozen=True, slots=True)
class UnassignedAuditor:
    """An auditor who gets no case, and why."""

    auditor_id: str
    why: Unassigned

    @property
    def reason(self) -> str:
        """The reason in a sentence."""
        return UNASSIGNED_REASONS[self.why]


@dataclass(frozen=True, slots=True)
class Reserved:
    """A case kept for a replacement in its stratum."""

    case_id: str
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class StratumResult:
    """What one stratum had (`pool`), should give and gave, and how many of its cases each one given stands for."""

    key: str
    pool: int
    wanted: int
    given: int
    weight: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How many random cases fewer than wanted, and exactly why; the three parts add up to the size.

    Where conflicts are to blame, `blocking_cases` can only go to `blocking_auditors`, who have too few places
    for them (P. Hall, 1935), while each of `auditors_with_places` has a conflict with every one of them. Of the cases
    that nobody holds as many as are missing are named, and those that came up.
    `by_stratum` says how many are missing from which strata, `lots_unplaced` which cases of the set lots nobody
    could take; those do not count in the size.
    """

    size: int
    lacking_places: int
    lacking_cases: int
    lost_to_conflicts: int
    blocking_cases: tuple[str, ...] = ()
    blocking_auditors: tuple[str, ...] = ()
    auditors_with_places: tuple[str, ...] = ()
    by_stratum: tuple[tuple[str, int], ...] = ()
    lots_unplaced: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """A shortfall as JSON keeps it, lists made tuples again."""
        plain = {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}
        return cls(**plain | {"by_stratum": tuple((key, number) for key, number in stored.get("by_stratum", ()))})

    @property
    def explanation(self) -> str:
        """What is missing and what would help, in sentences."""
        parts = (self._of_places(), self._of_cases(), self._of_lots(), self._of_conflicts())
        return " ".join(part for part in parts if part)

    def _of_places(self) -> str:
        return f"The auditors have {_count(self.lacking_places, 'place')} too few." if self.lacking_places else ""

    def _of_cases(self) -> str:
        return f"The pool has {_count(self.lacking_cases, 'case')} too few." if self.lacking_cases else ""

    def _of_lots(self) -> str:
        """The cases that come before the random ones, such as re-audits."""
        if not self.lots_unplaced:
            return ""
        words = "has nobody who can take it" if len(self.lots_unplaced) == 1 else "have nobody who can take them"
        return f"{_count(len(self.lots_unplaced), 'case')} set for this month {words}."

    def _of_conflicts(self) -> str:
        if not self.lost_to_conflicts and not self.blocking_cases:
            return ""
        lost = self.lost_to_conflicts
        blocked = f"Conflicts leave {lost} more without an auditor:" if lost else "Conflicts are to blame:"
        override = "a recorded override would free one case"
        if not self.blocking_auditors:
            verb = "conflicts" if len(self.blocking_cases) == 1 else "conflict"
            return f"{blocked} {_count(len(self.blocking_cases), 'case')} {verb} with every auditor. Here {override}."
        return (
            f"{blocked} {_count(len(self.blocking_cases), 'case')} can go only to {len(self.blocking_auditors)} of the "
            "auditors, who have too few places for them, and everybody with a place left has a conflict with "
            "each of these cases. One more place for any of those auditors would free one case; otherwise "
            f"{override}."
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


@dataclass(frozen=True, slots=True)
class DrawResult:
    """A draw: pairs (set lots first, then the random cases, each by ticket), all that is left out, and the reserve.

    `siblings` is how many cases were not offered because another child of the family was. `strata` has one row with
    an empty key where the draw is not spread.
    """

    algorithm: str
    seed: str
    target: int
    pairs: tuple[Pair, ...]
    unassigned: tuple[UnassignedAuditor, ...]
    passed_over: tuple[PassedOver, ...]
    reserve: tuple[Reserved, ...]
    strata: tuple[StratumResult, ...]
    siblings: int
    shortfall: Shortfall | None

    def cases_of(self, auditor_id: str) -> tuple[str, ...]:
        """The cases that an auditor is to audit, in the order of the pairs."""
        return tuple(pair.case_id for pair in self.pairs if pair.auditor_id == auditor_id)
