"""An action or a learning point that is being typed and not added yet: kept on the server, emptied when it is added."""

from __future__ import annotations

from datetime import datetime

from audits.models import Audit, PageAnswers
from audits.pages import Content
from people.models import User


def typed(audit: Audit, page: str) -> tuple[Content, int]:
    """What was typed so far and the revision of that; nothing and 0 where nothing was."""
    stored = PageAnswers.objects.filter(audit=audit, page=page).first()
    return (stored.content, stored.revision) if stored else ({}, 0)


def empty(audit: Audit, page: str, *, by: User, at: datetime) -> None:
    """Begin afresh, once it is added; what was typed stays in the history. The caller holds the audit's lock."""
    stored = PageAnswers.objects.filter(audit=audit, page=page).exclude(content={}).first()
    if stored is not None:
        stored.content, stored.saved_at, stored.saved_by = {}, at, by
        stored.revision += 1
        stored.save()
