"""Figures for somebody who moderates an audit and must not see its grade yet: it counts, but as not graded (S5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from audits.after.moderation_blind import hidden_ids
from audits.models.audit import AuditQuerySet
from people.models import User
from reporting.measures import PART_B_LATE, PART_B_WAITING, Tally, tally


def tally_seen(scope: AuditQuerySet, *, viewer: User, as_of: date) -> list[Tally]:
    """The tally of a scope for a page, without timeliness. One query more while the viewer moderates something.

    The lists that its figures lead to leave those audits out in the same way (audits.filters), so that no difference
    between a figure and its list gives a grade away.
    """
    rows = tally(scope, as_of=as_of, timeliness=False)
    hidden = hidden_ids(viewer)
    return without_grades(rows, tally(scope.filter(pk__in=hidden), as_of=as_of, timeliness=False)) if hidden else rows


def without_grades(rows: Sequence[Tally], hidden: Sequence[Tally]) -> list[Tally]:
    """A tally in which these of its audits are not graded, and not yet late with Part B."""
    counts = Counter[Tally]()
    for row in rows:
        counts[row._replace(n=0)] += row.n
    for row in hidden:
        state = PART_B_WAITING if row.state == PART_B_LATE else row.state
        counts[row._replace(n=0)] -= row.n
        counts[row._replace(n=0, grade=None, state=state)] += row.n
    return [row._replace(n=n) for row, n in counts.items() if n]
