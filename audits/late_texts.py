"""Texts beside a page where somebody left before choosing between two: offered again until they have chosen (R4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from audits.merging import Clash, Path, name_of, questions, with_answer
from audits.models import Audit, PageAnswers, StaleDraft
from audits.pages import IS_UNLISTED, Content, is_adult, title_of
from audits.permissions import may_write
from audits.stale_saves import Other, Settled, others
from audits.structure import form_of
from people.models import User


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page beside which a text waits for its writer to choose."""

    page: str
    title: str
    by: User


def waits(by: User) -> Exists:
    """Whether a text of this person may wait beside a page: read with the page's row, in the same query."""
    theirs = StaleDraft.objects.filter(audit=OuterRef("audit"), page=OuterRef("page"), saved_by=by)
    return Exists(theirs.exclude(undecided=[]))


def offered(audit: Audit, stored: PageAnswers, *, by: User) -> list[Other]:
    """Where this person has yet to choose on a page, both texts in words; empty where the two agree by now."""
    rows = StaleDraft.objects.filter(audit=audit, page=stored.page, saved_by=by).exclude(undecided=[])
    clashes = _open(rows.order_by("pk"), stored.content)
    return others(audit, stored.page, settled=Settled(stored.content, (), clashes), by=by)[0]


def beside(audit: Audit, contents: dict[str, Content], *, today: date) -> dict[str, list[Waiting]]:
    """`late`: the pages beside which a text waits for its writer, and whose it is, in the order in which they came.

    `left_beside`: those of somebody who may not write the audit any more, so that nobody chooses: whoever writes it now
    finds such a text in the earlier versions of the page. One query for both.
    """
    listed = StaleDraft.objects.filter(audit=audit).exclude(IS_UNLISTED)
    rows = listed.exclude(undecided=[]).select_related("saved_by").order_by("pk")
    by_writer: dict[tuple[str, int], list[StaleDraft]] = {}
    for row in rows:
        by_writer.setdefault((row.page, row.saved_by_id), []).append(row)
    form, adult = form_of(audit.template_version_id), is_adult(audit, today=today)
    found: dict[str, list[Waiting]] = {"late": [], "left_beside": []}
    for (page, _), late in by_writer.items():
        if _open(late, contents.get(page, {})):
            writer = late[0].saved_by
            kind = "late" if may_write(audit, writer) else "left_beside"
            found[kind].append(Waiting(page, title_of(page, form, adult=adult), writer))
    return found


def settle(audit: Audit, page: str, *, names: Collection[str], by: User) -> None:
    """This person has chosen at these questions, named as on the page. The caller holds the audit's lock."""
    for late in StaleDraft.objects.filter(audit=audit, page=page, saved_by=by).exclude(undecided=[]):
        left = [name for name in late.undecided if name not in names]
        if left != late.undecided:
            late.undecided = left
            late.save(update_fields=["undecided"])


def as_typed(content: Content, clashes: Iterable[Other]) -> Content:
    """The page as the writer has it: their own text where the choice is still to be made."""
    for clash in clashes:
        content = with_answer(content, clash.path, clash.sent)
    return content


def _open(late: Iterable[StaleDraft], content: Content) -> tuple[Clash, ...]:
    """Where the latest of these texts says something that is not on the page; of several the last counts."""
    there, found = questions(content), dict[Path, Any]()
    for row in late:
        said = questions(row.content)
        found |= {path: said.get(path) for path in {*said, *there} if name_of(path) in row.undecided}
    differing = {path: mine for path, mine in found.items() if not _says(there.get(path), mine)}
    return tuple(Clash(path, mine, there.get(path)) for path, mine in sorted(differing.items()))


def _says(there: Any, mine: Any) -> bool:
    """Whether what stands there says mine, too: the same, or both texts one after the other."""
    if isinstance(there, str) and isinstance(mine, str):
        return mine in there
    return bool(there == mine)
