"""The filters of the audit list, shared with every figure that drills down to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.http import QueryDict

from audits.deadlines import add_months
from audits.models import Grade, Selection, Status
from audits.models.audit import AuditQuerySet
from people.models import Service, Team, User

STATUSES = [
    ("unfinished", "Not submitted"),
    ("overdue", "Overdue"),
    ("completed", "Submitted"),
    ("part_b_waiting", "Part B not due yet"),
    ("part_b_late", "Part B overdue"),
    *[(code, word) for code, word in Status.choices if code != Status.IN_PROGRESS],
    ("in_progress", "Not submitted, not due yet"),
]


def is_number(text: str) -> bool:
    """Whether a text is a plain number that fits a row's id."""
    return text.isascii() and text.isdigit() and len(text) < 10


def month_from(text: str) -> date | None:
    """The first day of a month written as 2026-11; None for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no time zone
    except ValueError:
        return None


def _grades() -> list[tuple[str, str]]:
    """The grades of every scale, best first."""
    return list(Grade.objects.order_by("-order").distinct("order", "code").values_list("code", "label"))


class AuditFilter:
    """What was chosen, from the query string; unknown values are left out."""

    def __init__(self, query: QueryDict, *, user: User, today: date) -> None:
        self.today = today
        self.chosen = {name: query.get(name, "").strip() for name in self.NAMES}
        self.user = user

    NAMES = ("q", "month", "from", "to", "status", "team", "service", "auditor", "grade", "selection")

    def apply(self, rows: AuditQuerySet) -> AuditQuerySet:
        """The rows that fit."""
        for name, value in self.chosen.items():
            if value:
                rows = getattr(self, f"_by_{name}")(rows, value)
        return rows

    @property
    def active(self) -> bool:
        """Whether anything was chosen."""
        return any(self.chosen.values())

    def kept(self) -> list[tuple[str, str]]:
        """Choices that came with a link and have no input of their own."""
        return [(name, self.chosen[name]) for name in ("from", "to", "service", "auditor") if self.chosen[name]]

    def options(self) -> dict[str, list[tuple[str, str]]]:
        """What can be chosen, for the filter form."""
        return {
            "month": [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in self._months()],
            "status": STATUSES,
            "team": [(str(team.pk), team.name) for team in Team.objects.all()],
            "grade": cache.get_or_set("grades-to-filter-by", _grades, 60) or [],
            "selection": [("first", "First audits"), *Selection.choices],
        }

    def _months(self) -> list[date]:
        """The next month, this one and the three years before; and the chosen one, wherever it lies."""
        months = [add_months(self.today.replace(day=1), 1 - ago) for ago in range(38)]
        chosen = month_from(self.chosen["month"])
        return months if chosen is None or chosen in months else [*months, chosen]

    @staticmethod
    def _by_q(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        return rows.filter(reference__icontains=value)

    @staticmethod
    def _by_month(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        month = month_from(value)
        return rows.in_month(month) if month else rows

    @staticmethod
    def _by_from(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        month = month_from(value)
        return rows.filter(month__gte=month) if month else rows

    @staticmethod
    def _by_to(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        month = month_from(value)
        return rows.filter(month__lte=month) if month else rows

    def _by_status(self, rows: AuditQuerySet, value: str) -> AuditQuerySet:
        special: dict[str, Any] = {
            "unfinished": rows.unfinished,
            "overdue": lambda: rows.overdue(self.today),
            "completed": rows.completed,
            "in_progress": lambda: rows.unfinished().filter(due_on__gte=self.today),
            "part_b_waiting": lambda: rows.filter(status=Status.WITH_TEAM, part_b_due_on__gte=self.today),
            "part_b_late": lambda: rows.filter(status=Status.WITH_TEAM, part_b_due_on__lt=self.today),
        }
        if value in special:
            return special[value]()
        return rows.filter(status=value) if value in Status.values else rows

    @staticmethod
    def _by_team(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        return rows.filter(team_id=int(value)) if is_number(value) else rows

    @staticmethod
    def _by_service(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        return rows.filter(service_id=int(value)) if is_number(value) else rows

    @staticmethod
    def _by_auditor(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        return rows.filter(auditor_id=int(value)) if is_number(value) else rows

    @staticmethod
    def _by_grade(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        return rows.filter(overall_grade__code=value)

    @staticmethod
    def _by_selection(rows: AuditQuerySet, value: str) -> AuditQuerySet:
        if value == "first":
            return rows.exclude(selection=Selection.RE_AUDIT)
        return rows.filter(selection=value) if value in Selection.values else rows

    def service_name(self) -> str:
        """The chosen service's name, for the heading."""
        value = self.chosen["service"]
        service = Service.objects.filter(pk=int(value)).first() if is_number(value) else None
        return service.name if service else ""
