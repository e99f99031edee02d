"""What one row of a file says about a case, and the rows about one child joined to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from audits.models import Plan
from people.file_values import name_key

NONE: frozenset[str] = frozenset()
PROTECTION = Plan.CHILD_PROTECTION.value
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
    """One row about a case. `values` are by the case's field names; what the row says nothing of is not among them."""

    sheet: str
    number: int
    reference: str
    in_list: str = ""  # "List 7" of a workbook of numbered lists
    rank: int = 0  # the higher, the more specific
    on: date | None = None  # what it reports happened then
    values: dict[str, Any] = field(default_factory=dict)
    plans: Sequence[str] | None = None  # None: the file says nothing of plans
    closed_on: date | None = None
    flags: frozenset[str] = NONE
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    @property
    def source(self) -> str:
        """What people call the row."""
        return self.in_list or f"row {self.number}"


def weight(part: Part) -> tuple[bool, int, date, int]:
    """Open before ended, the more specific list first, then the latest, then the lower row."""
    return (part.closed_on is None, part.rank, part.on or date.min, part.number)


def join(parts: Sequence[Part]) -> tuple[Part, list[Part]]:
    """The weightiest row about a child, saying what all of them say, and the other rows by weight.

    Plans are put together, values are the weightiest row's where it says something, and a case is open if any row is.
    """
    if len(parts) == 1:
        return without_ended_category(parts[0]), []
    ordered = sorted(parts, key=weight, reverse=True)
    is_open = any(part.closed_on is None for part in ordered)
    live = [part for part in ordered if part.closed_on is None or not is_open]
    named = [part.plans for part in live if part.plans is not None]
    values: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    for part in reversed(ordered):
        values.update(part.values)
        facts.update(part.facts)
    for key, pick in (("opened_on", min), ("referral_date", max)):
        days = [part.values[key] for part in ordered if part.values.get(key)]
        if days:
            values[key] = pick(days)
    plans = sorted({plan for some in named for plan in some}) if named else None
    first, *others = ordered
    joined = replace(
        first,
        values=values,
        plans=plans,
        closed_on=None if is_open else max(part.closed_on for part in ordered if part.closed_on),
        flags=NONE.union(*(part.flags for part in live)),
        facts=facts,
        notes=[note for part in ordered for note in part.notes] + conflicts(ordered),
    )
    return without_ended_category(joined), others


def without_ended_category(part: Part) -> Part:
    """The row without the category of a child protection plan that has ended or is not among its plans."""
    if part.plans is not None and (part.closed_on is not None or PROTECTION not in part.plans):
        part.values.pop("cp_category", None)
    return part


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
