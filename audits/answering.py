"""Save what is typed, page by page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from audits import late_texts, meeting_reading
from audits.merging import Path
from audits.models import Audit, PageAnswers, Status
from audits.pages import IS_UNLISTED, UNLISTED, Content, clean_content, own_page, page_codes, unlisted_fields
from audits.permissions import may_write
from audits.stale_saves import Other, TooLongTogether, cut_short, keep_late, others, settle, with_choices
from audits.structure import AuditForm, form_of
from audits.workflow import move
from people.models import User


class NotThere(LookupError):
    """There is no such audit in this person's sight, or no such page in its form."""


class NotWritable(ValueError):
    """The audit cannot be written by this person now."""


class TooLong(ValueError):
    """An answer is longer than what is kept of it; `path` is the question. Nothing was saved."""

    def __init__(self, path: Path) -> None:
        super().__init__("This answer is too long to be kept whole. Make it shorter.")
        self.path = path


@dataclass(frozen=True)
class Saved:
    """What is stored now. `taken`: what others wrote meanwhile, which the writer has not seen yet."""

    content: Content
    revision: int
    at: datetime
    taken: Sequence[Other] = ()
    clashes: Sequence[Other] = ()


class PageConflict(ValueError):
    """Two sides answered the same question differently; `saved` says what is stored and which choices are to be made.

    What was sent is kept beside the page, and whatever does not clash is saved. `together`: where both were chosen, and
    are too long together.
    """

    def __init__(self, saved: Saved, *, together: TooLongTogether | None = None) -> None:
        super().__init__("Not saved yet: somebody changed the same answer. Choose which text to keep.")
        self.saved = saved
        self.together = together

    def as_typed(self) -> Content:
        """The page as the writer has it: their own text where the choice is still to be made."""
        return late_texts.as_typed(self.saved.content, self.saved.clashes)


NO_CHOICES: Mapping[str, str] = {}
NEEDED_TO_SAVE = (
    "reference",
    "status",
    "auditor",
    "supervisor",
    "supervisor_agreed_at",
    "template_version",
    "questions",
    "worker",
    "team_manager",
)


def lock(reference: str, *, by: User, only: tuple[str, ...] = ()) -> Audit:
    """The audit, locked, where this person writes it now; otherwise raises NotThere (out of sight) or NotWritable.

    `only` names the columns to read, where few will do.
    """
    theirs = Q(auditor=by) | Q(supervisor=by)
    mine = Audit.objects.select_for_update(of=("self",)).filter(theirs, reference=reference)
    audit = (mine.only(*only) if only else mine).first()
    if audit is None and not Audit.objects.visible_to(by).filter(reference=reference).exists():
        raise NotThere(reference)
    if audit is None or not may_write(audit, by):
        raise NotWritable("This audit is submitted or belongs to somebody else, so nothing was saved.")
    return audit


def save_page(
    reference: str,
    *,
    page: str,
    content: Any,
    base_revision: int,
    by: User,
    at: datetime,
    undecided: Collection[str] = (),
    choices: Mapping[str, str] = NO_CHOICES,
    chosen: Collection[str] = (),
) -> Saved:
    """Store what is on a page, finished or not, in one commit; the first save of an audit begins it (R1, R5).

    `base_revision` is the revision the writer started from, 0 for a page never saved. What others changed since is
    kept wherever the writer changed something else (R4). `undecided`: questions at which the writer has yet to choose;
    `choices`: where they have chosen since, "mine", "theirs" or "both"; `chosen`: where the content says what they
    chose. An action that is only typed is stored as the writer's own. Raises NotThere for an audit out of sight or a
    page not in its form, NotWritable, TooLong, or PageConflict.
    """
    with transaction.atomic():
        audit = lock(reference, by=by, only=NEEDED_TO_SAVE)
        form = form_of(audit.template_version_id)
        page = _stored_as(page, audit, form, by=by)
        sent = _cleaned(page, content, audit=audit, form=form, at=at)
        together: TooLongTogether | None = None
        try:
            sent = with_choices(audit, page, sent, base_revision=base_revision, choices=choices) if choices else sent
        except TooLongTogether as refused:  # all of it is asked again, so that nothing is cut away
            together, undecided, choices = refused, {*undecided, *choices}, NO_CHOICES
        if choices or chosen:
            late_texts.settle(audit, page, names={*choices, *chosen}, by=by)
        saved = _store(audit, page, sent, base_revision=base_revision, undecided=undecided, by=by, at=at)
        if audit.status == Status.ALLOCATED:
            move(audit, "start", by=by, at=at)
    if saved.clashes:
        raise PageConflict(saved, together=together)
    return saved


