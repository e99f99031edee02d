"""Record who did what to what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from people.models import Activity, User


def record(verb: str, *, target: str, by: User | None, at: datetime, **detail: Any) -> Activity:
    """Write one activity row in the caller's transaction.

    `target` names the thing as text ("audit:2026-11-0007"); `detail` holds plain values, no child's name or grade.
    `by` is None where the portal itself did it.
    """
    return Activity.objects.create(verb=verb, target=target, by=by, at=at, detail=detail)
