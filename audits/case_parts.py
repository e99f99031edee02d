"""What one row of a file says about a case, and the rows about one child joined to one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from audits.models import Plan
from people.file_values import name_key

CONFLICTING = {"team": "Teams", "worker": "Workers", "date_of_birth": "Dates of birth"}


@dataclass(frozen=True)
class Note:
    """Something odd that somebody should look at. `full` may hold a date of birth or a name and is not kept."""

    text: str
    full: str = ""

    @property
    def detail(self) -> str:
        return self.full or self.text


@dataclass(slots=True)
class Part:
    """One row about a case. `values` are by the case's field names; an empty value says nothing."""

    sheet: str
    number: int
    reference: str
    source: str  # what people call the row: "List 7", "row 12"
    rank: int = 0  # the higher, the more specific
    on: date | None = None  # what it reports happened then
    values: dict[str, Any] = field(default_factory=dict)
    plans: list[str] | None = None  # None: the file says nothing of plans
    closed_on: date | None = None
    flags: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class Child:
    """All rows about one child as one. `parts` are in order of weight: the first gives what the others do not."""

    reference: str
    parts: list[Part]
    values: dict[str, Any]
    plans: list[str] | None
    closed_on: date | None
    flags: set[str]
    facts: dict[str, Any]
    notes: list[Note]


def weight(part: Part) -> tuple[bool, int, date, int]:
    """Open before ended, the more specific list first, then the latest, then the lower row."""
    return (part.closed_on is None, part.rank, part.on or date.min, part.number)


def join(parts: Iterable[Part]) -> Child:
    """One child from all rows about them: plans together, values from the weightiest row, open if any is."""
    parts = list(parts)
    if len(parts) == 1:
        return alone(parts[0])
    ordered = sorted(parts, key=weight, reverse=True)
    is_open = any(part.closed_on is None for part in ordered)
    live = [part for part in ordered if part.closed_on is None or not is_open]
    named = [part.plans for part in live if part.plans is not None]
    values: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    for part in reversed(ordered):
        values.update({key: value for key, value in part.values.items() if value not in (None, "")})
        facts.update(part.facts)
    for key, pick in (("opened_on", min), ("referral_date", max)):
        days = [part.values[key] for part in ordered if part.values.get(key)]
        if days:
            values[key] = pick(days)
    plans = sorted({plan for some in named for plan in some}) if named else None
    if plans is not None and (not is_open or Plan.CHILD_PROTECTION not in plans):
        values.pop("cp_category", None)  # it ended with the plan
    return Child(
        reference=ordered[0].reference,
        parts=ordered,
        values=values,
        plans=plans,
        closed_on=None if is_open else max(part.closed_on for part in ordered if part.closed_on),
        flags=set().union(*(part.flags for part in live)),
        facts=facts,
        notes=[note for part in ordered for note in part.notes] + conflicts(ordered),
    )


def alone(part: Part) -> Child:
    """One child from the only row about them."""
    values = part.values
    if None in values.values() or "" in values.values():
        values = {key: value for key, value in values.items() if value not in (None, "")}
    plans = None if part.plans is None else sorted(set(part.plans))
    if plans is not None and (part.closed_on is not None or Plan.CHILD_PROTECTION not in plans):
        values.pop("cp_category", None)  # it ended with the plan
    return Child(part.reference, [part], values, plans, part.closed_on, part.flags, part.facts, part.notes)


def conflicts(parts: Sequence[Part]) -> list[Note]:
    """Where rows about one child differ in team, worker or date of birth: what each says and which is used."""
    notes = []
    for key, label in CONFLICTING.items():
        said = [(part, part.values[key]) for part in parts if part.values.get(key)]
        if len({comparable(value) for _, value in said}) < 2:
            continue
        used, *others = said
        rest = [(part, value) for part, value in others if comparable(value) != comparable(used[1])]
        full = f"{label} differ: {used[0].source} has {shown(used[1])}, which is used; "
        full += ", ".join(f"{part.source} has {shown(value)}" for part, value in rest) + "."
        where = f"{label} differ between {' and '.join(dict.fromkeys(p.source for p, _ in [used, *rest]))}."
        notes.append(Note(where if key == "date_of_birth" else full, full))
    return notes


def comparable(value: Any) -> Any:
    return value if isinstance(value, date) else name_key(str(value))


def shown(value: Any) -> str:
    """A value as people read it in a preview."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)
