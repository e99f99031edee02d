"""What a month's moderation has come to: its draws, its tasks, how far auditors and moderators agree (S5, S6, R11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from allocation.models import Cycle, ModerationDraw
from allocation.moderating.drawing import GradeLine, grade_lines, verify
from audits.models import Audit, Moderation, ModerationTask, Why
from audits.structure import form_of
from grading.agreement import Agreement, agreement


@dataclass(frozen=True)
class DrawRead:
    """A draw as people read it: its lot by grade, and what drawing again showed."""

    draw: ModerationDraw
    lines: list[GradeLine]
    problems: list[str]

    @property
    def there(self) -> int:
        """How many audits were in the lot."""
        return len(self.draw.inputs.get("in_lot", {}))


@dataclass(frozen=True)
class MonthModerated:
    """Everything about the moderation of a month; `agreed` is None while nothing of the random sample is graded."""

    draws: list[DrawRead]
    tasks: list[ModerationTask]
    late: list[str]
    agreed: Agreement | None

    @property
    def waiting(self) -> int:
        """How many nobody moderates yet."""
        return sum(task.state == ModerationTask.State.WAITING for task in self.tasks)


def of_month(cycle: Cycle) -> MonthModerated:
    """The moderation of a month as it stands now."""
    rows = ModerationTask.objects.filter(audit__month=cycle.month).select_related("audit", "moderator", "adjudicator")
    draws = list(cycle.moderation_draws.select_related("drawn_by", "cycle"))
    return MonthModerated(
        draws=[DrawRead(draw, grade_lines(draw.inputs.get("in_lot", {})), verify(draw)) for draw in draws],
        tasks=list(rows.order_by("audit__reference")),
        late=_late(cycle),
        agreed=agreed_in(rows.filter(why__contains=[Why.RANDOM])),
    )


def agreed_in(tasks: Iterable[ModerationTask]) -> Agreement | None:
    """How far auditors and moderators agree in these tasks; None of nothing. First grades, given blind (R11).

    Moderations of one scale only: those of the template that most of them use.
    """
    audits = [task.audit_id for task in tasks]
    rows = Moderation.objects.filter(audit__in=audits, audit__overall_grade__isnull=False)
    found: dict[int, list[tuple[str, str]]] = {}
    forms: dict[int, int] = {}
    wanted = ("audit__overall_grade__scale", "audit__template_version", "audit__overall_grade__code", "grade__code")
    for scale, version, first, second in rows.order_by("pk").values_list(*wanted):
        found.setdefault(scale, []).append((first, second))
        forms[scale] = version
    if not found:
        return None
    scale = max(found, key=lambda each: len(found[each]))
    return agreement(found[scale], scale=form_of(forms[scale]).scale)


def _late(cycle: Cycle) -> list[str]:
    """The references of the audits that came in after the moderation day."""
    if cycle.moderation_on is None:
        return []
    rows = Audit.objects.in_month(cycle.month).completed().filter(submitted_at__date__gt=cycle.moderation_on)
    return list(rows.order_by("reference").values_list("reference", flat=True))
