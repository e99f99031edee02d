"""What a draw gives back: pairs, and everyone and everything left out with the reason (pure)."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Pair:
    """A case and the auditor who is to audit it."""

    case_id: str
    auditor_id: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A case whose ticket came up and that no arrangement had room for."""

    case_id: str
    auditors_in_conflict: int
    auditors_full: int

    @property
    def reason(self) -> str:
        """The reason in a sentence."""
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
        "Nobody more was needed for the cases that were drawn: those that this auditor could take are with "
        "auditors who have at most one more."
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
class Shortfall:
    """How many cases fewer than the target, and exactly why; the three parts add up to the size.

    Where conflicts are to blame, `blocking_cases` can only go to `blocking_auditors`, who have too few places
    for them (P. Hall, 1935), while each of `auditors_with_places` has a conflict with every one of them.
    """

    size: int
    lacking_places: int
    lacking_cases: int
    lost_to_conflicts: int
    blocking_cases: tuple[str, ...] = ()
    blocking_auditors: tuple[str, ...] = ()
    auditors_with_places: tuple[str, ...] = ()

    @property
    def explanation(self) -> str:
        """What is missing and what would help, in sentences."""
        return " ".join(part for part in (self._of_places(), self._of_cases(), self._of_conflicts()) if part)

    def _of_places(self) -> str:
        return f"The auditors have {self.lacking_places} places too few." if self.lacking_places else ""

    def _of_cases(self) -> str:
        return f"The pool has {self.lacking_cases} cases too few." if self.lacking_cases else ""

    def _of_conflicts(self) -> str:
        if not self.lost_to_conflicts:
            return ""
        blocked = f"Conflicts leave {self.lost_to_conflicts} more without an auditor:"
        override = "a recorded override would free one case"
        if not self.blocking_auditors:
            return f"{blocked} {len(self.blocking_cases)} cases conflict with every auditor. Here {override}."
        return (
            f"{blocked} {len(self.blocking_cases)} cases can go only to {len(self.blocking_auditors)} of the "
            "auditors, who have too few places for them, and everybody with a place left has a conflict with "
            "each of these cases. One more place for any of those auditors would free one case; otherwise "
            f"{override}."
        )


@dataclass(frozen=True, slots=True)
class DrawResult:
    """A draw: pairs in ticket order, everyone and everything left out with the reason, and the reserve."""

    algorithm: str
    seed: str
    target: int
    pairs: tuple[Pair, ...]
    unassigned: tuple[UnassignedAuditor, ...]
    passed_over: tuple[PassedOver, ...]
    reserve: tuple[str, ...]
    shortfall: Shortfall | None

    def cases_of(self, auditor_id: str) -> tuple[str, ...]:
        """The cases that an auditor is to audit, lowest ticket first."""
        return tuple(pair.case_id for pair in self.pairs if pair.auditor_id == auditor_id)
