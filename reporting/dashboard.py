"""The figures and lists of a dashboard, for whatever a person may see. Cost does not grow with the rows shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from allocation.models import Chase
from audits.models import Audit, SmartAction, Status
from audits.models.audit import AuditQuerySet
from people.models import User
from people.roles import Permission
from reporting import measures
from reporting.figures import left_out, month_figures, practice, scale_figures
from reporting.kinds import in_words, kinds
from reporting.measures import Tally
from reporting.models import HighlightReport
from reporting.programme import cycle_months, grades_by_pk, month_before
from reporting.report_page import fates_chart, grades_context
from reporting.urgent import urgent_audits

ROWS = 10  # of each list; the audits page has the rest
GROUPS = {"service": "Service", "team": "Team", "auditor": "Auditor"}
NAMES = ("auditor__name", "team__name")  # of an audit, as the lists show them
TOLD = ("audit__reference", "audit__auditor__name", "recipient__name")
ESCALATED = (Chase.Stage.LINE_MANAGER, Chase.Stage.NEXT_MANAGER)


def programme_dashboard(user: User, *, month: date, by: str, today: date) -> dict[str, Any]:
    """The programme for somebody who follows it: compliance, grades, what is late, who was told."""
    scope = Audit.objects.visible_to(user)
    recent = scope.filter(month__gte=month_before(month), month__lte=month)  # keeps the lists' cost from growing
    rows = measures.until(measures.tally(scope, as_of=today, timeliness=False), month)
    return {
        **_compliance(rows, month),
        **_grades(rows, month),
        "actions": measures.actions(scope, as_of=today),
        "part_b": measures.part_bs(rows),
        "overdue": _overdue(scope, today=today),
        "escalations": _escalations(scope, month=month),
        "groups": measures.by_group(scope, key=by, month=month, as_of=today),
        "by": by,
        "what": GROUPS[by],
        "tabs": GROUPS,
        "urgent": urgent_audits(recent, limit=ROWS) if user.can(Permission.VIEW_MAIL) else None,
        "urgent_since": month_before(month),
        "reports": list(HighlightReport.objects.visible_to(user).only("month", "version", "status")[:3]),
        "today": today,
    }


def team_dashboard(user: User, *, today: date) -> dict[str, Any]:
    """A team manager's own team: what audits found, what waits for an answer, which actions are open."""
    scope = Audit.objects.visible_to(user).filter(team=user.team)
    month = today.replace(day=1)
    rows = measures.until(measures.tally(scope, as_of=today, timeliness=False), month)
    only = f"team={user.team_id}&"
    return {
        **_compliance(rows, month, only=only),
        **_grades(rows, month),
        "actions": measures.actions(scope, as_of=today),
        "part_b": measures.part_bs(rows),
        "findings": list(
            scope.completed().select_related("overall_grade", "worker").order_by("-submitted_at", "-pk")[:ROWS]
        ),
        "answers": list(scope.filter(status=Status.WITH_TEAM).order_by("part_b_due_on", "pk")[:ROWS]),
        "open_actions": list(
            SmartAction.objects.visible_to(user)
            .filter(audit__team=user.team)
            .open()
            .select_related("audit", "owner")
            .order_by("due_on", "pk")[:ROWS]
        ),
        "today": today,
    }


def _compliance(rows: Sequence[Tally], month: date, *, only: str = "") -> dict[str, Any]:
    """Compliance, this month and running; `only` narrows the lists that the numbers lead to, as the scope is."""
    mine = measures.of_month(rows, month)
    compliance = {
        "first": measures.compliance(measures.first_audits(mine)),
        "first_running": measures.compliance(measures.first_audits(rows)),
        "re_audits": measures.compliance(measures.re_audits(mine)),
        "re_audits_running": measures.compliance(measures.re_audits(rows)),
    }
    return {
        "month": month,
        "month_filter": f"{only}month={month:%Y-%m}",
        "running_filter": f"{only}to={month:%Y-%m}",
        "figures": {"compliance": compliance},
        "fates_chart": fates_chart(compliance),
        "overdue_count": compliance["first_running"].overdue + compliance["re_audits_running"].overdue,
    }


def _grades(rows: Sequence[Tally], month: date) -> dict[str, Any]:
    grades = grades_by_pk()
    cycles = cycle_months(month, since=min((row.month for row in rows), default=None))
    apart = measures.by_month(rows)
    months = [month_figures(apart.get(cycle.month, []), cycle, grades) for cycle in cycles]
    used = {scale for entry in months for scale in entry["grades"]}
    mine = measures.of_month(rows, month)
    return {
        "cycle": cycles[-1],
        "practice": practice(rows, mine, grades),
        "kinds": kinds(mine, grades),
        "apart": in_words(left_out(mine)),
        **grades_context(months, scale_figures(grades, used)),
    }


def _overdue(scope: AuditQuerySet, *, today: date) -> list[Audit]:
    late = scope.overdue(today).select_related("auditor", "team").only("reference", "due_on", *NAMES)
    return list(late.order_by("-due_on", "reference")[:ROWS])


def _escalations(scope: AuditQuerySet, *, month: date) -> list[Chase]:
    recent = Q(audit__month__gte=month_before(month), audit__month__lte=month)
    theirs = Q(audit__in=scope.order_by()) if scope.query.has_filters() else Q()
    told = Chase.objects.filter(recent, theirs, stage__in=ESCALATED, superseded=False)
    shown = told.select_related("audit__auditor", "recipient").only("stage", "handled_at", *TOLD)
    return list(shown.order_by("-handled_at", "-pk")[:ROWS])
