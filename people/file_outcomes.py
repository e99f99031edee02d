"""What a file will do, row by row, and the figures of it: rows in are rows accepted plus rows refused (R27)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from people.models import FileImport, FileImportRow

Outcome = FileImportRow.Outcome
ACCEPTED = (Outcome.ADDED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.CLOSED, Outcome.MERGED)
MANY_CLOSING = 0.3  # of the open cases; more than this needs a second word


class CountsDoNotAddUp(RuntimeError):
    """Rows in are not rows accepted plus rows refused: a mistake in the portal, never in the file."""


class Staged(NamedTuple):
    """What one row will do. `message` is kept for good; `details` (they may name a child) only until it is saved."""

    sheet: str
    number: int
    reference: str
    outcome: str
    message: str = ""
    details: Sequence[str] = ()
    warning: bool = False


@dataclass
class Evaluation:
    """What a whole file will do, and how to do it."""

    staged: list[Staged]
    rows_read: Counter[str]  # by sheet
    save: Callable[[FileImport], None]
    notes: list[str] = field(default_factory=list)
    unknown_teams: list[str] = field(default_factory=list)
    open_before: int = 0


def check_identity(evaluation: Evaluation) -> None:
    """Rows in = accepted + refused, per sheet and in all (R27)."""
    numbers: dict[str, list[int]] = {}
    for row in evaluation.staged:
        if row.number:
            numbers.setdefault(row.sheet, []).append(row.number)
    accounted = Counter({sheet: len(listed) for sheet, listed in numbers.items()})
    twice = any(len(set(listed)) < len(listed) for listed in numbers.values())
    if accounted != evaluation.rows_read or twice:
        raise CountsDoNotAddUp(f"read {dict(evaluation.rows_read)}, accounted for {dict(accounted)}")


def counts_of(evaluation: Evaluation) -> dict[str, Any]:
    """The figures of a preview: rows of the file by outcome, and what happens to records that are not in it."""
    tally = Counter((row.sheet, row.number > 0, row.outcome) for row in evaluation.staged)
    in_file, beyond = of_outcome(tally, in_file=True), of_outcome(tally, in_file=False)
    sheets = {}
    for name, count in evaluation.rows_read.items():
        refused = tally[name, True, Outcome.REFUSED]
        sheets[name] = {"rows": count, "refused": refused, "accepted": count - refused}
    return {
        "rows": evaluation.rows_read.total(),
        "accepted": sum(in_file[outcome] for outcome in ACCEPTED),
        **{outcome.value: in_file[outcome] for outcome in (*ACCEPTED, Outcome.REFUSED)},
        "closing": beyond[Outcome.CLOSED],
        "absent": beyond[Outcome.ABSENT],
        "warnings": sum(row.warning for row in evaluation.staged),
        "open_before": evaluation.open_before,
        "unknown_teams": evaluation.unknown_teams,
        "sheets": sheets,
    }


def of_outcome(tally: Mapping[tuple[str, bool, str], int], *, in_file: bool) -> Counter[str]:
    """How many rows have each outcome, over all sheets: those of the file, or those about records beyond it."""
    found: Counter[str] = Counter()
    for (_, is_row, outcome), count in tally.items():
        if is_row == in_file:
            found[outcome] += count
    return found


def closes_many(counts: Mapping[str, Any]) -> bool:
    """Whether so many open cases would close for not being in the file that somebody should say so twice."""
    return bool(counts.get("closing", 0) > MANY_CLOSING * counts.get("open_before", 0))
