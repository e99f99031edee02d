"""Judges a run by what lies in the mailbox, and by a list kept outside the portal of what has to lie there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

Event = tuple[str, str]  # who is told, of which audit


@dataclass(frozen=True)
class Round:
    """One fault, what happened meanwhile, and when the fault was over."""

    kind: str
    references: list[str]
    ended: float


def percentile(figures: list[float], percent: int) -> float:
    """The figure that so many percent do not exceed; 0 of none."""
    if len(figures) < 2:
        return max(figures, default=0.0)
    return quantiles(figures, n=100, method="inclusive")[percent - 1]


class Judge:
    """What was promised, what came, and how they differ."""

    def __init__(
        self, made: dict[str, Any], *, acknowledged: dict[str, float], noted: Iterable[dict[str, Any]]
    ) -> None:
        self.made, self.acknowledged = made, acknowledged
        self.told: dict[str, list[str]] = {**made["inadequates"], **made["reminders"]}
        self.came: dict[Event, list[dict[str, Any]]] = {}
        for line in noted:
            if "to" in line and (reference := self._about(line["subject"])):
                self.came.setdefault((line["to"], reference), []).append(line)

    def _about(self, subject: str) -> str:
        """Which audit a message tells of; nothing where it is of another kind than those judged here."""
        found = next((word for word in subject.replace(":", " ").split() if word in self.told), "")
        urgent = subject.endswith("needs action today")  # urgent, or urgent to know
        return found if urgent == (found in self.made["inadequates"]) else ""

    def promised(self, references: Iterable[str] | None = None) -> list[Event]:
        """Every event that was acknowledged, of these audits or of all."""
        wanted = self.acknowledged if references is None else references
        return [(to, reference) for reference in wanted for to in self.told[reference]]

    def lost(self, references: Iterable[str] | None = None) -> list[Event]:
        """What was promised and never came."""
        return [event for event in self.promised(references) if event not in self.came]

    def real_doubles(self, references: Iterable[str] | None = None) -> list[Event]:
        """What came under two Message-IDs: the recipient's mail server cannot tell that it is the same."""
        return [event for event in self.promised(references) if self._ids(event) > self._subjects(event)]

    def repeats(self, references: Iterable[str] | None = None) -> int:
        """How many copies came beyond the first under the same Message-ID: harmless."""
        return sum(len(self.came.get(event, [])) - self._ids(event) for event in self.promised(references))

    def _ids(self, event: Event) -> int:
        return len({line["id"] for line in self.came.get(event, [])})

    def _subjects(self, event: Event) -> int:
        return len({line["subject"] for line in self.came.get(event, [])})

    def strangers(self) -> list[Event]:
        """Who got mail about an audit of which they were not to be told."""
        return sorted(self.came.keys() - set(self.promised()))

    def unlike(self) -> list[str]:
        """Message-IDs that came with two dates, or for two people or audits."""
        seen: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for event, lines in self.came.items():
            for line in lines:
                seen[line["id"]].add((*event, line["date"], line["subject"]))
        return [identifier for identifier, forms in seen.items() if len(forms) > 1]

    def waits(self, references: Iterable[str] | None = None, *, ended: float = 0.0) -> list[float]:
        """Seconds from the acknowledgement, or from the end of the fault where that was later, to the mailbox."""
        return [
            max(self.came[to, reference][0]["at"] - max(self.acknowledged[reference], ended), 0.0)
            for to, reference in self.promised(references)
            if (to, reference) in self.came
        ]

    def table(self, rounds: list[Round]) -> str:
        """One line for each kind of fault, and one for all."""
        by_kind: dict[str, list[Round]] = defaultdict(list)
        for each in rounds:
            by_kind[each.kind].append(each)
        head = f"{'fault':<20}{'times':>6}{'mails':>7}{'lost':>6}{'doubles':>9}{'same id':>9}"
        lines = [head + f"{'p50 s':>8}{'p95 s':>8}{'max s':>8}{'after it, max s':>17}"]
        lines += [self._line(kind, of_kind) for kind, of_kind in by_kind.items()]
        return "\n".join([*lines, self._line("all", rounds)])

    def _line(self, kind: str, rounds: list[Round]) -> str:
        references = [reference for each in rounds for reference in each.references]
        waits = self.waits(references)
        after = [wait for each in rounds for wait in self.waits(each.references, ended=each.ended)]
        counts = f"{len(rounds):>6}{len(self.promised(references)):>7}{len(self.lost(references)):>6}"
        counts += f"{len(self.real_doubles(references)):>9}{self.repeats(references):>9}"
        times = "".join(f"{percentile(waits, percent):>8.1f}" for percent in (50, 95, 100) if percent < 100)
        return f"{kind:<20}{counts}{times}{max(waits, default=0):>8.1f}{max(after, default=0):>17.1f}"
