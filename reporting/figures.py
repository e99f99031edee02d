"""All the figures of a monthly report, as plain values ready to be frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from audits.models import Audit, Grade
from audits.models.audit import AuditQuerySet
from reporting import measures
from reporting.changes import changes, not_returned, requests_by_reason
from reporting.days import median_days_to_part_b
from reporting.kinds import APART, improvement, kinds
from reporting.measures import Grades, Group, Tally
from reporting.programme import CycleMonth, cycle_months, grades_by_pk
from reporting.snapshot import plain

SCHEMA = 2  # of the frozen figures; raise it when their shape changes


def count_figures(month: date, *, as_of: date) -> dict[str, Any]:
    """Every figure of one month's report as it stands on a day. Over a dozen queries, however many audits."""
    everything = Audit.objects.filter(month__lte=month)
    this_month = everything.in_month(month)
    rows = measures.tally(everything, as_of=as_of)
    since = min((row.month for row in rows), default=None)
    months = cycle_months(month, since=since)
    scales = grades_by_pk()
    figures = {
        "schema": SCHEMA,
        "month": month,
        "as_of": as_of,
        "since": since,
        "cycle": months[-1],
        **_from_tally(rows, months, scales),
        **_responses(rows, everything, this_month, month=month, as_of=as_of),
        **_chasing(this_month),
        **_after_the_draw(everything, this_month, scales, month=month, as_of=as_of),
        "services": _groups(everything, key="service", month=month, as_of=as_of),
        "teams": _groups(everything, key="team", month=month, as_of=as_of),
    }
    return dict(plain(figures))


def _from_tally(rows: Sequence[Tally], months: list[CycleMonth], scales: Mapping[int, Grade]) -> dict[str, Any]:
    month = months[-1].month
    mine = measures.of_month(rows, month)
    apart = measures.by_month(rows)
    shown = [month_figures(apart.get(cycle.month, []), cycle, scales) for cycle in months]
    used = {scale for entry in shown for scale in entry["grades"]}
    return {
        "compliance": {
            "first": measures.compliance(measures.first_audits(mine)),
            "re_audits": measures.compliance(measures.re_audits(mine)),
            "first_running": measures.compliance(measures.first_audits(rows)),
            "re_audits_running": measures.compliance(measures.re_audits(rows)),
        },
        "months": shown,
        "scales": scale_figures(scales, used),
        "practice": practice(rows, mine, scales),
        "timeliness": {"month": measures.completed_on_time(mine), "running": measures.completed_on_time(rows)},
        "left_out": left_out(mine),
        "kinds": kinds(mine, scales),
    }


def practice(rows: Sequence[Tally], mine: Sequence[Tally], scales: Mapping[int, Grade]) -> dict[str, Any]:
    """Good or better, and urgent: of the month's graded audits, and of all up to it."""
    good = {pk for pk, grade in scales.items() if grade.is_good}
    urgent = {pk for pk, grade in scales.items() if grade.is_urgent}
    return {
        "good": measures.graded_as(mine, good),
        "urgent": measures.graded_as(mine, urgent),
        "good_running": measures.graded_as(rows, good),
        "urgent_running": measures.graded_as(rows, urgent),
    }


def month_figures(mine: Sequence[Tally], cycle: CycleMonth, scales: Mapping[int, Grade]) -> dict[str, Any]:
    """One month of the series, from its part of the tally: what became of its audits, and their grades."""
    grades = measures.grades_of(mine, cycle.month)
    return {
        "month": cycle.month,
        "cycle": cycle.exists,
        "paused": cycle.paused,
        "reason": cycle.reason,
        "first": measures.compliance(measures.first_audits(mine)),
        "re_audits": measures.compliance(measures.re_audits(mine)),
        "randomly_drawn": sum(row.n for row in measures.headline(mine)),
        "grades": grade_counts(grades, scales),
        "not_graded": grades.not_graded,
    }


def grade_counts(grades: Grades, scales: Mapping[int, Grade]) -> dict[str, dict[str, int]]:
    """A month's grades as scale code → grade code → audits, every grade of a scale that was used, best first."""
    used = {scales[pk].scale.code for pk in grades.counts}
    found: dict[str, dict[str, int]] = {code: {} for code in sorted(used)}
    for pk, grade in scales.items():
        if grade.scale.code in used:
            found[grade.scale.code][grade.code] = grades.counts.get(pk, 0)
    return found


def scale_figures(scales: Mapping[int, Grade], used: set[str]) -> list[dict[str, Any]]:
    """The scales that were used, with their grades best first."""
    found: dict[str, dict[str, Any]] = {}
    for grade in scales.values():
        if grade.scale.code in used:
            scale = found.setdefault(
                grade.scale.code, {"code": grade.scale.code, "name": grade.scale.name, "grades": []}
            )
            scale["grades"].append(
                {
                    "code": grade.code,
                    "label": grade.label,
                    "colour": grade.colour,
                    "good": grade.is_good,
                    "urgent": grade.is_urgent,
                }
            )
    return list(found.values())


def left_out(mine: Sequence[Tally]) -> dict[str, int]:
    """Completed audits of the month that do not count in percentages about practice, by how they were chosen."""
    done = [row for row in mine if row.state in measures.STATES_COMPLETED]
    return {str(kind): sum(row.n for row in done if row.selection == kind) for kind in APART}


def _responses(
    rows: Sequence[Tally], everything: AuditQuerySet, this_month: AuditQuerySet, *, month: date, as_of: date
) -> dict[str, Any]:
    return {
        "part_b": {
            "month": measures.part_bs(measures.of_month(rows, month)),
            "running": measures.part_bs(rows),
        },
        "days": {"month": median_days_to_part_b(this_month), "running": median_days_to_part_b(everything)},
        "actions": {
            "month": measures.actions(this_month, as_of=as_of),
            "running": measures.actions(everything, as_of=as_of),
        },
    }


def _chasing(this_month: AuditQuerySet) -> dict[str, Any]:
    return {"urgent_mail": measures.urgent_mail(this_month), "chases": measures.chases_by_stage(this_month)}


def _after_the_draw(
    everything: AuditQuerySet, this_month: AuditQuerySet, scales: Mapping[int, Grade], *, month: date, as_of: date
) -> dict[str, Any]:
    return {
        "improvement": improvement(everything, scales, month=month),
        "changes": changes(everything, month=month),
        "not_returned": not_returned(this_month, as_of=as_of),
        "requests": requests_by_reason(month),
    }


def _groups(everything: AuditQuerySet, *, key: str, month: date, as_of: date) -> list[dict[str, Any]]:
    return [_group(group) for group in measures.by_group(everything, key=key, month=month, as_of=as_of)]


def _group(group: Group) -> dict[str, Any]:
    return {
        "pk": group.pk,
        "name": group.name,
        "first": group.first,
        "first_running": group.first_running,
        "re_audits_running": group.re_audits_running,
    }
