"""What a report's pages show: frozen figures as shares, charts and tables, in the browser and in the PDF alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from allocation.models import AuditRequest, Chase
from reporting import charts
from reporting.charts import GradeKey, MonthColumn, ScaleKey
from reporting.kinds import in_words
from reporting.measures import Compliance
from reporting.models import HighlightReport
from reporting.shares import COUNTS_ONLY, SMALL_NUMBERS, Share
from reporting.snapshot import restored

COMPARED = (
    ("Allocated, since the programme began", ("compliance", "first_running", "allocated")),
    ("Completed, since the programme began", ("compliance", "first_running", "completed")),
    ("Re-audits completed, since the programme began", ("compliance", "re_audits_running", "completed")),
    ("Completed this month", ("compliance", "first", "completed")),
    ("Graded this month", ("practice", "good", "total")),
    ("Good or better this month", ("practice", "good", "n")),
    ("Needing urgent action this month", ("practice", "urgent", "n")),
)
CHANGES = {
    "by_hand": "Given by hand, each a recorded decision with its reason",
    "in_spite_of_a_rule": "Of those, in spite of a rule",
    "swaps": "Changed hands in a swap between auditors",
    "to_another": "Given to another auditor, without a swap",
    "from_reserve": "Dropped out and replaced from the draw’s reserve",
    "again": "Given to another auditor after an exemption",
    "extensions": "Given more time",
}


@dataclass(frozen=True, slots=True)
class GradeCell:
    """How many audits of a month have one grade."""

    code: str
    n: int


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A month's line in the table beneath the chart: cells in the order of the scale's grades."""

    month: date
    paused: bool
    cells: list[GradeCell]
    total: int
    good: Share
    urgent: Share


@dataclass(frozen=True, slots=True)
class GradeTable:
    """The table of one scale: its grades, then a line for each month."""

    name: str
    labels: list[str]
    rows: list[GradeRow]


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure that differs from the version before."""

    label: str
    before: int
    after: int


def context(
    report: HighlightReport, figures: Mapping[str, Any], *, earlier: HighlightReport | None = None
) -> dict[str, Any]:
    """Everything a report's template needs."""
    return {
        "report": report,
        "earlier": earlier,
        "restated": restatement(earlier.figures, figures) if earlier and earlier.figures else [],
        "recommendations": [row.strip() for row in report.recommendations.splitlines() if row.strip()],
        "council_name": settings.COUNCIL_NAME,
        "service_name": settings.SERVICE_NAME,
        **figures_context(figures),
    }


def figures_context(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The charts and tables of a set of figures (plain JSON values)."""
    live = restored(figures)
    stages = dict(Chase.Stage.choices)
    return {
        "figures": live,
        **grades_context(live["months"], live["scales"]),
        "fates_chart": fates_chart(live["compliance"]),
        "paused_months": [month for month in live["months"] if month["paused"]],
        "month_filter": f"month={live['month']:%Y-%m}",
        "running_filter": f"to={live['month']:%Y-%m}",
        "overdue_this_month": sum(live["compliance"][part].overdue for part in ("first", "re_audits")),
        "kinds": live.get("kinds", []),
        "apart": in_words(live["left_out"]),
        "changes": change_rows(live),
        "requests": request_rows(live),
        "chases": [(stages[stage], count) for stage, count in live["chases"].items()],
        "small_numbers": SMALL_NUMBERS,
        "counts_only": COUNTS_ONLY,
    }


def change_rows(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What changed after the draw, a line for each thing; empty in a report that was frozen before it was counted."""
    if "changes" not in live:
        return []
    month, running = live["changes"]["month"], live["changes"]["running"]
    return [
        {"words": words, "month": getattr(month, name), "running": getattr(running, name)}
        for name, words in CHANGES.items()
    ]


def request_rows(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What auditors asked for, by kind and reason."""
    kinds = dict(AuditRequest.Kind.choices)
    return [{**row, "kind": kinds[kind]} for kind, rows in live.get("requests", {}).items() for row in rows]


def grades_context(months: Sequence[Mapping[str, Any]], scales: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The chart of grades by month and the same numbers as tables, one for each scale."""
    return {
        "grades_chart": charts.grades_by_month(
            [_column(month) for month in months], [_scale(entry) for entry in scales]
        ),
        "grade_tables": [_grade_table(scale, months) for scale in scales],
    }


def fates_chart(compliance: Mapping[str, Compliance]) -> str:
    """The bars of first audits and re-audits, this month and running."""
    names = {
        "first": "First audits, this month",
        "first_running": "First audits, so far",
        "re_audits": "Re-audits, this month",
        "re_audits_running": "Re-audits, so far",
    }
    return charts.fates([(name, _fates(compliance[part])) for part, name in names.items()])


def _fates(counts: Compliance) -> dict[str, int]:
    return {fate: getattr(counts, fate) for fate, _, _ in charts.FATES}


def _scale(entry: Mapping[str, Any]) -> ScaleKey:
    grades = tuple(GradeKey(grade["code"], grade["label"], grade["colour"]) for grade in entry["grades"])
    return ScaleKey(entry["code"], entry["name"], grades)


def _column(month: Mapping[str, Any]) -> MonthColumn:
    return MonthColumn(month["month"], month["paused"], month["grades"])


def _grade_table(scale: Mapping[str, Any], months: Sequence[Mapping[str, Any]]) -> GradeTable:
    rows = [_grade_row(month, scale) for month in reversed(months)]
    return GradeTable(scale["name"], [grade["label"] for grade in scale["grades"]], rows)


def _grade_row(month: Mapping[str, Any], scale: Mapping[str, Any]) -> GradeRow:
    given = month["grades"].get(scale["code"], {})
    cells = [GradeCell(grade["code"], given.get(grade["code"], 0)) for grade in scale["grades"]]
    total = sum(cell.n for cell in cells)
    marked = list(zip(cells, scale["grades"], strict=True))
    return GradeRow(
        month=month["month"],
        paused=month["paused"],
        cells=cells,
        total=total,
        good=Share(sum(cell.n for cell, grade in marked if grade["good"]), total),
        urgent=Share(sum(cell.n for cell, grade in marked if grade["urgent"]), total),
    )


def restatement(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Restated]:
    """The main figures that differ between two versions of a month's report."""
    pairs = [(label, _at(before, path), _at(after, path)) for label, path in COMPARED]
    return [Restated(label, old, new) for label, old, new in pairs if old != new]


def _at(figures: Mapping[str, Any], path: tuple[str, ...]) -> int:
    value: Any = figures
    for key in path:
        value = value[key]
    return int(value)
