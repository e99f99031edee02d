"""A save that started from an older state of the page: both sides are kept, and only a clash asks for a choice (R4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audits import page_history
from audits.merging import Clash, Path, merge, name_of, questions, with_answer
from audits.models import Audit, PageAnswers, StaleDraft
from audits.page_history import Written
from audits.pages import Content, clean_content, prefilled
from audits.pages.texts import clean_text
from audits.question_words import QuestionWords
from audits.structure import form_of
from people.models import User

LARGEST_REVISION = 2_147_483_647  # what the column holds


class TooLongTogether(ValueError):
    """Two answers are together longer than what is kept of one; `path` is the question."""

    def __init__(self, path: Path) -> None:
        super().__init__("Together the two are too long to be kept whole. Keep one, and take over what should stay.")
        self.path = path


@dataclass(frozen=True)
class Other:
    """What somebody else wrote at one question, for whoever has the page open: in words, and as it is stored.

    `mine` and `sent`: what the sender wrote there instead, where a choice is to be made.
    """

    path: Path
    label: str
    kind: str
    value: Any
    sent: Any
    theirs: str
    mine: str
    by: str
    by_sender: bool  # in another window
    at: datetime | None


@dataclass(frozen=True)
class Settled:
    """What the page is to say now, and what the sender has to be told."""

    content: Content
    taken: tuple[Path, ...]
    clashes: tuple[Clash, ...]


def settle(
    audit: Audit,
    stored: PageAnswers,
    *,
    sent: Content,
    base_revision: int,
    undecided: Collection[str],
    by: User,
) -> Settled:
    """Bring what was sent and what is stored together; `base_revision` is what the sender started from."""
    page = stored.page
    known = base_revision != stored.revision and page_history.saved_since(
        audit, page, base_revision, content=sent, by=by
    )
    if known and not undecided:  # it was stored, and worked on since
        return Settled(stored.content, tuple(_differing(sent, stored.content)), ())
    merged = merge(_started_from(audit, stored, base_revision), mine=sent, theirs=stored.content, undecided=undecided)
    form = form_of(audit.template_version_id)
    content = clean_content(page, merged.content, form=form, questions=audit.questions)
    return Settled(content, merged.taken, merged.clashes)


def with_choices(audit: Audit, page: str, sent: Content, *, base_revision: int, choices: Mapping[str, str]) -> Content:
    """What was sent, with what was chosen where two texts stood side by side: mine, theirs, or both (theirs first).

    Raises TooLongTogether where both are more than the page keeps of one answer.
    """
    shown = questions(page_history.content_at(audit, page, base_revision) or {})
    said, content = questions(sent), dict(sent)
    for path in {*shown, *said}:
        choice, theirs, mine = choices.get(name_of(path)), shown.get(path), said.get(path)
        if choice == "theirs":
            content = with_answer(content, path, theirs)
        elif choice == "both" and mine != theirs:
            content = with_answer(content, path, both(theirs, mine))
    kept = clean_content(page, content, form=form_of(audit.template_version_id), questions=audit.questions)
    if (cut := cut_short(content, kept)) is not None:
        raise TooLongTogether(cut)
    return kept


def both(theirs: Any, mine: Any) -> Any:
    """Both texts one after the other, rows below rows; of what cannot stand side by side, mine."""
    if isinstance(theirs, str) and isinstance(mine, str):
        return f"{theirs}\n\n{mine}"
    if isinstance(theirs, list) and isinstance(mine, list):
        return [*theirs, *(row for row in mine if row not in theirs)]
    return mine or theirs


def _differing(one: Content, other: Content) -> list[Path]:
    said, there = questions(one), questions(other)
    return [path for path in sorted({*said, *there}) if said.get(path) != there.get(path)]


def _started_from(audit: Audit, stored: PageAnswers, base_revision: int) -> Content:
    """What the sender had before them: a saved state, or what the page shows before its first save."""
    if base_revision == stored.revision:
        content: Content = stored.content
        return content
    if base_revision:
        return page_history.content_at(audit, stored.page, base_revision) or {}
    form = form_of(audit.template_version_id)
    return clean_content(stored.page, prefilled(stored.page, audit.case), form=form, questions=audit.questions)


def keep_late(
    audit: Audit,
    stored: PageAnswers,
    *,
    sent: Content,
    clashes: Iterable[Clash],
    base_revision: int,
    by: User,
    at: datetime,
) -> None:
    """Keep a text that cannot be the page's yet beside it, with where it clashes; once, however often it is sent."""
    names = sorted(name_of(clash.path) for clash in clashes)
    latest = StaleDraft.objects.filter(audit=audit, page=stored.page, saved_by=by).order_by("-pk").first()
    if latest is None or latest.content != sent:
        StaleDraft.objects.create(
            audit=audit,
            page=stored.page,
            content=sent,
            base_revision=max(0, min(base_revision, LARGEST_REVISION)),
            met_revision=stored.revision,
            saved_at=at,
            saved_by=by,
            undecided=names,
        )
    elif not {*names} <= {*latest.undecided}:
        latest.undecided = sorted({*names, *latest.undecided})
        latest.save(update_fields=["undecided"])


def others(audit: Audit, page: str, *, settled: Settled, by: User) -> tuple[list[Other], list[Other]]:
    """The clashes, and what was taken from somebody else, in words: who wrote it and when."""
    mine = {clash.path: clash.mine for clash in settled.clashes}
    if not mine and not settled.taken:
        return [], []
    words = QuestionWords(page, audit=audit, form=form_of(audit.template_version_id))
    paths = [*sorted(mine, key=words.place), *sorted(settled.taken, key=words.place)]
    who, said = page_history.written(audit, page, paths), questions(settled.content)
    told = [_told(path, said.get(path), mine.get(path), words=words, who=who.get(path), by=by) for path in paths]
    return told[: len(mine)], told[len(mine) :]


def _told(path: Path, theirs: Any, mine: Any, *, words: QuestionWords, who: Written | None, by: User) -> Other:
    return Other(
        path,
        words.label(path),
        words.kind(path, theirs, mine),
        theirs,
        mine,
        words.said(path, theirs),
        words.said(path, mine),
        who.name if who else "",
        who is not None and who.by == by.pk,
        who.at if who else None,
    )


def cut_short(sent: Any, kept: Content) -> Path | None:
    """The first question of which less is kept than was sent, because it is too long; None where all is kept."""
    whole = questions(sent) if isinstance(sent, Mapping) else {}
    said = questions(kept)
    return next((path for path, answer in whole.items() if _is_shorter(said.get(path), answer)), None)


def _is_shorter(kept: Any, sent: Any) -> bool:
    """Whether something is kept of what was sent, but not all of it."""
    if isinstance(kept, str) and isinstance(sent, str):
        return len(kept) < len(clean_text(sent, longest=len(sent)))
    if isinstance(kept, Mapping) and isinstance(sent, Mapping):
        return any(_is_shorter(kept.get(name), value) for name, value in sent.items())
    if isinstance(kept, list) and isinstance(sent, list):
        rows = [row for row in sent if isinstance(row, Mapping) and any(row.values())]
        return len(kept) < len(rows) or any(_is_shorter(*pair) for pair in zip(kept, rows, strict=False))
    return False
