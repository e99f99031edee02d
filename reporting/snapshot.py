"""Figures as they are frozen: canonical JSON, its fingerprint, and back again as the values pages show."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from datetime import date
from typing import Any

from reporting.changes import Changes
from reporting.kinds import Improvement
from reporting.measures import Actions, Compliance, PartBs
from reporting.shares import Median, Share

SHOWN = (Share, Median, Compliance, PartBs, Actions, Improvement, Changes)
KNOWN: dict[frozenset[str], Callable[..., Any]] = {
    frozenset(field.name for field in fields(kind)): kind for kind in SHOWN
}
DATES = {"month", "since", "as_of"}


def plain(value: Any) -> Any:
    """Figures as plain JSON values: dataclasses as objects, dates as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def canonical(figures: Any) -> str:
    """Canonical JSON: keys sorted, no spaces, so that equal figures are equal text."""
    return json.dumps(plain(figures), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(figures: Any) -> str:
    """SHA-256 of the canonical JSON, as hexadecimal digits."""
    return hashlib.sha256(canonical(figures).encode()).hexdigest()


def restored(value: Any, *, key: str = "") -> Any:
    """The values behind frozen figures: shares, medians, counts and dates again. Undoes `plain`."""
    if isinstance(value, list):
        return [restored(entry) for entry in value]
    if isinstance(value, dict):
        kind = KNOWN.get(frozenset(value))
        return kind(**value) if kind else {name: restored(entry, key=name) for name, entry in value.items()}
    return date.fromisoformat(value) if key in DATES and isinstance(value, str) else value
