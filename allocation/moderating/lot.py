"""Which audits of a month are in the lot for moderation, which are moderated besides it, and which came in late."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max

from allocation.eligibility import rules
from allocation.models import Cycle
from audits.deadlines import london_date
from audits.models import AT_RANDOM, Audit, Grade, Why


@dataclass(frozen=True)
class Lot:
    """The submitted audits of a month with a grade, as they stand now.

    `in_lot`: those of a random draw that came in by the moderation day, each with its grade. `apart`: those moderated
    whatever the draw says, with why; they are not counted in agreement. `late`: those that came in afterwards.
    """

    month: date
    moderation_on: date
    percent: int
    in_lot: dict[str, str]
    apart: dict[str, tuple[str, ...]]
    late: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """What is frozen: plain values, the same for the same audits."""
        return {
            "month": f"{self.month:%Y-%m}",
            "moderation_on": self.moderation_on.isoformat(),
            "percent": self.percent,
            "in_lot": self.in_lot,
            "apart": {reference: list(why) for reference, why in self.apart.items()},
            "late": list(self.late),
        }


def sha256_of(document: dict[str, Any]) -> str:
    """The hash of frozen inputs: of their JSON with sorted keys and no spaces."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def lot_of(cycle: Cycle, *, moderation_on: date) -> Lot:
    """The lot of a month as it stands now. Three queries, however many audits."""
    rules_now = rules.current()
    rows = Audit.objects.in_month(cycle.month).completed().filter(overall_grade__isnull=False)
    audits = list(rows.select_related("overall_grade__scale").order_by("reference"))
    late = {audit.pk for audit in audits if came_in_late(audit, moderation_on=moderation_on)}
    firsts = first_audits({audit.auditor_id for audit in audits}, number=rules_now.first_audits_moderated)
    best = dict(Grade.objects.order_by().values_list("scale").annotate(Max("order")))
    apart = {audit.reference: _why(audit, late=audit.pk in late, firsts=firsts, best=best) for audit in audits}
    return Lot(
        month=cycle.month,
        moderation_on=moderation_on,
        percent=rules_now.moderation_percent,
        in_lot={
            audit.reference: _grade_of(audit)
            for audit in audits
            if audit.selection in AT_RANDOM and audit.pk not in late
        },
        apart={reference: why for reference, why in apart.items() if why},
        late=tuple(audit.reference for audit in audits if audit.pk in late),
    )


def came_in_late(audit: Audit, *, moderation_on: date) -> bool:
    """Whether it was submitted after the moderation day (S6)."""
    return audit.submitted_at is not None and london_date(audit.submitted_at) > moderation_on


def first_audits(auditors: Collection[int], *, number: int) -> set[int]:
    """The first so many audits that each of these people ever submitted. One query, none for none."""
    if not number or not auditors:
        return set()
    rows = Audit.objects.completed().filter(auditor__in=auditors).order_by("auditor", "submitted_at", "pk")
    found: dict[int, list[int]] = {}
    for auditor, pk in rows.values_list("auditor", "pk"):
        mine = found.setdefault(auditor, [])
        if len(mine) < number:
            mine.append(pk)
    return {pk for mine in found.values() for pk in mine}


def _grade_of(audit: Audit) -> str:
    grade = audit.overall_grade
    assert grade is not None
    return f"{grade.scale.code}:{grade.code}"


def _why(audit: Audit, *, late: bool, firsts: set[int], best: dict[int, int]) -> tuple[str, ...]:
    """Why an audit is moderated whatever the draw says. Of those that came in late only the urgent ones are."""
    grade = audit.overall_grade
    assert grade is not None
    reasons = {
        Why.URGENT: grade.is_urgent,
        Why.BEST: grade.order == best[grade.scale_id] and not late,
        Why.FIRST: audit.pk in firsts and not late,
    }
    return tuple(str(why) for why, applies in reasons.items() if applies)