def _stored_as(page: str, audit: Audit, form: AuditForm, *, by: User) -> str:
    """What a page is stored as: an action that is only typed as the writer's own. Raises NotThere."""
    if page in UNLISTED:
        return own_page(page, by)
    if page not in page_codes(form, audit.questions):
        raise NotThere(page)
    return page


def _cleaned(page: str, content: Any, *, audit: Audit, form: AuditForm, at: datetime) -> Content:
    """What is sent, without what the meeting page had filled in and nobody was asked. Raises TooLong."""
    if page == "meeting":
        content = meeting_reading.without_prefill(audit, content, at=at)
    sent = clean_content(page, content, form=form, questions=audit.questions)
    if (path := cut_short(content, sent)) is not None:
        raise TooLong(path)
    return sent


def _store(
    audit: Audit, page: str, sent: Content, *, base_revision: int, undecided: Collection[str], by: User, at: datetime
) -> Saved:
    rows = PageAnswers.objects.filter(audit=audit, page=page)
    if base_revision and not undecided:
        unchanged_since = rows.filter(revision=base_revision).exclude(content=sent)
        if unchanged_since.update(content=sent, revision=base_revision + 1, saved_at=at, saved_by=by):
            _agreed_no_more(audit, page)
            return Saved(sent, base_revision + 1, at)
    stored = rows.first()
    if stored is None:
        PageAnswers.objects.create(audit=audit, page=page, content=sent, revision=1, saved_at=at, saved_by=by)
        _agreed_no_more(audit, page)
        return Saved(sent, 1, at)
    if stored.content == sent:  # nothing was changed, or the answer to an earlier save was lost on the way
        return Saved(sent, stored.revision, at)
    return _bring_together(audit, stored, sent, base_revision=base_revision, undecided=undecided, by=by, at=at)


def _bring_together(
    audit: Audit,
    stored: PageAnswers,
    sent: Content,
    *,
    base_revision: int,
    undecided: Collection[str],
    by: User,
    at: datetime,
) -> Saved:
    settled = settle(audit, stored, sent=sent, base_revision=base_revision, undecided=undecided, by=by)
    if settled.clashes:
        keep_late(audit, stored, sent=sent, clashes=settled.clashes, base_revision=base_revision, by=by, at=at)
    if settled.content != stored.content:
        stored.content, stored.saved_at, stored.saved_by = settled.content, at, by
        stored.revision += 1
        stored.save()
        _agreed_no_more(audit, stored.page)
    clashes, taken = others(audit, stored.page, settled=settled, by=by)
    return Saved(settled.content, stored.revision, at, taken=taken, clashes=clashes)


def _agreed_no_more(audit: Audit, page: str) -> None:
    """What a supervisor agreed with has been changed (P4); an action that is only typed belongs to nothing yet."""
    if audit.supervisor_agreed_at is not None and not unlisted_fields(page):
        Audit.objects.filter(pk=audit.pk).update(supervisor_agreed_at=None)


def contents_of(audit: Audit) -> dict[str, Content]:
    """What is stored on each page of the form, by its code; the page that was saved last comes last."""
    listed = PageAnswers.objects.filter(audit=audit).exclude(IS_UNLISTED)
    return dict(listed.order_by("saved_at", "pk").values_list("page", "content"))
