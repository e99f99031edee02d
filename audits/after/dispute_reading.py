"""What was said in a disagreement, round by round: both views beside each other, and what came of them (S3, S4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from audits.after.dispute_findings import by_code, findings_of
from audits.models import Audit, Dispute, DisputeLine, Mediation, ReviewSession


@dataclass(frozen=True, slots=True)
class BothViews:
    """One line with what the auditor wrote about it."""

    line: DisputeLine
    auditor: str
    answer: str  # of a standard, as the auditor gave it


@dataclass(frozen=True, slots=True)
class Round:
    """One round with its lines, its session and its mediation; None where they are still to come."""

    dispute: Dispute
    lines: list[BothViews]
    session: ReviewSession | None
    mediation: Mediation | None

    @property
    def words(self) -> str:
        """How this round ended, or what it waits for."""
        if self.dispute.state == Dispute.State.OPEN and self.session is not None:
            return "Not settled in the review session"
        if self.dispute.state == Dispute.State.SETTLED:
            return "Settled in the review session" if self.is_settled else "Not settled: raised a second time"
        return str(self.dispute.get_state_display())

    @property
    def is_settled(self) -> bool:
        """Whether the session came to one view."""
        return self.session is not None and self.session.agreed


def rounds_of(audit: Audit) -> list[Dispute]:
    """Every round of disagreement about an audit, the first one first, with all that belongs to it. Four queries."""
    lines = DisputeLine.objects.select_related("given", "wanted", "new_grade", "decided_grade")
    rows = Dispute.objects.filter(audit=audit).select_related(
        "raised_by", "session__recorded_by", "mediation__asked_by", "mediation__decided_by"
    )
    return list(
        rows.prefetch_related(Prefetch("lines", lines), "session__present", "mediation__mediators").order_by("round")
    )


def both_views(audit: Audit, *, today: date) -> list[Round]:
    """Every round with what the auditor wrote beside what the team says, the last one first."""
    rounds = rounds_of(audit)
    if not rounds:
        return []
    findings = by_code(findings_of(audit, today=today))
    wrote = {code: (finding.why, finding.answer) for code, finding in findings.items()}
    return [_round(dispute, wrote) for dispute in reversed(rounds)]


def _round(dispute: Dispute, wrote: Mapping[str, tuple[str, str]]) -> Round:
    lines = [BothViews(line, *wrote.get(line.code, ("", ""))) for line in dispute.lines.all()]
    return Round(dispute, lines, getattr(dispute, "session", None), getattr(dispute, "mediation", None))
