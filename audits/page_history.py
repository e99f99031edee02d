"""Every saved state of a page, as history keeps it: who saved what, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from audits.merging import Path, questions
from audits.models import Audit, PageAnswers
from audits.pages import Content
from people.models import User

FURTHEST_BACK = 500  # saved states looked through for who wrote something


@dataclass(frozen=True)
class Written:
    """Who gave an answer, and when."""

    by: int
    name: str
    at: datetime


def states_of(audit: Audit, page: str) -> QuerySet[Any]:
    """The saved states of a page, the latest first: rows with content, revision, saved_at and saved_by."""
    events: Any = PageAnswers.pgh_event_model  # type: ignore[attr-defined]  # set by the tracker
    rows: QuerySet[Any] = events.objects.filter(audit=audit, page=page).order_by("-pgh_id")
    return rows


def content_at(audit: Audit, page: str, revision: int) -> Content | None:
    """What was stored as a revision; None where there was no such revision."""
    found: Content | None = states_of(audit, page).filter(revision=revision).values_list("content", flat=True).first()
    return found


def saved_since(audit: Audit, page: str, revision: int, *, content: Content, by: User) -> bool:
    """Whether this person has saved exactly this after a revision, and the answer to that was lost on the way."""
    return states_of(audit, page).filter(revision__gt=revision, saved_by=by, content=content).exists()


def written(audit: Audit, page: str, paths: Iterable[Path]) -> dict[Path, Written]:
    """Who gave the present answer to each of these questions, and when: the first state of the latest run with it."""
    rows = states_of(audit, page).values_list("content", "saved_by", "saved_by__name", "saved_at")[:FURTHEST_BACK]
    looking, found = set(paths), dict[Path, Written]()
    present: dict[Path, Any] | None = None
    for content, by, name, at in rows.iterator(chunk_size=20):
        said = questions(content)
        present = said if present is None else present
        looking = {path for path in looking if said.get(path) == present.get(path)}
        if not looking:
            break
        found |= dict.fromkeys(looking, Written(by, name, at))
    return found
