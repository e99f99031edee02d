"""Save what is typed, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from audits.models import Audit, PageAnswers, Status
from audits.pages import Content, clean_content, page_codes
from audits.permissions import may_write
from audits.structure import form_of
from audits.workflow import move
from people.models import User


class NotWritable(ValueError):
    """The audit cannot be written by this person now."""


class PageConflict(ValueError):
    """Somebody (perhaps the same person in another tab) saved the page meanwhile; `stored` is what they saved."""

    def __init__(self, stored: PageAnswers) -> None:
        super().__init__("This page was changed in another tab or on another device.")
        self.stored = stored


@dataclass(frozen=True)
class Saved:
    """What is stored now."""

    content: Content
    revision: int
    at: datetime


NEEDED_TO_SAVE = ("reference", "status", "auditor", "template_version", "questions")


def lock(reference: str, *, by: User, only: tuple[str, ...] = ()) -> Audit:
    """The audit, locked, where this person writes it now; otherwise raises Http404 (out of sight) or NotWritable.

    `only` names the columns to read, where few will do.
    """
    mine = Audit.objects.select_for_update(of=("self",)).filter(auditor=by, reference=reference)
    audit = (mine.only(*only) if only else mine).first()
    if audit is None and not Audit.objects.visible_to(by).filter(reference=reference).exists():
        raise Http404
    if audit is None or not may_write(audit, by):
        raise NotWritable("This audit is submitted or belongs to somebody else, so nothing was saved.")
    return audit


def save_page(reference: str, *, page: str, content: Any, base_revision: int, by: User, at: datetime) -> Saved:
    """Store what is on a page, finished or not, in one commit; the first save of an audit begins it.

    `base_revision` is the revision the writer started from, 0 for a page never saved. Raises Http404 for an audit
    out of sight or a page that is not in its form, NotWritable, or PageConflict when another save came between.
    """
    with transaction.atomic():
        audit = lock(reference, by=by, only=NEEDED_TO_SAVE)
        form = form_of(audit.template_version_id)
        if page not in page_codes(form, audit.questions):
            raise Http404
        cleaned = clean_content(page, content, form=form, questions=audit.questions)
        revision = _store(audit, page, cleaned, base_revision=base_revision, by=by, at=at)
        if audit.status == Status.ALLOCATED:
            move(audit, "start", by=by, at=at)
    return Saved(cleaned, revision, at)


def _store(audit: Audit, page: str, content: Content, *, base_revision: int, by: User, at: datetime) -> int:
    values = {"content": content, "revision": base_revision + 1, "saved_at": at, "saved_by": by}
    rows = PageAnswers.objects.filter(audit=audit, page=page)
    if base_revision and rows.filter(revision=base_revision).update(**values):
        return base_revision + 1
    stored = rows.first()
    if stored is not None:
        if stored.content == content:  # the answer to an earlier save was lost on the way: nothing to do
            return stored.revision
        raise PageConflict(stored)
    PageAnswers.objects.create(audit=audit, page=page, **{**values, "revision": 1})
    return 1


def contents_of(audit: Audit) -> dict[str, Content]:
    """What is stored on each page, by its code."""
    return dict(PageAnswers.objects.filter(audit=audit).values_list("page", "content"))
