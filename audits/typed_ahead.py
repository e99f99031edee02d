"""An action or a learning point that is being typed and not added yet: kept on the server, emptied when it is added.

What somebody types there is theirs alone: nobody else who writes the audit sees it, or can add it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audits import late_texts
from audits.merging import Clash, changed
from audits.models import Audit, PageAnswers
from audits.pages import Content, clean_content, own_page
from audits.stale_saves import Other, Settled, others
from audits.structure import form_of
from people.models import User


class MovedOn(ValueError):
    """What is to be added was added already, or changed in another window, since the page showed it.

    `is_empty`: whether nothing stands there now, so that nothing can be lost by what is typed next.
    """

    def __init__(self, now: Content) -> None:
        self.is_empty = not any(now.values())
        was_added = now == {}  # only `finish` leaves nothing at all: of boxes that somebody emptied the names are kept
        super().__init__(WAS_ADDED if was_added else WAS_EMPTIED if self.is_empty else WAS_CHANGED)


WAS_ADDED = (
    "Not added again: something was added here since you opened this page, perhaps by a second press of the button. "
    "See the list below. To add this as well, press the button again"
)
WAS_EMPTIED = (
    "Not added yet: you emptied these boxes in another window meanwhile. To add what stands below all the same, press "
    "the button again"
)
WAS_CHANGED = (
    "Not added yet: you typed here in another window meanwhile. Put into the boxes what is to stay, then press the "
    "button again"
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has typed so far, the revision of that, and where they have yet to choose between two texts."""

    content: Content
    revision: int
    clashes: Sequence[Other] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page says of itself as its button is pressed: the revision it shows (None: it says none).

    `chosen`: questions at which both texts were shown, and the form says what was chosen.
    """

    revision: int | None = None
    chosen: Collection[str] = ()


NOT_SAID = Sent()


def typed(audit: Audit, page: str, *, by: User) -> Typed:
    """What this person typed so far, as they typed it; nothing and revision 0 where nothing was. One query, mostly."""
    stored = _stored(audit, page, by=by)
    if stored is None:
        return Typed({}, 0)
    clashes = late_texts.offered(audit, stored, by=by) if stored.waits else []
    return Typed(late_texts.as_typed(stored.content, clashes), stored.revision, clashes)


def typed_beside(audit: Audit, page: str, *, posted: Content, by: User) -> Typed:
    """What this person typed so far, where they `posted` something else that was not added: both texts as a clash.

    So that what was typed in another window is shown before the next press of the button empties it (R4).
    """
    stored = _stored(audit, page, by=by)
    if stored is None:
        return Typed({}, 0)
    late = late_texts.offered(audit, stored, by=by) if stored.waits else []
    here = clean_content(page, posted, form=form_of(audit.template_version_id))
    both = changed(stored.content, here) if any(stored.content.values()) else {}
    clashes = tuple(Clash(path, mine, theirs) for path, (theirs, mine) in sorted(both.items()))
    told = others(audit, stored.page, settled=Settled(stored.content, (), clashes), by=by)[0]
    waiting = {each.path for each in late}
    return Typed(stored.content, stored.revision, [*late, *(each for each in told if each.path not in waiting)])


def _stored(audit: Audit, page: str, *, by: User) -> Any:
    """The row of what is typed, with whether a text `waits` beside it."""
    rows = PageAnswers.objects.filter(audit=audit, page=own_page(page, by))
    return rows.annotate(waits=late_texts.waits(by=by)).first()


def finish(audit: Audit, page: str, *, sent: Sent, by: User, at: datetime) -> None:
    """Begin afresh, as it is added; what was typed stays in the history. The caller holds the audit's lock.

    Raises MovedOn where the page showed an earlier revision than there is: a second press, or another window.
    """
    code = own_page(page, by)
    stored = PageAnswers.objects.filter(audit=audit, page=code).first()
    if stored is None and sent.revision is None:
        return  # added by no page: nobody can press there twice
    stored = stored or PageAnswers(audit=audit, page=code, revision=0)
    if sent.revision is not None and sent.revision != stored.revision:
        raise MovedOn(stored.content)
    stored.content, stored.saved_at, stored.saved_by = {}, at, by
    stored.revision += 1
    stored.save()
    if sent.chosen:
        late_texts.settle(audit, code, names=sent.chosen, by=by)
