"""How cases came to be audited: each kind counted for itself, and what re-audits found better or worse (L2, L6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from audits.models import Grade, Selection
from audits.models.audit import AuditQuerySet
from reporting import measures
from reporting.measures import Compliance, Tally
from reporting.shares import Share

# Anything but a random draw says nothing about practice as a whole: it is shown beside it, never added to it.
APART = (Selection.THEMATIC, Selection.TARGETED, Selection.RE_AUDIT, Selection.COMPLAINT)
WORDS = {
    Selection.THEMATIC: ("thematic", "thematic"),
    Selection.TARGETED: ("targeted", "targeted"),
    Selection.RE_AUDIT: ("re-audit", "re-audits"),
    Selection.COMPLAINT: ("after a complaint", "after a complaint"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """The audits of one kind: what became of them, and how they were graded."""

    kind: str
    words: str
    compliance: Compliance
    good: Share
    urgent: Share


@dataclass(frozen=True, slots=True)
class Improvement:
    """Completed re-audits by their overall grade beside that of the audit they looked at again.

    Not comparable: one of the two has no overall grade, they are on different scales, or the first is not known.
    """

    better: int
    same: int
    worse: int
    not_comparable: int

    @property
    def rate(self) -> Share:
        """Better than before, of those that can be compared."""
        return Share(self.better, self.better + self.same + self.worse)


def kinds(rows: Sequence[Tally], scales: Mapping[int, Grade]) -> list[Kind]:
    """Every kind that occurs in a tally, random draws first."""
    found = []
    for kind in (Selection.RANDOM, *APART):
        mine = [row for row in rows if row.selection == kind]
        if mine:
            found.append(_kind(kind, mine, scales))
    return found


def _kind(kind: Selection, mine: Sequence[Tally], scales: Mapping[int, Grade]) -> Kind:
    graded = [row for row in mine if row.state in measures.STATES_COMPLETED and row.grade is not None]
    total = sum(row.n for row in graded)
    good = sum(row.n for row in graded if row.grade is not None and scales[row.grade].is_good)
    urgent = sum(row.n for row in graded if row.grade is not None and scales[row.grade].is_urgent)
    return Kind(kind, str(kind.label), measures.compliance(mine), Share(good, total), Share(urgent, total))


def in_words(counts: Mapping[str, int]) -> str:
    """Kinds counted apart as people read them: “3 thematic, 2 re-audits, 1 after a complaint”; empty of none."""
    shown = [(WORDS[kind], counts.get(kind, 0)) for kind in APART]
    return ", ".join(f"{n:,} {words[0] if n == 1 else words[1]}" for words, n in shown if n)


def improvement(scope: AuditQuerySet, scales: Mapping[int, Grade], *, month: date) -> dict[str, Improvement]:
    """What the completed re-audits of a scope found, of one month and of all of them. One query."""
    rows = (
        scope.order_by()
        .completed()
        .filter(selection=Selection.RE_AUDIT)
        .annotate(mine=Q(month=month))
        .values_list("mine", "re_audit_of__overall_grade_id", "overall_grade_id")
        .annotate(n=Count("pk"))
    )
    judged = [(mine, _judged(scales.get(before or 0), scales.get(now or 0)), n) for mine, before, now, n in rows]
    return {
        "month": _improvement((what, n) for mine, what, n in judged if mine),
        "running": _improvement((what, n) for _, what, n in judged),
    }


def _judged(before: Grade | None, now: Grade | None) -> str:
    if before is None or now is None or before.scale_id != now.scale_id:
        return "not_comparable"
    if before.order == now.order:
        return "same"
    return "better" if now.order > before.order else "worse"


def _improvement(judged: Iterable[tuple[str, int]]) -> Improvement:
    counts = dict.fromkeys(("better", "same", "worse", "not_comparable"), 0)
    for what, n in judged:
        counts[what] += n
    return Improvement(**counts)
