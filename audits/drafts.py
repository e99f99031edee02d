"""Earlier versions of a page: every saved state and every text that came too late, and bringing one of them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from audits import page_history
from audits.answering import Saved, lock, save_page
from audits.merging import changed
from audits.messages import about
from audits.models import Audit, PageAnswers, StaleDraft
from audits.pages import Content, clean_content, prefilled
from audits.question_words import CHOICE, DATE, TEXT, QuestionWords
from audits.structure import form_of
from people import activity
from people.models import User

BURST = timedelta(minutes=10)
SAVED, LATE = "saved", "late"
AROUND = 80  # characters shown before the first difference of two long texts
LONGEST_SHOWN = 600


class NoSuchVersion(LookupError):
    """There is no such earlier version of this page."""


class MovedOn(ValueError):
    """The page was changed after somebody looked at what bringing an earlier version back would change."""


@dataclass(frozen=True)
class Version:
    """A state of a page, or the last of several that one person saved within minutes; without its text.

    `before` is the saved state to compare it with: the one before it, or for a late text the one that stood there.
    """

    kind: str
    pk: int
    by: int
    since: datetime
    at: datetime
    times: int
    before: int | None
    is_present: bool = False


@dataclass(frozen=True)
class Change:
    """What a version says differently at one question."""

    label: str
    old: str
    new: str
    is_short: bool  # a choice or a date: one line is enough


@dataclass(frozen=True)
class ShownVersion:
    """A version with who saved it and what it changed."""

    version: Version
    name: str
    changes: Sequence[Change]
    may_come_back: bool


def versions(audit: Audit, page: str, *, one_by_one: bool = False) -> list[Version]:
    """The versions of a page, the latest first: one for ten minutes of one person, or every single save."""
    rows = page_history.states_of(audit, page).order_by("pgh_id")
    found: list[Version] = []
    at_revision: dict[int, int] = {}
    for pk, revision, by, at in rows.values_list("pgh_id", "revision", "saved_by", "saved_at"):
        last = found[-1] if found else None
        if last and not one_by_one and last.by == by and at - last.since < BURST:
            found[-1] = replace(last, pk=pk, at=at, times=last.times + 1)
        else:
            found.append(Version(SAVED, pk, by, at, at, 1, last.pk if last else None))
        at_revision[revision] = pk
    if found:
        found[-1] = replace(found[-1], is_present=True)
    everything = [*reversed(found), *reversed(_late(audit, page, at_revision))]
    return sorted(everything, key=lambda one: one.at, reverse=True)


def _late(audit: Audit, page: str, at_revision: dict[int, int]) -> list[Version]:
    rows = StaleDraft.objects.filter(audit=audit, page=page)
    return [
        Version(LATE, pk, by, at, at, 1, at_revision.get(met))
        for pk, met, by, at in rows.values_list("pk", "met_revision", "saved_by", "saved_at")
    ]


def shown(audit: Audit, page: str, some: Sequence[Version]) -> list[ShownVersion]:
    """These versions with their writers and what each changed, in as many queries for many as for one."""
    saved, late = _contents(audit, page, some)
    names = dict(User.objects.filter(pk__in={version.by for version in some}).values_list("pk", "name"))
    present = PageAnswers.objects.filter(audit=audit, page=page).values_list("content", flat=True).first()
    words = QuestionWords(page, audit=audit, form=form_of(audit.template_version_id))
    empty = _before_anything(audit, page)
    found = []
    for version in some:
        content = (saved if version.kind == SAVED else late)[version.pk]
        before = saved.get(version.before, empty) if version.before is not None else empty
        changes = _changes(before, content, words=words)
        found.append(ShownVersion(version, names[version.by], changes, content != present))
    return found


def _contents(audit: Audit, page: str, some: Sequence[Version]) -> tuple[dict[int, Content], dict[int, Content]]:
    wanted = {version.pk for version in some if version.kind == SAVED} | {version.before for version in some}
    states = page_history.states_of(audit, page).filter(pgh_id__in=wanted - {None})
    late = StaleDraft.objects.filter(audit=audit, page=page, pk__in=[one.pk for one in some if one.kind == LATE])
    return dict(states.values_list("pgh_id", "content")), dict(late.values_list("pk", "content"))


def _before_anything(audit: Audit, page: str) -> Content:
    form = form_of(audit.template_version_id)
    return clean_content(page, prefilled(page, audit.case), form=form, questions=audit.questions)


def _changes(before: Content, after: Content, *, words: QuestionWords, whole: bool = False) -> list[Change]:
    found = changed(before, after)
    changes = []
    for path in sorted(found, key=words.place):
        old, new = found[path]
        kind = words.kind(path, old, new)
        pair = words.said(path, old), words.said(path, new)
        if kind == TEXT and not whole:
            pair = where_they_differ(*pair)
        changes.append(Change(words.label(path), *pair, is_short=kind in {CHOICE, DATE}))
    return changes


def where_they_differ(old: str, new: str) -> tuple[str, str]:
    """Of two long texts the part that differs, with a few words before it."""
    same = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    begin = max(0, (min(len(old), len(new)) if same is None else same) - AROUND)
    return _part(old, begin), _part(new, begin)


def _part(text: str, begin: int) -> str:
    part = text[begin : begin + LONGEST_SHOWN]
    before, after = "…" if begin and part else "", "…" if begin + LONGEST_SHOWN < len(text) else ""
    return f"{before}{part}{after}"


def _content_of(audit: Audit, page: str, *, kind: str, pk: int) -> Content:
    if kind == SAVED:
        found = page_history.states_of(audit, page).filter(pgh_id=pk).values_list("content", flat=True).first()
    else:
        late = StaleDraft.objects.filter(audit=audit, page=page, pk=pk)
        found = late.values_list("content", flat=True).first()
    if found is None:
        raise NoSuchVersion
    content: Content = found
    return content


def what_comes_back(audit: Audit, page: str, *, kind: str, pk: int) -> tuple[int, list[Change]]:
    """The page's present revision, and what bringing a version back changes in it, whole. Raises NoSuchVersion."""
    content = _content_of(audit, page, kind=kind, pk=pk)
    stored = PageAnswers.objects.filter(audit=audit, page=page).first()
    if stored is None:
        raise NoSuchVersion
    words = QuestionWords(page, audit=audit, form=form_of(audit.template_version_id))
    return stored.revision, _changes(stored.content, content, words=words, whole=True)


def bring_back(reference: str, *, page: str, kind: str, pk: int, revision: int, by: User, at: datetime) -> Saved:
    """Make an earlier version the page's text again, as a new revision: what stands there now stays in the history.

    `revision` is the one the person has seen. Raises NotThere, NotWritable, NoSuchVersion, or MovedOn.
    """
    with transaction.atomic():
        audit = lock(reference, by=by)
        content = _content_of(audit, page, kind=kind, pk=pk)
        if not PageAnswers.objects.filter(audit=audit, page=page, revision=revision).exists():
            raise MovedOn("This page was changed in the meantime. Look again at what would change.")
        activity.record("brought back an earlier version of a page", target=about(audit), by=by, at=at)
        return save_page(reference, page=page, content=content, base_revision=revision, by=by, at=at)
