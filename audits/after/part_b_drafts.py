"""Drafts of Part B: what a side has typed and not signed yet, read only by that side, on any computer (S2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audits.after.part_b_record import WHOSE, PartBError, is_signed, lock, refuse_unless_open, side_of
from audits.models import Audit, PartB, Side
from people.models import User

DATE = "supervision_on"
MOST = 400_000  # letters of one side


@dataclass(frozen=True)
class Draft:
    """What is stored: the texts by the names of their inputs, which saving it was, by whom, when."""

    revision: int
    typed: dict[str, str]
    by_id: int | None
    at: datetime | None


@dataclass(frozen=True)
class SavedDraft:
    """What became of a save: what is stored now, what others had written, where two texts stand against each other."""

    draft: Draft
    taken: dict[str, str]
    clashes: dict[str, tuple[str, str]]  # a name with what was sent and what is stored


def draft_of(part_b: PartB, side: Side) -> Draft:
    """The draft of one side; an empty one where nothing was typed."""
    stored = getattr(part_b, f"{side}_draft") or {}
    return Draft(
        stored.get("revision", 0), stored.get("typed", {}), stored.get("by"), getattr(part_b, f"{side}_draft_at")
    )


def put_draft(part_b: PartB, side: Side, *, typed: Mapping[str, str], by: User | None, at: datetime | None) -> Draft:
    """Set a side's draft on the row, one revision on; the caller saves it."""
    revision = draft_of(part_b, side).revision + 1
    stored = {"revision": revision, "typed": dict(typed), "by": by.pk if by else None}
    setattr(part_b, f"{side}_draft", stored)
    setattr(part_b, f"{side}_draft_at", at)
    return draft_of(part_b, side)


def save_draft(
    audit: Audit,
    *,
    side: Side,
    typed: Mapping[str, str],
    base_revision: int,
    undecided: frozenset[str] = frozenset(),
    by: User,
    at: datetime,
) -> SavedDraft:
    """Store what a side has typed so far, without signing it.

    Where somebody saved since `base_revision`, a box that is empty here takes what they wrote, and where both wrote
    something else theirs stays stored until one is chosen (`clashes`). `undecided` are the names still to be chosen.
    Raises PartBError where it is not theirs to write, is signed, or is far too long.
    """
    with transaction.atomic():
        locked, part_b = lock(audit)
        if side_of(locked, by) != side:
            raise PartBError("This part is somebody else’s to write.")
        refuse_unless_open(locked, drafting=True)
        if is_signed(part_b, side):
            raise PartBError(f"Meanwhile {WHOSE[side]} was signed.")
        if sum(map(len, typed.values())) > MOST:
            raise PartBError("This is too long. Make it shorter.")
        stored = draft_of(part_b, side)
        merged, taken, clashes = _merged(stored, typed, stale=base_revision != stored.revision, undecided=undecided)
        if merged != stored.typed:
            stored = put_draft(part_b, side, typed=merged, by=by, at=at)
            part_b.save(update_fields=[f"{side}_draft", f"{side}_draft_at"])
    return SavedDraft(stored, taken, clashes)


def _merged(
    stored: Draft, typed: Mapping[str, str], *, stale: bool, undecided: frozenset[str]
) -> tuple[dict[str, str], dict[str, str], dict[str, tuple[str, str]]]:
    merged = {name: text for name, text in typed.items() if text}
    taken: dict[str, str] = {}
    clashes: dict[str, tuple[str, str]] = {}
    for name, theirs in stored.typed.items():
        mine = typed.get(name, "")
        if mine == theirs or not (stale or group(name) in undecided):
            continue
        merged[name] = theirs
        if mine:
            clashes[name] = (mine, theirs)
        else:
            taken[name] = theirs
    return merged, taken, clashes


def group(name: str) -> str:
    """The question that an input belongs to: the three of a date are one."""
    return DATE if name.startswith(f"{DATE}_") else name
